import Foundation
import TestSupport
import Testing

@Suite("Alert rules, dashboard and runbook")
struct MonitoringTests {
    /// `testbed/monitoring_tests.py` says what is tested.
    @Test(
        "name only what exists, have a section each, and fire when they should",
        .enabled(
            if: installedProgram("promtool") != nil,
            "there is no promtool on the PATH (Debian: apt-get install prometheus)"
        )
    )
    func files() async throws {
        let process = try RunningProcess(
            at: Repository.url("scripts/test-monitoring").path,
            [],
            environment: ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"]
        )
        #expect(try await process.exitCode(within: .seconds(200)) == 0, "\(process.text)")
        #expect(process.lines.last == "OK", "\(process.text.suffix(2000))")
    }
}
