import Foundation
import Testing

@testable import fleet_benchmark

@Suite("A measured process")
struct MeasuredProcessTests {
    @Test("reports its own peak memory after its end, not that of its parent")
    func memory() throws {
        // More than a shell needs; every page is written to.
        let ballast = [UInt8](repeating: 1, count: 64 << 20)
        let output = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).out")
        defer { try? FileManager.default.removeItem(at: output) }
        let process = try MeasuredProcess(
            URL(fileURLWithPath: "/bin/sh"),
            ["-c", "trap 'exit 0' TERM; echo ready; while :; do :; done"],
            environment: [:],
            output: output
        )
        try process.wait(for: "ready", count: 1, within: 60)
        process.forgetPeak()
        #expect(process.peakMemory == nil)
        try process.end()
        let peak = try #require(process.peakMemory)
        #expect(peak > 100_000)
        #expect(peak < 32 << 20)
        #expect(process.lookAtMemory() == nil)
        #expect(process.peakMemory == peak)
        #expect(ballast.last == 1)
    }
}
