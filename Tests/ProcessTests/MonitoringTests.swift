import Foundation
import TestSupport
import Testing

@Suite("Alert rules, dashboard and runbook")
struct MonitoringTests {
    private static let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"

    private static var hasTool: Bool {
        path.split(separator: ":").contains { FileManager.default.isExecutableFile(atPath: "\($0)/promtool") }
    }

    /// `testbed/monitoring_tests.py` says what is tested.
    @Test(
        "name only what exists, have a section each, and fire when they should",
        .enabled(if: hasTool, "there is no promtool on the PATH (Debian: apt-get install prometheus)")
    )
    func files() async throws {
        let script = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("scripts/test-monitoring")
        let process = try RunningProcess(at: "/usr/bin/env", [script.path], environment: ["PATH": Self.path])
        #expect(try await process.exitCode(within: .seconds(200)) == 0, "\(process.text)")
        #expect(process.lines.last == "OK", "\(process.text.suffix(2000))")
    }
}
