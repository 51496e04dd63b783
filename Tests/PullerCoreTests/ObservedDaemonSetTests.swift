import Foundation
import PullerCore
import Testing

@Suite("An observed DaemonSet")
struct ObservedDaemonSetTests {
    @Test("is read from an API server's answer, ignoring fields that do not matter")
    func decodes() throws {
        let json = """
            {"apiVersion":"apps/v1","kind":"DaemonSet","metadata":{"name":"puller","namespace":"n","uid":"u-1",
            "resourceVersion":"42","generation":2,"creationTimestamp":"2026-11-22T21:29:00Z",
            "deletionTimestamp":"2026-11-22T21:30:00Z","deletionGracePeriodSeconds":0,
            "finalizers":["foregroundDeletion","example.com/hold"],
            "labels":{"a":"b","kubernetes-image-puller/installation":"team-a","app.kubernetes.io/name":null},
            "annotations":{"c":"d","kubernetes-image-puller/spec-hash":"0a"},"managedFields":[{"manager":"x"}]},
            "spec":{"selector":{"matchLabels":{"e":"f","test":"daemonset-test"}},
            "template":{}},"status":{"currentNumberScheduled":5,"numberMisscheduled":2,"desiredNumberScheduled":6,
            "numberReady":4,"observedGeneration":1}}
            """
        let observed = try JSONDecoder().decode(ObservedDaemonSet.self, from: Data(json.utf8))
        #expect(observed.uid == "u-1")
        #expect(observed.resourceVersion == "42")
        #expect(observed.generation == 2)
        #expect(observed.created == Timestamp(seconds: 1_795_382_940))
        #expect(observed.isTerminating)
        #expect(observed.finalizers == ["foregroundDeletion", "example.com/hold"])
        #expect(observed.labels == [MetadataKey.installation: "team-a"])
        #expect(observed.annotations == [MetadataKey.specHash: "0a"])
        #expect(observed.selector == [MetadataKey.goPuller: "daemonset-test"])
        #expect(observed.status.desired == 6)
        #expect(observed.status.scheduled == 5)
        #expect(observed.status.ready == 4)
        #expect(observed.status.misscheduled == 2)
        #expect(observed.status.observedGeneration == 1)
        #expect(observed.imageVolumes == 0)
    }

    private func imageVolumes(_ volumes: String) throws -> Int {
        let json = """
            {"kind":"DaemonSet","metadata":{"name":"a","uid":"b","resourceVersion":"1"},
            "spec":{"template":{"spec":{"containers":[{"name":"a","image":"b"}],"volumes":\(volumes)}}}}
            """
        return try JSONDecoder().decode(ObservedDaemonSet.self, from: Data(json.utf8)).imageVolumes
    }

    @Test("has as many image volumes as its pod template names, of whatever kind the others are")
    func imageVolumes() throws {
        let image = #"{"name":"v","image":{"reference":"x","pullPolicy":"Always"}}"#
        #expect(try imageVolumes("[\(image),{\"name\":\"e\",\"emptyDir\":{}},\(image)]") == 2)
        #expect(try imageVolumes(#"[{"name":"e","image":null,"emptyDir":{}},{}]"#) == 0)
        #expect(try imageVolumes("null") == 0)
        let many = (0..<5_000).map { _ in image }.joined(separator: ",")
        #expect(try imageVolumes("[\(many)]") == 5_000)
        #expect(throws: DecodingError.self) { try imageVolumes("[1]") }
        #expect(throws: DecodingError.self) { try imageVolumes("{}") }
    }

    @Test(
        "is not read from anything else, nor from figures that no cluster can have",
        arguments: [
            "{}", "[]", "<html>", #"{"kind":"Pod","metadata":{"name":"a","uid":"b","resourceVersion":"1"}}"#,
            #"{"kind":"DaemonSet","metadata":{"name":"a","uid":"b","resourceVersion":"1"},"#
                + #""status":{"desiredNumberScheduled":9223372036854775807}}"#,
            #"{"kind":"DaemonSet","metadata":{"name":"a"}}"#, #"{"kind":"DaemonSet","metadata":{"name":"#,
        ]
    )
    func refuses(json: String) {
        #expect(throws: (any Error).self) {
            try JSONDecoder().decode(ObservedDaemonSet.self, from: Data(json.utf8))
        }
    }

    /// A DaemonSet with these texts in its metadata.
    private func decoded(
        uid: String = "u",
        resourceVersion: String = "1",
        label: String = "a",
        finalizers: [String] = []
    ) throws -> ObservedDaemonSet {
        let metadata: [String: Any] = [
            "name": "puller", "uid": uid, "resourceVersion": resourceVersion, "finalizers": finalizers,
            "labels": [MetadataKey.installation: label],
        ]
        let json = try JSONSerialization.data(withJSONObject: ["kind": "DaemonSet", "metadata": metadata])
        return try JSONDecoder().decode(ObservedDaemonSet.self, from: json)
    }

    @Test("is rejected when its uid or its version is empty or too long")
    func identity() throws {
        let longest = String(repeating: "x", count: 256)
        let observed = try decoded(uid: longest, resourceVersion: longest)
        #expect(observed.uid == longest)
        #expect(observed.resourceVersion == longest)
        for text in ["", longest + "x"] {
            #expect(throws: DecodingError.self) { try decoded(uid: text) }
            #expect(throws: DecodingError.self) { try decoded(resourceVersion: text) }
        }
    }

    @Test("has at most eight finalizers, and no text of more than 256 bytes, cut between characters")
    func bounds() throws {
        let observed = try decoded(
            label: String(repeating: "é", count: 200),
            finalizers: (0..<20).map { "\($0)" + String(repeating: "x", count: 300) }
        )
        #expect(observed.labels[MetadataKey.installation] == String(repeating: "é", count: 128))
        #expect(observed.finalizers.count == 8)
        #expect(observed.finalizers.first == "0" + String(repeating: "x", count: 255))
        let odd = try decoded(label: "x" + String(repeating: "é", count: 200))
        #expect(odd.labels[MetadataKey.installation] == "x" + String(repeating: "é", count: 127))
    }

    @Test("keeps none of a hundred thousand labels that no decision depends on")
    func labelBomb() throws {
        let bomb = (0..<100_000).map { "\"l\($0)\":\($0 % 2 == 0 ? "\"v\"" : "{}")" }.joined(separator: ",")
        let json = """
            {"kind":"DaemonSet","metadata":{"name":"a","uid":"b","resourceVersion":"1","labels":{\(bomb),
            "kubernetes-image-puller/installation":"ours"}}}
            """
        let observed = try JSONDecoder().decode(ObservedDaemonSet.self, from: Data(json.utf8))
        #expect(observed.labels == [MetadataKey.installation: "ours"])
    }
}
