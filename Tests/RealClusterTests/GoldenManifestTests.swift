import Foundation
import PullerCore
import TestSupport
import Testing

/// The golden manifests, sent to a real API server.
@Suite(
    "The golden manifests on a real API server",
    .enabled(if: ControlPlanes.shared != nil, "\(ControlPlanes.reason)")
)
struct GoldenManifestTests {
    @Test(
        "each is accepted in a dry run and for real, and stored as it was sent but for what 1.20 does not know"
    )
    func accepted() async throws {
        let names = try GoldenFiles.names()
        #expect(names.count > 10)
        for name in names {
            try await TestNamespace.with(nodes: 0) { namespace in
                for body in try GoldenFiles.daemonSets(name, in: namespace) {
                    let dryRun = try await namespace.admin.send(
                        "POST",
                        namespace.daemonSets + "?dryRun=All",
                        body
                    )
                    #expect(dryRun.status == 201, "\(name): \(dryRun.json.string("message") ?? "")")
                    let stored = try await namespace.admin.must("POST", namespace.daemonSets, body)
                    let isWhole = stored.containsAll(of: try GoldenFiles.comparable(body))
                    let text = try stored.text()
                    #expect(isWhole == (name != "image-volumes"), "\(name): \(text)")
                }
            }
        }
    }

    @Test("an API server that does not know image volumes stores empty directories, and the puller notices")
    func imageVolumes() async throws {
        try await TestNamespace.with(nodes: 0) { namespace in
            let body = try #require(try GoldenFiles.daemonSets("image-volumes", in: namespace).first)
            let sent = try JSONDecoder().decode(
                ObservedDaemonSet.self,
                from: Data(
                    body.replacing(#""metadata":{"#, with: #""metadata":{"uid":"u","resourceVersion":"1","#)
                        .utf8
                )
            )
            #expect(sent.imageVolumes == 2)
            let answer = try await namespace.admin.must("POST", namespace.daemonSets, body)
            let volumes = answer.array("spec.template.spec.volumes")
            #expect(volumes.map { $0.string("name") } == ["go", "scratch"])
            #expect(try volumes.map { try $0.text() }.allSatisfy { $0.contains(#""emptyDir":{}"#) })
            #expect(try volumes.map { try $0.text() }.allSatisfy { !$0.contains("image") })
            let stored = try JSONDecoder().decode(ObservedDaemonSet.self, from: Data(try answer.text().utf8))
            #expect(stored.imageVolumes == 0)
        }
    }

    @Test("the garbage collector deletes a DaemonSet after the Deployment that owns it, and not before")
    func owner() async throws {
        try await TestNamespace.with(nodes: 0) { namespace in
            let deployments = "/apis/apps/v1/namespaces/\(namespace.name)/deployments"
            let deployment = try await namespace.admin.must(
                "POST",
                deployments,
                """
                {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"puller"},
                "spec":{"replicas":0,"selector":{"matchLabels":{"app":"puller"}},
                "template":{"metadata":{"labels":{"app":"puller"}},
                "spec":{"containers":[{"name":"a","image":"busybox"}]}}}}
                """
            )
            let uid = try #require(deployment.string("metadata.uid"))
            func create(_ uid: String) async throws -> String? {
                let body = try GoldenFiles.daemonSets(
                    "owner",
                    in: namespace,
                    changing: ["metadata.ownerReferences.0.uid": uid]
                )
                return try await namespace.admin.must("POST", namespace.daemonSets, body[0])
                    .string("metadata.uid")
            }
            // The collector works: it takes a DaemonSet whose owner never was.
            _ = try await create("0d7dc1f4-7a10-4f0c-a2f8-0d5f4c0c9a11")
            try await poll(within: .seconds(180), "deletion of a DaemonSet whose owner is not there") {
                try await namespace.seen() == nil
            }
            let own = try await create(uid)
            // And it has looked at this one, since a later one without an owner is gone.
            let other = try GoldenFiles.daemonSets(
                "owner",
                in: namespace,
                changing: ["metadata.name": "other"]
            )
            try await namespace.admin.must("POST", namespace.daemonSets, other[0])
            try await poll(within: .seconds(180), "deletion of the other one") {
                try await namespace.seen("other") == nil
            }
            #expect(try await namespace.seen()?.uid == own)
            try await namespace.admin.must("DELETE", deployments + "/puller")
            try await poll(within: .seconds(180), "deletion after its owner") {
                try await namespace.seen() == nil
            }
        }
    }
}
