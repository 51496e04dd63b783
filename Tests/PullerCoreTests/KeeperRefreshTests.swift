import TestSupport
import Testing

@testable import PullerCore

@Suite("A keeper refreshes a DaemonSet")
struct KeeperRefreshTests {
    private func isRefreshed(age: Int, uid: String = "uid-1", _ changes: [String: String] = [:]) throws
        -> Bool
    {
        var bench = try KeeperBench(changes)
        bench.cluster.put(.primary, bench.desired, ready: 3, age: age) { $0.uid = uid }
        bench.turn()
        return bench.names == "b"
    }

    @Test("between the refresh age and a tenth more, depending on the uid, if the server's clock is reliable")
    func age() throws {
        #expect(try !isRefreshed(age: 86399))
        #expect(try isRefreshed(age: 86400 * 11 / 10))
        let due = try (0..<100).count { try isRefreshed(age: 86400 * 105 / 100, uid: "uid-\($0)") }
        #expect((30...70).contains(due))
    }

    @Test("never if refreshes are off, if all images are pinned, or if no node is selected")
    func never() throws {
        let pinned = "java=a@sha256:" + String(repeating: "0a", count: 32)
        #expect(try !isRefreshed(age: 90 * 86400, ["IMAGE_REFRESH_HOURS": "0"]))
        #expect(try !isRefreshed(age: 90 * 86400, ["IMAGES": pinned]))
        var bench = try KeeperBench(nodes: 0)
        bench.cluster.put(.primary, bench.desired, ready: 0, age: 90 * 86400)
        bench.turn()
        #expect(bench.names == "a")
    }

    @Test("after the time for which this process has known it, if the server's clock is unreliable")
    func monotonic() throws {
        var bench = try KeeperBench()
        bench.isDateTrusted = false
        bench.cluster.put(.primary, bench.desired, ready: 3, age: 90 * 86400)
        bench.turn()
        bench.advance(by: .seconds(86399))
        bench.turn()
        #expect(bench.names == "a")
        bench.advance(by: .seconds(8641))
        bench.turn()
        #expect(bench.names == "b")
        // The new one is timed separately, and so is a new process.
        bench.advance(by: .seconds(86399))
        bench.turn()
        try bench.restart()
        bench.advance(by: .seconds(86399))
        bench.turn()
        #expect(bench.names == "b")
    }

    @Test("not if the server's clock is behind the creation time")
    func behind() throws {
        var bench = try KeeperBench()
        bench.cluster.put(.primary, bench.desired, ready: 3, age: -90 * 86400)
        for _ in 0..<3 { bench.turn() }
        #expect(bench.names == "a")
    }

    @Test("no more often than the refresh age allows, and each time under the other name")
    func often() throws {
        var bench = try KeeperBench()
        var names: [String] = []
        for _ in 0..<(24 * 10) {
            bench.turn()
            if names.last != bench.names { names.append(bench.names) }
            bench.advance(by: .seconds(3600))
        }
        #expect((8...10).contains(names.count))
        for (index, name) in names.enumerated() { #expect(name == (index % 2 == 0 ? "a" : "b")) }
        let stands = try #require(bench.cluster.objects.values.first)
        #expect(stands.metadata.replacements == names.count - 1)
    }
}
