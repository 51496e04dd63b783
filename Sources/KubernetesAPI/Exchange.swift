import Foundation
import PullerCore
import Synchronization

/// One request in flight, between URLSession's queue, which feeds it, and the task that waits for it.
///
/// All state is behind one lock, and every waiting task is resumed exactly once, after the lock is let go.
final class Exchange: Sendable {
    /// What is waited for: a task that waits for the end is not woken for each piece.
    private enum Awaited { case head, piece, end }

    private struct State {
        var head: HTTPResponseHead?
        /// Pieces of the body as they came: one array that grows would leave its former selves to the allocator.
        var pieces: [Data] = []
        var size = 0
        var end: Result<Void, Failure>?
        var waiter: (awaited: Awaited, continuation: CheckedContinuation<Void, Never>)?

        /// Whether it has come about, or will not any more.
        func has(_ awaited: Awaited) -> Bool {
            switch awaited {
            case .head: head != nil || end != nil
            case .piece: !pieces.isEmpty || end != nil
            case .end: end != nil
            }
        }

        /// What is here, which is then not here any more.
        mutating func takeReceived() -> [UInt8] {
            var bytes: [UInt8] = []
            bytes.reserveCapacity(size)
            for piece in pieces { bytes.append(contentsOf: piece) }
            drop()
            return bytes
        }

        mutating func drop() {
            pieces = []
            size = 0
        }
    }

    private let state = Mutex(State())
    /// Bytes that may wait here before the answer counts as too large.
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    private var tooLarge: Result<Void, Failure> {
        .failure(Failure(.responseTooLarge, "the answer is longer than \(limit) bytes"))
    }

    // MARK: Delegate side

    /// Takes in the head of the answer, and ends when the body that it announces is more than may wait here.
    func receive(_ head: HTTPResponseHead, announcing size: Int64) {
        change { state in
            state.head = head
            if size > limit { state.end = state.end ?? tooLarge }
        }
    }

    /// Takes in a piece of the body, and ends when that is more than may wait here.
    func receive(_ data: Data) {
        change { state in
            // What comes after the end is not wanted.
            guard state.end == nil else { return }
            guard state.size + data.count <= limit else {
                state.end = tooLarge
                state.drop()
                return
            }
            state.pieces.append(data)
            state.size += data.count
        }
    }

    func finish(_ end: Result<Void, Failure>) {
        change { $0.end = $0.end ?? end }
    }

    private func change(_ body: (inout State) -> Void) {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            body(&state)
            guard let waiter = state.waiter, state.has(waiter.awaited) else { return nil }
            state.waiter = nil
            return waiter.continuation
        }
        waiter?.resume()
    }

    // MARK: Waiting side; one task at a time

    /// Waits for the head of the answer.
    func head() async throws(Failure) -> HTTPResponseHead {
        while true {
            let (head, end) = state.withLock { ($0.head, $0.end) }
            if let head { return head }
            if let end {
                try end.get()
                throw Failure(.unreachable, "the connection ended without an answer")
            }
            await wait(for: .head)
        }
    }

    /// Waits for the rest of the body.
    func wholeBody() async throws(Failure) -> [UInt8] {
        while true {
            if let end = state.withLock({ $0.end }) {
                try end.get()
                return state.withLock { $0.takeReceived() }
            }
            await wait(for: .end)
        }
    }

    /// Waits for the next piece of the body; `nil` at its end.
    func nextPiece() async throws(Failure) -> [UInt8]? {
        while true {
            let (piece, end) = state.withLock { ($0.takeReceived(), $0.end) }
            if !piece.isEmpty { return piece }
            if let end {
                try end.get()
                return nil
            }
            await wait(for: .piece)
        }
    }

    private func wait(for awaited: Awaited) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.has(awaited) { return true }
                state.waiter = (awaited, continuation)
                return false
            }
            if isThere { continuation.resume() }
        }
    }
}
