import Foundation
import FoundationNetworking
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
        "The demo ends its puller and its fleet, whatever ends the demo",
        arguments: [SIGINT, SIGTERM, SIGHUP, SIGKILL]
    )
    func end(signal: Int32) async throws {
        let demo = try RunningProcess("fleet-demo")
        defer { demo.end() }
        try await demo.line(with: "created: the DaemonSet")
        let children = children(of: demo.pid)
        defer { for child in children where runs(child) { kill(child, SIGKILL) } }
        #expect(children.count == 2)
        demo.signal(signal)
        _ = try await demo.exitCode(within: .seconds(20))
        try await poll(within: .seconds(20), "end of the demo's processes") {
            !children.contains(where: runs)
        }
    }

    private func descendants(of pid: Int32) -> [Int32] {
        children(of: pid).flatMap { [$0] + descendants(of: $0) }
    }

    @Test(
        "The demo and its puller end when the terminal is closed, even if no signal arrives",
        .enabled(if: installedProgram("script") != nil, "script, of util-linux, is not here")
    )
    func closedTerminal() async throws {
        // As make does, the shell gets SIGHUP, does not pass it on, and waits for the demo.
        let shell = "trap : HUP; '\(RunningProcess.path(of: "fleet-demo"))'; true"
        let terminal = try RunningProcess(
            at: #require(installedProgram("script")),
            ["-qfc", shell, "/dev/null"],
            environment: ["TERM": "xterm", "SHELL": "/bin/sh"]
        )
        defer { terminal.end() }
        try await poll(within: .seconds(30), "table; it printed:\n\(terminal.text)") {
            terminal.text.contains("rolling out")
        }
        let processes = descendants(of: terminal.pid)
        defer { for process in processes where runs(process) { kill(process, SIGKILL) } }
        #expect(processes.count >= 3)
        terminal.signal(SIGKILL)
        try await poll(within: .seconds(20), "end of the demo's processes") {
            !processes.contains(where: runs)
        }
    }

    @Test("Without a terminal, the demo prints plain lines and ends when a cluster has failed and recovered")
    func story() async throws {
        let demo = try RunningProcess("fleet-demo")
        defer { demo.end() }
        #expect(try await demo.exitCode(within: .seconds(150)) == 0)
        #expect(!demo.text.contains("\u{1B}"))
        #expect(demo.lines.last?.hasSuffix("failed and recovered.") == true)
    }

    @Test(
        "The demo prints the address of the status page, whose API shows a cluster failing and recovering",
        .enabled(if: installedProgram("script") != nil, "script, of util-linux, is not here")
    )
    func statusPage() async throws {
        // On a terminal, the demo goes on when the cluster has recovered.
        let demo = try RunningProcess(
            at: #require(installedProgram("script")),
            ["-qfc", "'\(RunningProcess.path(of: "fleet-demo"))'", "/dev/null"],
            environment: ["TERM": "xterm", "SHELL": "/bin/sh"]
        )
        defer { demo.end() }
        let line = try await demo.line(with: "Status page: http")
        let text = line.drop { $0 != "h" }.prefix { !$0.isWhitespace }
        let page = try #require(URL(string: String(text)))
        try await poll(within: .seconds(30), "page") { await get(page).starts(with: Data("<!".utf8)) }
        let list = page.appendingPathComponent("api/v1/clusters").absoluteString
        func clusters(_ state: String) async throws -> [String] {
            let url = try #require(URL(string: list + "?state=\(state)"))
            let answer = try? JSONSerialization.jsonObject(with: await get(url)) as? [String: Any]
            return (answer?["clusters"] as? [[String: Any]])?.compactMap { $0["name"] as? String } ?? []
        }
        var failing: [String] = []
        try await poll(within: .seconds(120), "failing cluster") {
            failing = try await clusters("failing")
            return !failing.isEmpty
        }
        try await poll(within: .seconds(180), "recovery of \(failing)") {
            Set(try await clusters("ready")).isSuperset(of: failing)
        }
        let children = descendants(of: demo.pid)
        demo.signal(SIGKILL)
        try await poll(within: .seconds(20), "end of the demo's processes") {
            !children.contains(where: runs)
        }
    }

    /// What a URL answers; nothing when it does not.
    private func get(_ url: URL) async -> Data {
        (try? await URLSession.shared.data(from: url).0) ?? Data()
    }
}
