import PullerCore
import Testing

@Suite("DaemonSet manifest")
struct DaemonSetManifestTests {
    private static func desired(_ changes: [String: String] = [:]) throws -> DesiredDaemonSet {
        let base = ["IMAGES": "maven=quay.io/eclipse/che-java11-maven:nightly;go=golang:1.22"]
        return DesiredDaemonSet(
            try DaemonSetSettings.parse(environment: base.merging(changes) { $1 }).get()
        )
    }

    @Test("the body of the request is this, byte for byte")
    func golden() throws {
        let desired = try Self.desired([
            "NODE_SELECTOR": #"{"kubernetes.io/os":"linux","disktype":"ssd"}"#
        ])
        let container = { (name: String, image: String) in
            #"""
            {"args":["infinity"],"command":["sleep"],"image":"\#(image)","imagePullPolicy":"Always",\#
            "name":"\#(name)","resources":{"limits":{"cpu":".2","memory":"20Mi"},\#
            "requests":{"cpu":".05","memory":"10Mi"}},\#
            "securityContext":{"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]},\#
            "readOnlyRootFilesystem":true}}
            """#
        }
        let labels = #"""
            {"app.kubernetes.io/managed-by":"kubernetes-image-puller",\#
            "app.kubernetes.io/name":"kubernetes-image-puller",\#
            "kubernetes-image-puller/installation":"default"}
            """#
        let golden = #"""
            {"apiVersion":"apps/v1","kind":"DaemonSet",\#
            "metadata":{"annotations":{"kubernetes-image-puller/spec-hash":"82847635fc1f4524"},\#
            "labels":\#(labels),"name":"kubernetes-image-puller","namespace":"k8s-image-puller"},\#
            "spec":{"selector":{"matchLabels":{"app.kubernetes.io/name":"kubernetes-image-puller",\#
            "kubernetes-image-puller/installation":"default"}},\#
            "template":{"metadata":{"labels":\#(labels)},"spec":{"automountServiceAccountToken":false,\#
            "containers":[\#(container("go", "golang:1.22")),\#
            \#(container("maven", "quay.io/eclipse/che-java11-maven:nightly"))],\#
            "nodeSelector":{"disktype":"ssd","kubernetes.io/os":"linux"},\#
            "terminationGracePeriodSeconds":1}}}}
            """#
        #expect(String(decoding: desired.body(), as: UTF8.self) == golden)
        #expect(desired.body() == desired.manifest().compactJSON())
        #expect(desired.baseName == "kubernetes-image-puller")
        #expect(desired.namespace == "k8s-image-puller")
        #expect(desired.identity.installationID == "default")
    }

    @Test("the same configuration gives the same bytes, in whatever order it is written")
    func deterministic() throws {
        let one = try Self.desired(["IMAGES": "a=x;b=y;c=z", "NODE_SELECTOR": #"{"a":"1","b":"2","c":"3"}"#])
        let other = try Self.desired([
            "IMAGES": " c=z; b=y;a=x ;", "NODE_SELECTOR": #"{"c":"3","b":"2","a":"1"}"#,
        ])
        #expect(one.body() == other.body())
        #expect(one.specHash == other.specHash)
    }

    @Test(
        "whatever is desired is in the hash",
        arguments: [
            ["IMAGES": "a=b"], ["DAEMONSET_NAME": "x"], ["NAMESPACE": "x"], ["INSTALLATION_ID": "x"],
            ["CACHING_MEMORY_LIMIT": "21Mi"], ["CACHING_CPU_REQUEST": "1m"], ["NODE_SELECTOR": #"{"a":"b"}"#],
        ]
    )
    func hashed(changes: [String: String]) throws {
        #expect(try Self.desired(changes).specHash != Self.desired().specHash)
    }

    @Test("the hash is 16 hexadecimal digits, and does not change from release to release by accident")
    func stableHash() throws {
        #expect(try Self.desired().specHash == "6341331500502595")
    }

    @Test("a note becomes annotations, and leaves the rest and the hash alone")
    func note() throws {
        let desired = try Self.desired()
        let note = CreationNote(reason: "1 of 5 ready", readyBefore: 1, desiredBefore: 5)
        let annotations = #"""
            "annotations":{"kubernetes-image-puller/ready-before":"1/5",\#
            "kubernetes-image-puller/recreated-because":"1 of 5 ready",\#
            "kubernetes-image-puller/spec-hash":"\#(desired.specHash)"}
            """#
        let plain = #""annotations":{"kubernetes-image-puller/spec-hash":"\#(desired.specHash)"}"#
        #expect(
            String(decoding: desired.body(note: note), as: UTF8.self)
                == String(decoding: desired.body(), as: UTF8.self).replacing(plain, with: annotations)
        )
    }

    @Test("figures that are not known are not written")
    func noteWithoutFigures() throws {
        let body = try Self.desired().body(note: CreationNote(reason: "edited", readyBefore: 1))
        let text = String(decoding: body, as: UTF8.self)
        #expect(text.contains(#""kubernetes-image-puller/recreated-because":"edited""#))
        #expect(!text.contains("ready-before"))
    }

    @Test("without a node selector the key is not there")
    func noSelector() throws {
        #expect(!String(decoding: try Self.desired().body(), as: UTF8.self).contains("nodeSelector"))
    }

    @Test("pulling anew can change something unless every image is pinned")
    func refreshable() throws {
        let pinned = "a@sha256:" + String(repeating: "0a", count: 32)
        #expect(try Self.desired(["IMAGES": "a=\(pinned);b=c:1"]).isRefreshable)
        #expect(try !Self.desired(["IMAGES": "a=\(pinned);b=\(pinned)"]).isRefreshable)
    }

    @Test("a deletion is in the background, and only of the object with that uid")
    func deleteOptions() {
        #expect(
            String(decoding: deleteOptionsBody(uid: "abc"), as: UTF8.self)
                == #"{"apiVersion":"v1","kind":"DeleteOptions","preconditions":{"uid":"abc"},"#
                + #""propagationPolicy":"Background"}"#
        )
    }

    @Test("a deletion can also be of the object at one resource version only")
    func deleteOptionsOfOneVersion() {
        #expect(
            String(decoding: deleteOptionsBody(uid: "abc", resourceVersion: "42"), as: UTF8.self)
                == #"{"apiVersion":"v1","kind":"DeleteOptions","preconditions":{"resourceVersion":"42","uid":"abc"},"#
                + #""propagationPolicy":"Background"}"#
        )
    }
}
