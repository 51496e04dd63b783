import Foundation
import TestSupport
import Testing

/// Several users, pullers and installations on one real cluster.
@Suite(
    "Sharing a real cluster",
    .enabled(if: ControlPlanes.shared != nil, "\(ControlPlanes.reason)")
)
struct SharedClusterTests {
    @Test(
        "Two users of one cluster share one DaemonSet, which stays when one of them is removed after a replacement"
    )
    func twoUsers() async throws {
        try await TestNamespace.with(nodes: 2) { namespace in
            let file = FileManager.default.temporaryDirectory
                .appendingPathComponent("users-\(UUID().uuidString)")
            defer { try? FileManager.default.removeItem(at: file) }
            let (leaves, stays) = (namespace.user, "\(namespace.user)-other")
            func write(_ users: [String]) throws {
                try users.joined(separator: "\n").write(to: file, atomically: true, encoding: .utf8)
            }
            try write([leaves, stays])
            var environment = namespace.environment([
                "IMAGES": "image=busybox:0", "IMPERSONATE_USERS_FILE": file.path,
            ])
            environment["IMPERSONATE_USERS"] = nil
            let first = try RunningProcess("kubernetes-image-puller", environment: environment)
            defer { first.end() }
            for user in [leaves, stays] { try await first.line(with: "event=ready", "user=\(user) ", "2/2") }
            let old = try await namespace.waitReady(nodes: 2)
            #expect(try await first.stop() == 0)

            environment["IMAGES"] = "image=busybox:1"
            try await namespace.keepingServed(namespace.nodes(0, 1)) {
                let second = try RunningProcess("kubernetes-image-puller", environment: environment)
                defer { second.end() }
                for user in [leaves, stays] {
                    try await second.line(with: "event=ready", "user=\(user) ", "2/2")
                }
                let new = try await namespace.waitReady(nodes: 2, image: "busybox:1")
                #expect(new.uid != old.uid)
                #expect(second.lines.filter { $0.contains("event=replacing") }.count == 1)
                #expect(second.lines.filter { $0.contains("event=replaced") }.count == 1)

                try write([stays])
                try await second.line(with: "event=removed", "user=\(leaves) ", "stays")
                #expect(try await namespace.all().map(\.uid) == [new.uid])
                #expect(try await second.stop() == 0)
            }
        }
    }

    @Test(
        "Two pullers at one cluster leave no node without a pod, and the one that keeps running prevails",
        arguments: ["busybox:1", "busybox:2"]
    )
    func twoPullers(image: String) async throws {
        try await TestNamespace.with(nodes: 2) { namespace in
            try await namespace.roll(out: "busybox:0", nodes: 2)
            try await namespace.keepingServed(namespace.nodes(0, 1)) {
                let common = ["ROLLOUT_TIMEOUT_SECONDS": "3", "LOG_LEVEL": "debug"]
                let stays = try namespace.startPuller(common.merging(TestNamespace.only("busybox:1")) { $1 })
                defer { stays.end() }
                let goes = try namespace.startPuller(common.merging(TestNamespace.only(image)) { $1 })
                defer { goes.end() }
                try await poll(within: .seconds(120), "four rounds of each") {
                    [stays, goes].allSatisfy { puller in
                        puller.lines.count { $0.contains("next_check_seconds=") } >= 4
                    }
                }
                #expect(stays.isRunning && goes.isRunning)
                #expect(try await goes.stop() == 0)
                try await namespace.waitReady(nodes: 2, image: "busybox:1")
                if image == "busybox:1" {
                    // Both want the same DaemonSet: one puller replaces the old one, and the other adopts the new one.
                    let made = [stays, goes].flatMap(\.lines).filter { $0.contains("event=replacing") }
                    #expect(made.count == 1)
                }
            }
        }
    }

    @Test("Two installations whose names differ only by the suffix do not affect each other")
    func suffix() async throws {
        try await TestNamespace.with(nodes: 2) { namespace in
            // One installation uses the names `N` and `N-b`, the other `N-b` and `N-b-b`.
            let name = ["DAEMONSET_NAME": TestNamespace.alternate]
            func start(_ image: String, _ changes: [String: String] = [:]) throws -> RunningProcess {
                try namespace.startPuller(TestNamespace.only(image).merging(changes) { $1 })
            }
            for (image, changes) in [("busybox:0", [:]), ("other:0", name)] {
                let puller = try start(image, changes)
                defer { puller.end() }
                try await puller.line(with: "event=ready", "2/2")
                #expect(try await puller.stop() == 0)
            }
            let before = try await namespace.all()
            #expect(before.map(\.name) == [TestNamespace.daemonSet, TestNamespace.alternate])

            try await namespace.keepingServed(namespace.nodes(0, 1), of: "busybox:") {
                let short = try start("busybox:1")
                defer { short.end() }
                try await short.line(
                    with: "event=failed",
                    "reason=Conflict",
                    TestNamespace.alternate,
                    "DAEMONSET_NAME"
                )
                #expect(try await namespace.all().map(\.uid) == before.map(\.uid))
                try await namespace.keepingServed(namespace.nodes(0, 1), of: "other:") {
                    let long = try start("other:1", name)
                    defer { long.end() }
                    try await long.line(with: "event=replaced", "reason=Drift")
                    try await long.line(with: "event=ready", "2/2")
                }
                // The name is now free.
                try await short.line(with: "event=replaced", "reason=Drift")
            }
            let after = try await namespace.all()
            #expect(after.map(\.name) == [TestNamespace.alternate, TestNamespace.alternate + "-b"])
            #expect(after.map(\.image) == ["busybox:1", "other:1"])
        }
    }
}
