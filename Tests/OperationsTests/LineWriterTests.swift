import Dispatch
import Operations
import Synchronization
import Testing

@Suite("Lines that are written")
struct LineWriterTests {
    /// What was written, by a hand that can be held.
    private final class Paper: Sendable {
        private let text = Mutex("")
        private let hand = DispatchSemaphore(value: 1)

        func hold() { hand.wait() }
        func letGo() { hand.signal() }

        @Sendable func write(_ bytes: [UInt8]) {
            hold()
            defer { letGo() }
            text.withLock { $0 += String(decoding: bytes, as: UTF8.self) }
        }

        var lines: [Substring] { text.withLock { $0 }.split(separator: "\n") }
    }

    private let paper = Paper()

    private func writer(limit: Int = 1 << 20) -> LineWriter {
        LineWriter(limit: limit, lossLine: { "\($0) lost" }, write: paper.write)
    }

    @Test("come whole, in the order in which they were added, and none is missing")
    func order() async {
        let writer = writer()
        await withDiscardingTaskGroup { group in
            for hand in 0..<8 {
                group.addTask { for number in 0..<500 { writer.add("\(hand) \(number)") } }
            }
        }
        writer.finish(within: 30)
        #expect(paper.lines.count == 4000)
        for hand in 0..<8 {
            #expect(paper.lines.filter { $0.hasPrefix("\(hand) ") } == (0..<500).map { "\(hand) \($0)" })
        }
    }

    @Test("wait for a reader up to a bound; those that were dropped are counted in a line")
    func bound() {
        let writer = writer(limit: 100)
        paper.hold()
        writer.add("first")
        for _ in 0..<50 { writer.add("123456789") }
        // Nobody reads, and yet this ends.
        writer.finish(within: 0.1)
        #expect(paper.lines == [])
        paper.letGo()
        writer.finish(within: 30)
        let kept = paper.lines.count { $0 == "123456789" }
        #expect((9...10).contains(kept))
        #expect(paper.lines.first == "first")
        #expect(paper.lines.last == "\(50 - kept) lost")
        writer.add("again")
        writer.finish(within: 30)
        #expect(paper.lines.last == "again")
    }
}
