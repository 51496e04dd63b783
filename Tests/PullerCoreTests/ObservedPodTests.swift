import Foundation
import Testing

@testable import PullerCore

@Suite("A list of pods")
struct ObservedPodTests {
    private func page(_ json: String) throws -> PodPage {
        try JSONDecoder().decode(PodPage.self, from: Data(json.utf8))
    }

    /// As an API server 1.31 writes them, without what is not read.
    private let list = #"""
        {"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"10245","continue":"eyJ2IjoibWV0YS5rOHMu"},
        "items":[
        {"metadata":{"name":"kip-x2b7q","namespace":"n","uid":"p1","labels":{"a":"b"},
          "ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"c","uid":"no"},
            {"apiVersion":"apps/v1","kind":"DaemonSet","name":"kip","uid":"d1","controller":true}],
          "managedFields":[{"manager":"kubelet","operation":"Update","fieldsV1":{"f:status":{}}}]},
         "spec":{"nodeName":"worker-1","containers":[{"name":"java","image":"quay.io/x/java:1"}]},
         "status":{"phase":"Pending","conditions":[{"type":"Ready","status":"False","reason":"ContainersNotReady"},
            {"type":"PodScheduled","status":"True"}],
          "initContainerStatuses":[{"name":"sleep","state":{"terminated":{"exitCode":0,"reason":"Completed",
             "startedAt":"2026-11-26T16:00:00Z"}},"lastState":{},"ready":true,"restartCount":0,"image":"quay.io/x/kip:1",
             "imageID":"quay.io/x/kip@sha256:01"}],
          "containerStatuses":[
           {"name":"java","state":{"waiting":{"reason":"ErrImagePull","message":"not found"}},"lastState":{},
            "ready":false,"restartCount":0,"image":"quay.io/x/java:1","imageID":"","started":false},
           {"name":"theia","state":{"running":{"startedAt":"2026-11-26T16:00:00Z"}},
            "lastState":{"terminated":{"exitCode":137,"reason":"OOMKilled"}},"ready":true,"image":"x",
            "imageID":"x@sha256:02"}]}},
        {"metadata":{"name":"kip-9","uid":"p2","deletionTimestamp":"2026-11-26T16:00:00Z"},
         "spec":{"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[
           {"matchExpressions":[{"key":"a","operator":"Exists"}]},
           {"matchFields":[{"key":"metadata.name","operator":"In","values":["worker-2"]}]}]}}}},
         "status":{"phase":"Failed","reason":"Evicted","message":"low on disk","conditions":[
           {"type":"PodScheduled","status":"False","reason":"Unschedulable","message":"0/1 nodes"}]}}
        ]}
        """#

    @Test("is read as an API server writes it")
    func golden() throws {
        let page = try page(list)
        #expect(page.continuation == "eyJ2IjoibWV0YS5rOHMu")
        var first = ObservedPod(node: "worker-1", ownerUID: "d1")
        first.initContainers = [
            .init("sleep", .terminated(.init(reason: "Completed", exitCode: 0)), hasImage: true)
        ]
        first.containers = [
            .init("java", .waiting(reason: "ErrImagePull", message: "not found")),
            .init("theia", .running, hasImage: true, last: .init(reason: "OOMKilled", exitCode: 137)),
        ]
        var second = ObservedPod(node: "worker-2", ownerUID: "")
        second.isTerminating = true
        second.isFailed = true
        second.reason = "Evicted"
        second.message = "low on disk"
        second.unschedulable = "0/1 nodes"
        #expect(page.pods == [first, second])
    }

    @Test("may have no items, no status and no spec")
    func sparse() throws {
        #expect(try page(#"{"kind":"PodList","metadata":{}}"#).pods.isEmpty)
        #expect(try page(#"{"kind":"PodList","items":null}"#).continuation.isEmpty)
        let pods = try page(
            #"{"kind":"PodList","items":[{"metadata":{}},{"metadata":{},"status":{"containerStatuses":[{"name":"a"}]}}]}"#
        ).pods
        #expect(pods[0] == ObservedPod(node: "", ownerUID: ""))
        #expect(pods[1].containers == [.init("a", .waiting(reason: "", message: ""))])
    }

    @Test("is nothing else, and has no endless continuation")
    func refused() {
        for json in [
            "{}", "[]", #"{"kind":"DaemonSetList","items":[]}"#, #"{"kind":"PodList","items":{}}"#,
            #"{"kind":"PodList","items":[{"status":{}}]}"#,
            #"{"kind":"PodList","metadata":{"continue":"\#(String(repeating: "x", count: 4097))"},"items":[]}"#,
        ] {
            #expect(throws: DecodingError.self) { try page(json) }
        }
    }

    @Test("is read with bounded texts")
    func bounded() throws {
        let long = String(repeating: "ü", count: 10_000)
        let pod = try #require(
            try page(
                #"""
                {"kind":"PodList","items":[{"metadata":{"ownerReferences":[{"uid":"\#(long)","controller":true}]},
                "spec":{"nodeName":"\#(long)"},"status":{"reason":"\#(long)","message":"\#(long)",
                "containerStatuses":[{"name":"\#(long)","state":{"waiting":{"reason":"\#(long)","message":"\#(long)"}},
                "lastState":{"terminated":{"reason":"\#(long)","message":"\#(long)"}}}]}}]}
                """#
            ).pods.first
        )
        var sizes: [Int] = []
        _ = pod.mapTexts { text, limit in
            sizes.append(text.utf8.count)
            #expect(text.utf8.count <= limit)
            return text
        }
        #expect(sizes.count == 8)
        #expect(sizes.allSatisfy { $0 > 200 })
        #expect(pod.ownerUID.utf8.count <= ObservedPod.longestName)
    }
}
