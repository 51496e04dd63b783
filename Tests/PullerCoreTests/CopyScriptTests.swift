import Foundation
import TestSupport
import Testing

@testable import PullerCore

/// The init container's script in the shells that images have.
@Suite("The script that copies the sleep")
struct CopyScriptTests {
    /// Shells of this machine; BusyBox is not everywhere.
    private static let shells = [
        ["/bin/dash"], ["/bin/bash"], ["/bin/busybox", "sh"], ["/usr/bin/busybox", "sh"],
    ]
    .filter { FileManager.default.isExecutableFile(atPath: $0[0]) }

    /// Runs the script, its paths below a folder, and returns what the copied `sleep` was told.
    ///
    /// - Parameter times: How often; only the wait is repeated.
    private static func run(
        _ shell: [String],
        spread: Duration,
        times: Int = 1,
        random: String = "/proc/sys/kernel/random/uuid"
    ) async throws -> (output: String, code: Int32) {
        let folder = FileManager.default.temporaryDirectory.appending(path: "copy-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let sleep = folder.appending(path: "sleep")
        try "#!/bin/sh\necho \"slept $1\"\n".write(to: sleep, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: sleep.path)
        let kip = folder.appending(path: "kip")
        try FileManager.default.createDirectory(at: kip, withIntermediateDirectories: true)
        let script = DesiredDaemonSet.Content.copyScript(spread: spread)
            .replacing("/bin/sleep", with: sleep.path)
            .replacing("/kip/", with: kip.path + "/")
            .replacing("/proc/sys/kernel/random/uuid", with: random)
        let loop = "n=0; while [ $n -lt \(times) ]; do (\n\(script)\n) || exit; n=$((n+1)); done"
        let process = try RunningProcess(
            at: shell[0],
            shell.dropFirst() + ["-c", times == 1 ? script : loop],
            environment: ["PATH": "/usr/bin:/bin"]
        )
        defer { process.end() }
        let code = try await process.exitCode()
        #expect(times > 1 || FileManager.default.isExecutableFile(atPath: kip.appending(path: "sleep").path))
        return (process.text, code)
    }

    private static func waits(_ output: String) -> [Int] {
        output.split(separator: "\n").compactMap { line in
            guard line.hasPrefix("slept "), line.hasSuffix("s") else { return nil }
            return Int(line.dropFirst(6).dropLast())
        }
    }

    @Test("is one line without a spread, and waits for nothing", arguments: shells)
    func noSpread(shell: [String]) async throws {
        #expect(DesiredDaemonSet.Content.copyScript(spread: .zero) == "cp /bin/sleep /kip/sleep")
        let (output, code) = try await Self.run(shell, spread: .zero)
        #expect(output.isEmpty)
        #expect(code == 0)
    }

    @Test(
        "waits for a random whole number of seconds from zero to the spread, each as often",
        arguments: shells
    )
    func spread(shell: [String]) async throws {
        let (output, code) = try await Self.run(shell, spread: .seconds(3), times: 400)
        let waits = Self.waits(output)
        #expect(code == 0)
        #expect(waits.count == 400)
        for seconds in 0...3 {
            // A hundred are expected; with fair chances, fewer than 50 or more than 150 come once in 10^8 runs.
            let count = waits.count { $0 == seconds }
            #expect((50...150).contains(count), "\(seconds) s: \(count) times")
        }
        #expect(waits.allSatisfy { (0...3).contains($0) })
    }

    @Test("does not overflow with a spread of a day", arguments: shells)
    func longest(shell: [String]) async throws {
        let waits = Self.waits(try await Self.run(shell, spread: .seconds(86_400), times: 40).output)
        #expect(waits.count == 40)
        #expect(waits.allSatisfy { (0...86_400).contains($0) })
        #expect(Set(waits).count > 30)
    }

    @Test("rounds a spread up to whole seconds")
    func rounds() {
        #expect(DesiredDaemonSet.Content.copyScript(spread: .milliseconds(1500)).contains("% 3)"))
    }

    @Test("does not wait where there are no random numbers, and still copies", arguments: shells)
    func noRandomNumbers(shell: [String]) async throws {
        let (output, code) = try await Self.run(shell, spread: .seconds(300), random: "/nonexistent/uuid")
        #expect(Self.waits(output).isEmpty)
        #expect(code == 0)
    }
}
