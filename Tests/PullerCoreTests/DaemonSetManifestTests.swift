import Testing

@testable import PullerCore

@Suite("The manifest of a DaemonSet")
struct DaemonSetManifestTests {
    private static func desired(_ changes: [String: String] = [:]) throws -> DesiredDaemonSet {
        let base = ["IMAGES": "maven=quay.io/eclipse/che-java11-maven:nightly;go=golang:1.22"]
        return DesiredDaemonSet(
            try DaemonSetSettings.parse(environment: base.merging(changes) { $1 }).get()
        )
    }

    @Test("the body of the request is the expected one, byte for byte")
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
            "readOnlyRootFilesystem":true},"workingDir":"/"}
            """#
        }
        for (slot, name) in [("a", "kubernetes-image-puller"), ("b", "kubernetes-image-puller-b")] {
            let selected = #"""
                "app.kubernetes.io/name":"kubernetes-image-puller",\#
                "kubernetes-image-puller/cache":"17008f0fcab21594"
                """#
            let installation = #""kubernetes-image-puller/installation":"default""#
            let mark = #""kubernetes-image-puller/slot":"\#(slot)""#
            let manager = #""app.kubernetes.io/managed-by":"kubernetes-image-puller""#
            let golden = #"""
                {"apiVersion":"apps/v1","kind":"DaemonSet",\#
                "metadata":{"annotations":{"kubernetes-image-puller/generation":"0",\#
                "kubernetes-image-puller/placement":"93a9025cdefb1d5e",\#
                "kubernetes-image-puller/spec-hash":"a374064dec949b0b"},\#
                "labels":{\#(manager),\#(selected),\#
                "kubernetes-image-puller/daemonset":"kubernetes-image-puller",\#(installation),\#(mark),\#
                "kubernetes-image-puller/spec-hash":"a374064dec949b0b"},\#
                "name":"\#(name)","namespace":"k8s-image-puller"},\#
                "spec":{"selector":{"matchLabels":{\#(selected),\#(installation),\#(mark)}},\#
                "template":{"metadata":{"labels":{\#(manager),\#(selected),\#(installation),\#(mark)}},\#
                "spec":{"automountServiceAccountToken":false,\#
                "containers":[\#(container("go", "golang:1.22")),\#
                \#(container("maven", "quay.io/eclipse/che-java11-maven:nightly"))],\#
                "enableServiceLinks":false,\#
                "nodeSelector":{"disktype":"ssd","kubernetes.io/os":"linux"},\#
                "terminationGracePeriodSeconds":1}}}}
                """#
            let slot = try #require(Slot(rawValue: slot))
            #expect(String(decoding: desired.body(slot), as: UTF8.self) == golden)
            #expect(desired.body(slot) == desired.manifest(slot).compactJSON())
            #expect(desired.name(slot) == name)
        }
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
        "the hash covers every setting of the pods",
        arguments: [
            ["IMAGES": "a=b"], ["CACHING_MEMORY_LIMIT": "21Mi"], ["CACHING_CPU_REQUEST": "1m"],
            ["NODE_SELECTOR": #"{"a":"b"}"#],
        ]
    )
    func hashed(changes: [String: String]) throws {
        #expect(try Self.desired(changes).specHash != Self.desired().specHash)
    }

    @Test("the hash covers neither the name, which alternates, nor the ownership labels")
    func notHashed() throws {
        let changes = ["DAEMONSET_NAME": "x", "NAMESPACE": "x", "INSTALLATION_ID": "x"]
        #expect(try Self.desired(changes).specHash == Self.desired().specHash)
    }

    @Test("the placement has a separate hash, which only the node selector changes")
    func placement() throws {
        let hash = try Self.desired().placementHash
        #expect(try Self.desired(["IMAGES": "a=b", "CACHING_CPU_LIMIT": "1"]).placementHash == hash)
        #expect(try Self.desired(["NODE_SELECTOR": #"{"a":"b"}"#]).placementHash != hash)
    }

    @Test("hashes are 16 hexadecimal digits, and do not change from release to release by accident")
    func stableHashes() throws {
        let desired = try Self.desired()
        #expect(desired.specHash == "fb45e39586ea67d7")
        #expect(desired.placementHash == "c645866fdce57a84")
        #expect(desired.identity.cache == "17008f0fcab21594")
    }

    @Test(
        "two pullers of one installation, one named as the other's alternate, have selectors that never meet"
    )
    func selectors() throws {
        let one = try Self.desired(["DAEMONSET_NAME": "cache"])
        let other = try Self.desired(["DAEMONSET_NAME": "cache-b"])
        #expect(one.name(.alternate) == other.name(.primary))
        #expect(one.identity.labels(.alternate) != other.identity.labels(.primary))
        #expect(one.identity.cache != other.identity.cache)
    }

    @Test("a name of 241 characters is truncated to a label value that ends in a letter or a digit")
    func longName() throws {
        let name = String(repeating: "a", count: 61) + "--" + String(repeating: "b", count: 178)
        let text = String(
            decoding: try Self.desired(["DAEMONSET_NAME": name]).body(.alternate),
            as: UTF8.self
        )
        let value = String(repeating: "a", count: 61)
        #expect(text.contains(#""kubernetes-image-puller/daemonset":"\#(value)","#))
        #expect(text.contains(#""name":"\#(name)-b","#))
    }

    @Test("a note becomes annotations, and changes neither the rest nor the hash", arguments: Slot.allCases)
    func note(slot: Slot) throws {
        let desired = try Self.desired()
        let note = CreationNote(reason: "Unhealthy", readyBefore: 1, desiredBefore: 5, generation: 7)
        let hashes = #"""
            "kubernetes-image-puller/placement":"\#(desired.placementHash)",\#

            """#
        let annotations = #"""
            "annotations":{"kubernetes-image-puller/generation":"7",\#(hashes)\#
            "kubernetes-image-puller/ready-before":"1/5",\#
            "kubernetes-image-puller/recreated-because":"Unhealthy",\#

            """#
        let plain = #""annotations":{"kubernetes-image-puller/generation":"0",\#(hashes)"#
        #expect(
            String(decoding: desired.body(slot, note: note), as: UTF8.self)
                == String(decoding: desired.body(slot), as: UTF8.self).replacing(plain, with: annotations)
        )
    }

    @Test("labels and annotations that a webhook dropped or changed are named")
    func missingKeys() throws {
        let desired = try Self.desired()
        var stored = Observed.right(desired, .alternate)
        #expect(desired.missingKeys(in: stored, .alternate) == [])
        stored.labels[MetadataKey.installation] = "theirs"
        stored.labels[MetadataKey.slot] = nil
        stored.annotations[MetadataKey.specHash] = nil
        #expect(
            desired.missingKeys(in: stored, .alternate) == [
                "annotation kubernetes-image-puller/spec-hash", "label kubernetes-image-puller/installation",
                "label kubernetes-image-puller/slot",
            ]
        )
    }

    @Test(
        "only nodes with Linux are desired, unless the node selector says which system it means",
        arguments: [
            ("{}", #"{"kubernetes.io/os":"linux"}"#),
            (#"{"a":"b"}"#, #"{"a":"b","kubernetes.io/os":"linux"}"#),
            (#"{"kubernetes.io/os":"windows"}"#, #"{"kubernetes.io/os":"windows"}"#),
        ]
    )
    func linux(given: String, rendered: String) throws {
        let text = String(decoding: try Self.desired(["NODE_SELECTOR": given]).body(), as: UTF8.self)
        #expect(text.contains(#""nodeSelector":\#(rendered)"#))
    }

    @Test("a refresh can change something unless every image is pinned")
    func refreshable() throws {
        let pinned = "a@sha256:" + String(repeating: "0a", count: 32)
        #expect(try Self.desired(["IMAGES": "a=\(pinned);b=c:1"]).isRefreshable)
        #expect(try !Self.desired(["IMAGES": "a=\(pinned);b=\(pinned)"]).isRefreshable)
    }

    @Test("a deletion is a background deletion of only the object with that uid")
    func deleteOptions() {
        #expect(
            String(decoding: deleteOptionsBody(uid: "abc"), as: UTF8.self)
                == #"{"apiVersion":"v1","kind":"DeleteOptions","preconditions":{"uid":"abc"},"#
                + #""propagationPolicy":"Background"}"#
        )
    }

    @Test("a deletion can be limited to one resource version of the object")
    func deleteOptionsOfOneVersion() {
        #expect(
            String(decoding: deleteOptionsBody(uid: "abc", resourceVersion: "42"), as: UTF8.self)
                == #"{"apiVersion":"v1","kind":"DeleteOptions","preconditions":{"resourceVersion":"42","uid":"abc"},"#
                + #""propagationPolicy":"Background"}"#
        )
    }
}
