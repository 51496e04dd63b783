import Dispatch
import Glibc
import Synchronization
import Testing

@testable import Operations

@Suite("Lines that are written")
struct LineWriterTests {
    private struct Full: Error, CustomStringConvertible {
        let description = "no space"
    }

    /// What was written, on paper that can be held back or full.
    private final class Paper: Sendable {
        private let text = Mutex("")
        private let turn = DispatchSemaphore(value: 1)
        private let arrival = DispatchSemaphore(value: 0)
        private let isFull = Mutex(false)

        func hold() { turn.wait() }
        func letGo() { turn.signal() }
        /// Waits until a writer has come with its lines.
        func awaitWriter() { arrival.wait() }
        func fill(_ full: Bool = true) { isFull.withLock { $0 = full } }

        @Sendable func write(_ bytes: [UInt8]) throws {
            arrival.signal()
            hold()
            defer { letGo() }
            if isFull.withLock({ $0 }) { throw Full() }
            text.withLock { $0 += String(decoding: bytes, as: UTF8.self) }
        }

        var lines: [Substring] { text.withLock { $0 }.split(separator: "\n") }
    }

    private let paper = Paper()

    private func writer(limit: Int = 1 << 20) -> LineWriter {
        LineWriter(limit: limit, lossLine: { "\($0) lost" }, write: paper.write)
    }

    @Test("Lines come whole, in the order in which they were added, and none is missing")
    func order() async {
        let writer = writer()
        await withDiscardingTaskGroup { group in
            for hand in 0..<8 {
                group.addTask { for number in 0..<500 { writer.add("\(hand) \(number)") } }
            }
        }
        #expect(writer.finish(within: 30) == nil)
        #expect(paper.lines.count == 4000)
        for hand in 0..<8 {
            #expect(paper.lines.filter { $0.hasPrefix("\(hand) ") } == (0..<500).map { "\(hand) \($0)" })
        }
    }

    @Test("Lines wait for a reader up to a bound; those that were dropped are counted in a line")
    func bound() {
        let writer = writer(limit: 100)
        paper.hold()
        writer.add("first")
        // From here on, the writer takes no more lines.
        paper.awaitWriter()
        for _ in 0..<50 { writer.add("123456789") }
        // Nothing is read, and yet this ends.
        #expect(writer.finish(within: 0.1) == LineWriter.Loss(lines: 51))
        let lost = writer.lost
        #expect(lost > 0 && lost < 51)
        #expect(paper.lines == [])
        paper.letGo()
        #expect(writer.finish(within: 30) == nil)
        let kept = paper.lines.count { $0 == "123456789" }
        #expect((9...10).contains(kept))
        #expect(paper.lines.first == "first")
        #expect(paper.lines.last == "\(50 - kept) lost")
        writer.add("again")
        writer.finish(within: 30)
        #expect(paper.lines.last == "again")
    }

    @Test("Lines that cannot be written are counted at the end, or in a line as soon as writing works again")
    func failure() {
        let writer = writer()
        paper.fill()
        for _ in 0..<3 { writer.add("lost") }
        #expect(writer.finish(within: 30) == LineWriter.Loss(lines: 3, problem: "no space"))
        #expect(writer.lost == 3)
        paper.fill(false)
        writer.add("again")
        #expect(writer.finish(within: 30) == nil)
        #expect(paper.lines == ["again", "3 lost"])
        #expect(writer.lost == 3)
    }

    @Test("Lines that a pipe took before it stalled are not counted as lost")
    func stalledPipe() throws {
        var pipe: [Int32] = [0, 0]
        try #require(Glibc.pipe(&pipe) == 0)
        let (reading, writing) = (pipe[0], pipe[1])
        let writer = LineWriter(lossLine: { "\($0) lost" }) { bytes in
            _ = bytes.withUnsafeBytes { Glibc.write(writing, $0.baseAddress, $0.count) }
        }
        let count = 20_000
        for number in 0..<count { writer.add("line \(number) \(String(repeating: "x", count: number % 90))") }
        // It stalls once the pipe is full. How many bytes that takes depends on the sizes of the pieces.
        var state = pollfd(fd: writing, events: Int16(POLLOUT), revents: 0)
        let end = ContinuousClock.now + .seconds(60)
        while poll(&state, 1, 0) > 0 {
            try #require(ContinuousClock.now < end, "the pipe does not fill up")
            sched_yield()
        }
        let loss = try #require(writer.finish(within: 0.5))
        #expect(loss.problem == nil)
        // A process that ends closes the pipe with what it has taken.
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        let taken = Glibc.read(reading, &buffer, buffer.count)
        let text = String(decoding: buffer[..<max(taken, 0)], as: UTF8.self)
        #expect(text.hasSuffix("\n"))
        #expect(text.split(separator: "\n").count == count - loss.lines)
        // What is left over is read, so that the writer's thread comes to its end.
        _ = fcntl(reading, F_SETFL, O_NONBLOCK)
        while writer.finish(within: 0.01) != nil { _ = Glibc.read(reading, &buffer, buffer.count) }
        close(reading)
        close(writing)
    }
}
