import Foundation
import TestSupport
import Testing

@Suite("The demo", .serialized)
struct DemoTests {
    /// The processes that a process has started and that still run.
    private func children(of pid: Int32) -> [Int32] {
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")) ?? []
        return threads.flatMap { thread in
            let list = try? String(contentsOfFile: "/proc/\(pid)/task/\(thread)/children", encoding: .utf8)
            return (list ?? "").split(separator: " ").compactMap { Int32($0) }
        }
    }

    /// Whether a process runs; one that has ended may wait for ever for the process 1 of a container.
    private func runs(_ pid: Int32) -> Bool {
        guard let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8) else {
            return false
        }
        return !status.contains("State:\tZ")
    }

    @Test(
        "takes its puller and its fleet along, whatever ends it",
        arguments: [SIGINT, SIGTERM, SIGHUP, SIGKILL]
    )
    func end(signal: Int32) async throws {
        let demo = try RunningProcess("fleet-demo")
        defer { demo.end() }
        try await demo.line(with: "created: the DaemonSet")
        let children = children(of: demo.pid)
        #expect(children.count == 2)
        demo.signal(signal)
        _ = try await demo.exitCode(within: .seconds(20))
        try await poll(within: .seconds(20), "end of the demo's processes") {
            !children.contains(where: runs)
        }
    }

    @Test("prints plain lines without a terminal, and ends by itself when a cluster has failed and recovered")
    func story() async throws {
        let demo = try RunningProcess("fleet-demo")
        defer { demo.end() }
        #expect(try await demo.exitCode(within: .seconds(150)) == 0)
        #expect(!demo.text.contains("\u{1B}"))
        #expect(demo.lines.last?.hasSuffix("failed and recovered.") == true)
    }
}
