import CLinuxEvents
import Glibc
import Synchronization

/// Identifies one request on one connection. A serial is never used twice, so that a late answer cannot go to another
/// request.
struct ExchangeID: Sendable, Equatable {
    var slot: Int
    var serial: UInt64
}

/// An action that a handler requests for its exchange.
enum ResponseAction: Sendable {
    case respond(HTTPResponse)
    case start(HTTPResponse, HTTPFraming)
    case write([UInt8])
    case raw([UInt8])
    case produce(@Sendable () -> [UInt8]?)
    case finish
    case close
    case reset
    case onDisconnect(@Sendable () -> Void)
}

/// Passes actions from any thread to the event loop: a locked list, and a file descriptor that wakes the loop.
final class Mailbox: Sendable {
    private struct State {
        var actions: [(ExchangeID, ResponseAction)] = []
        var isAwake = false
        var mustStop = false
        var isClosed = false
    }

    private let state = Mutex(State())
    let wakeDescriptor: Int32

    init() throws(HTTPServerError) {
        wakeDescriptor = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
        guard wakeDescriptor >= 0 else { throw HTTPServerError("eventfd") }
    }

    deinit {
        _ = Glibc.close(wakeDescriptor)
    }

    /// Adds an action. The loop is woken only if it is asleep: while it is awake, it finds the action by itself.
    func post(_ exchange: ExchangeID, _ action: ResponseAction) {
        let mustWake = state.withLock { state in
            guard !state.isClosed else { return false }
            state.actions.append((exchange, action))
            defer { state.isAwake = true }
            return !state.isAwake
        }
        if mustWake { ring() }
    }

    func stop() {
        state.withLock { $0.mustStop = true }
        ring()
    }

    /// Makes the loop run once more.
    func ring() {
        var one: UInt64 = 1
        _ = Glibc.write(wakeDescriptor, &one, 8)
    }

    func takeAll() -> [(ExchangeID, ResponseAction)] {
        state.withLock { state in
            guard !state.actions.isEmpty else { return [] }
            defer { state.actions = [] }
            return state.actions
        }
    }

    var mustStop: Bool { state.withLock { $0.mustStop } }

    /// Called before the loop waits. If it returns true, the loop counts as asleep, and the next `post` wakes it.
    func maySleep() -> Bool {
        state.withLock { state in
            guard state.actions.isEmpty, !state.mustStop else { return false }
            state.isAwake = false
            return true
        }
    }

    func wokeUp() {
        state.withLock { $0.isAwake = true }
    }

    func close() {
        state.withLock { state in
            state.isClosed = true
            state.actions = []
        }
    }
}
