import Dispatch
import Synchronization

/// Writes lines on a queue of its own, so that nobody waits for a reader who is slow or has gone.
///
/// What waits to be written is bounded. A line that does not fit any more is dropped, and counted in a line of its own.
public final class LineWriter: Sendable {
    private struct Pending {
        var bytes: [UInt8] = []
        var dropped = 0
        var isWriting = false
    }

    private let limit: Int
    private let lossLine: @Sendable (Int) -> String
    private let write: @Sendable ([UInt8]) -> Void
    private let pending = Mutex(Pending())
    private let queue = DispatchQueue(label: "lines")

    /// A writer.
    ///
    /// - Parameters:
    ///   - limit: Bytes that may wait.
    ///   - lossLine: The line that says how many lines were dropped.
    ///   - write: Writes some lines, whole; it is called from one thread at a time, and may take its time.
    public init(
        limit: Int = 1 << 20,
        lossLine: @escaping @Sendable (Int) -> String,
        write: @escaping @Sendable ([UInt8]) -> Void
    ) {
        self.limit = limit
        self.lossLine = lossLine
        self.write = write
    }

    /// Adds a line.
    public func add(_ line: String) {
        let isFirst = pending.withLock { pending in
            guard pending.bytes.count + line.utf8.count < limit else {
                pending.dropped += 1
                return false
            }
            pending.bytes.append(line: line)
            defer { pending.isWriting = true }
            return !pending.isWriting
        }
        if isFirst { queue.async { self.writePending() } }
    }

    /// Waits until everything has been written, but not for longer than so many seconds.
    public func finish(within seconds: Double) {
        let done = DispatchSemaphore(value: 0)
        queue.async { done.signal() }
        _ = done.wait(timeout: .now() + seconds)
    }

    private func writePending() {
        while let bytes = takePending() { write(bytes) }
    }

    private func takePending() -> [UInt8]? {
        pending.withLock { pending in
            guard !pending.bytes.isEmpty || pending.dropped > 0 else {
                pending.isWriting = false
                return nil
            }
            var bytes: [UInt8] = []
            swap(&bytes, &pending.bytes)
            if pending.dropped > 0 { bytes.append(line: lossLine(pending.dropped)) }
            pending.dropped = 0
            return bytes
        }
    }
}

extension [UInt8] {
    fileprivate mutating func append(line: String) {
        append(contentsOf: line.utf8)
        append(UInt8(ascii: "\n"))
    }
}
