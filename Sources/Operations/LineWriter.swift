import Dispatch
import Synchronization

/// Writes lines on a queue of its own, so that nothing waits for a reader that is slow or gone.
///
/// What waits to be written is bounded. A line that does not fit any more is dropped, and so is one that cannot be written.
/// Such lines are counted in a line of their own as soon as lines can be written again, and ``finish(within:)`` reports
/// those that were not counted by then.
public final class LineWriter: Sendable {
    /// Lines that were lost, and that no line of the log reports.
    public struct Loss: Sendable, Equatable {
        /// How many.
        public var lines: Int
        /// Why they could not be written, in the words of what writes them; `nil` if nothing read the log.
        public var problem: String?
    }

    private struct Pending {
        var bytes: [UInt8] = []
        /// Lines that were neither written nor lost yet.
        var lines = 0
        /// Lines that were lost, and that no line of the log reports yet.
        var lost = 0
        /// All lines that were lost so far.
        var lostInAll = 0
        var problem: String?
        /// Whether something was added since the last look. Without this, the line about a loss would be written repeatedly while writing fails.
        var hasNews = false
        var isWriting = false
    }

    /// Whole lines that are written in one go.
    private struct Piece {
        var bytes: [UInt8]
        /// How many lines are lost when it is.
        var lines: Int
        /// Whether it only tells of lines that were lost before.
        var isLossLine = false
    }

    /// A pipe takes this much as a whole or not at all (PIPE_BUF), which makes the count of lines exact and keeps them whole.
    private static let pieceLength = 4096

    private let limit: Int
    private let lossLine: @Sendable (Int) -> String
    private let write: @Sendable ([UInt8]) throws -> Void
    private let pending = Mutex(Pending())
    private let queue = DispatchQueue(label: "lines")

    /// A writer.
    ///
    /// - Parameters:
    ///   - limit: Bytes that may wait.
    ///   - lossLine: The line that says how many lines were lost.
    ///   - write: Writes some lines, whole; it is called from one thread at a time, and may take its time. Throws when they
    ///     cannot be written.
    public init(
        limit: Int = 1 << 20,
        lossLine: @escaping @Sendable (Int) -> String,
        write: @escaping @Sendable ([UInt8]) throws -> Void
    ) {
        self.limit = limit
        self.lossLine = lossLine
        self.write = write
    }

    /// How many lines were lost so far, whether or not the log tells of them.
    public var lost: Int { pending.withLock { $0.lostInAll } }

    /// Adds a line, which must not have line breaks.
    public func add(_ line: String) {
        let isFirst = pending.withLock { pending in
            pending.hasNews = true
            guard pending.bytes.count + line.utf8.count < limit else {
                pending.lost += 1
                pending.lostInAll += 1
                return false
            }
            pending.bytes.append(line: line)
            pending.lines += 1
            defer { pending.isWriting = true }
            return !pending.isWriting
        }
        if isFirst { queue.async { self.writePending() } }
    }

    /// Waits until everything has been written, but not for longer than so many seconds.
    ///
    /// - Returns: What was lost, or `nil` when nothing was.
    @discardableResult
    public func finish(within seconds: Double) -> Loss? {
        let done = DispatchSemaphore(value: 0)
        queue.async { done.signal() }
        _ = done.wait(timeout: .now() + seconds)
        return pending.withLock { pending in
            let lines = pending.lines + pending.lost
            return lines > 0 ? Loss(lines: lines, problem: pending.problem) : nil
        }
    }

    private func writePending() {
        while let pieces = takePending() {
            for piece in pieces {
                let problem: String?
                do {
                    try write(piece.bytes)
                    problem = nil
                } catch {
                    problem = "\(error)"
                }
                pending.withLock { pending in
                    pending.lines -= piece.lines
                    if problem != nil {
                        pending.lost += piece.lines
                        if !piece.isLossLine { pending.lostInAll += piece.lines }
                    }
                    pending.problem = problem
                }
            }
        }
    }

    private func takePending() -> [Piece]? {
        pending.withLock { pending in
            guard pending.hasNews else {
                pending.isWriting = false
                return nil
            }
            pending.hasNews = false
            var bytes: [UInt8] = []
            swap(&bytes, &pending.bytes)
            var pieces = Self.pieces(of: bytes)
            if pending.lost > 0 {
                var line: [UInt8] = []
                line.append(line: lossLine(pending.lost))
                pieces.append(Piece(bytes: line, lines: pending.lost, isLossLine: true))
                pending.lines += pending.lost
                pending.lost = 0
            }
            return pieces
        }
    }

    private static func pieces(of bytes: [UInt8]) -> [Piece] {
        var pieces: [Piece] = []
        var piece = bytes.startIndex..<bytes.startIndex
        var lines = 0
        func close() {
            if lines > 0 { pieces.append(Piece(bytes: Array(bytes[piece]), lines: lines)) }
            piece = piece.upperBound..<piece.upperBound
            lines = 0
        }
        while let end = bytes[piece.upperBound...].firstIndex(of: UInt8(ascii: "\n")) {
            if end - piece.lowerBound >= pieceLength { close() }
            piece = piece.lowerBound..<(end + 1)
            lines += 1
        }
        close()
        return pieces
    }
}

extension [UInt8] {
    fileprivate mutating func append(line: String) {
        append(contentsOf: line.utf8)
        append(UInt8(ascii: "\n"))
    }
}
