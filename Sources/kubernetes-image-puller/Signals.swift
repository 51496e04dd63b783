import Dispatch
import Foundation
import Synchronization

/// SIGTERM, SIGINT and SIGHUP: the first one ends the program in order, the second one at once. When the end in order takes
/// longer than it may, for whatever reason, the program is ended all the same.
///
/// The handler writes the signal into a pipe, where it waits for a thread of its own. Without a handler, the kernel drops the
/// signal when the program is process 1 of a container. Blocking it is no way: libdispatch unblocks all signals in the main
/// thread.
final class Signals: Sendable {
    /// A signal that ends the program.
    struct Ending: Sendable {
        let number: Int32
        let name: String
    }

    /// What the first signal does.
    private enum State {
        /// Nothing has been begun that would have to be ended in order.
        case idle(@Sendable (Ending) -> Int32?)
        case working(feed: AsyncStream<String>.Continuation, patience: Duration, late: @Sendable () -> Void)
        /// - `since`: When the first signal came.
        case ending(since: DispatchTime)
    }

    /// Seconds after the first signal in which others are taken for the same one: `timeout` and other parents send theirs
    /// to the process and to its group.
    private static let oneSignal = 0.05

    private let state: Mutex<State>
    private let alarm = DispatchQueue(label: "alarm")

    /// Holds the signals back until there is a ``Signals``.
    ///
    /// - Returns: The signals. SIGHUP is not among them when it is ignored, as it is below `nohup`.
    static func hold() -> [Ending] {
        var endings = [Ending(number: SIGTERM, name: "SIGTERM"), Ending(number: SIGINT, name: "SIGINT")]
        var hangUp = sigaction()
        sigaction(SIGHUP, nil, &hangUp)
        // SIG_IGN is the address 1, of which Swift has no value that it could compare.
        let isIgnored = unsafeBitCast(hangUp.__sigaction_handler.sa_handler, to: Int.self) == 1
        if !isIgnored { endings.append(Ending(number: SIGHUP, name: "SIGHUP")) }
        // The handler must not be the first one to ask for the pipe.
        _ = signalPipe
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { number in
            var byte = UInt8(truncatingIfNeeded: number)
            _ = write(signalPipe.writing, &byte, 1)
        }
        action.sa_flags = SA_RESTART
        for ending in endings { sigaction(ending.number, &action, nil) }
        // CEarlySignals has blocked them, or the parent has.
        var set = sigset_t()
        sigemptyset(&set)
        for number in [SIGTERM, SIGINT, SIGHUP] { sigaddset(&set, number) }
        pthread_sigmask(SIG_UNBLOCK, &set, nil)
        return endings
    }

    /// Takes signals from now on.
    ///
    /// - Parameters:
    ///   - endings: The signals that were held back.
    ///   - idle: Called on a signal that comes before ``work(patience:late:)``; gives the program's exit code, or `nil` to let
    ///     the signal end it.
    init(_ endings: [Ending], idle: @escaping @Sendable (Ending) -> Int32?) {
        state = Mutex(.idle(idle))
        Thread.detachNewThread { [self] in
            var byte: UInt8 = 0
            while true {
                let count = read(signalPipe.reading, &byte, 1)
                if count == 1, let ending = endings.first(where: { $0.number == Int32(byte) }) {
                    take(ending)
                }
                if count == 0 || (count < 0 && errno != EINTR) { return }
            }
        }
    }

    /// Lets the next signal end work in order instead of the program.
    ///
    /// - Parameters:
    ///   - patience: Time that the end may take.
    ///   - late: Called when it took longer, a moment before the program is ended.
    /// - Returns: The name of the signal that was sent first.
    func work(patience: Duration, late: @escaping @Sendable () -> Void) -> AsyncStream<String> {
        let (stream, feed) = AsyncStream.makeStream(of: String.self)
        state.withLock { $0 = .working(feed: feed, patience: patience, late: late) }
        return stream
    }

    private func take(_ ending: Ending) {
        // The lock is kept until the program has ended: no work begins meanwhile.
        state.withLock { state in
            switch state {
            case .idle(let idle):
                if let code = idle(ending) { Process.exit(code) }
                Self.die(of: ending)
            case .working(let feed, let patience, let late):
                state = .ending(since: .now())
                feed.yield(ending.name)
                let end = DispatchTime.now() + patience / .seconds(1)
                // Saying so must not hold it up.
                DispatchQueue.global().asyncAfter(deadline: end, execute: late)
                alarm.asyncAfter(deadline: end + 0.1) { Process.exit(1) }
            case .ending(let since):
                if DispatchTime.now() >= since + Self.oneSignal { Process.exit(128 + ending.number) }
            }
        }
    }

    /// Ends as if there were no handler, so that a shell sees which signal it was.
    private static func die(of ending: Ending) -> Never {
        signal(ending.number, SIG_DFL)
        raise(ending.number)
        // Process 1 outlives that.
        Process.exit(128 + ending.number)
    }
}

/// Signals on their way from the handler, a byte each.
private let signalPipe: (reading: Int32, writing: Int32) = {
    var ends: [Int32] = [-1, -1]
    pipe(&ends)
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    // The handler must not wait, however many signals come.
    _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
    return (ends[0], ends[1])
}()
