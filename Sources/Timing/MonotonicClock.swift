import Dispatch
import Synchronization

/// The clock that everything in the puller waits by: monotonic, so that a clock that is set forward or back
/// neither hurries nor delays anything, and injected, so that a test can hold it.
public struct MonotonicClock: Sendable {
    /// Time since some fixed point.
    public let now: @Sendable () -> Duration
    private let timers: Timers
    private let firstHasChanged: @Sendable () -> Void

    /// A clock.
    ///
    /// - Parameters:
    ///   - timers: Whoever makes the clock makes the calls in it when they are due.
    ///   - firstHasChanged: Told that another call is the first of them.
    public init(
        now: @escaping @Sendable () -> Duration,
        timers: Timers,
        firstHasChanged: @escaping @Sendable () -> Void = {}
    ) {
        self.now = now
        self.timers = timers
        self.firstHasChanged = firstHasChanged
    }

    /// The system's clock.
    public static func system() -> MonotonicClock {
        let clock = ContinuousClock()
        let start = clock.now
        let now: @Sendable () -> Duration = { start.duration(to: clock.now) }
        let timers = Timers()
        let alarm = SystemAlarm()
        let arm: @Sendable () -> Void = { alarm.set(timers.firstDeadline, now: now()) }
        alarm.start {
            alarm.noteRing(at: now())
            while let due = timers.takeFirst(dueAt: now()) { due.call() }
            arm()
        }
        // One after the other, so that the last one knows all calls.
        return MonotonicClock(now: now, timers: timers, firstHasChanged: { alarm.queue.async(execute: arm) })
    }

    /// Has something called once after this long.
    ///
    /// - Parameter call: It is made on a thread that all timers share: quick, and without waiting.
    /// - Returns: The call, to be cancelled when it is not needed any more.
    public func schedule(after delay: Duration, _ call: @escaping @Sendable () -> Void) -> Timers.Timer {
        let (timer, isFirst) = timers.add(at: now() + max(delay, .zero), call)
        if isFirst { firstHasChanged() }
        return timer
    }

    /// Waits this long, or until `wakeUp` comes about; throws `CancellationError` when the task is cancelled.
    public func sleep(_ duration: Duration, orUntil wakeUp: WakeUp = WakeUp()) async throws {
        let timer = schedule(after: duration) { wakeUp.end() }
        defer { timer.cancel() }
        await withTaskCancellationHandler {
            await wakeUp.wait()
        } onCancel: {
            wakeUp.end()
        }
        try Task.checkCancellation()
    }
}

/// A timer of the system; all that it does, it does on its queue.
private final class SystemAlarm: Sendable {
    private struct State {
        let source: any DispatchSourceTimer
        var lastRing: Duration?
    }

    /// Rings are at least so far apart: each wakes three threads, and can as well make the calls of thousands of
    /// workers.
    private static let distance = Duration.milliseconds(10)

    let queue = DispatchQueue(label: "timers")
    private let state: Mutex<State>

    init() {
        state = Mutex(State(source: DispatchSource.makeTimerSource(queue: queue)))
    }

    func start(_ ring: @escaping @Sendable () -> Void) {
        state.withLock { state in
            state.source.setEventHandler(handler: ring)
            state.source.schedule(deadline: .distantFuture)
            state.source.activate()
        }
    }

    func noteRing(at now: Duration) {
        state.withLock { $0.lastRing = now }
    }

    /// Lets it ring at this time, or as soon as it may ring again, or not at all.
    func set(_ deadline: Duration?, now: Duration) {
        state.withLock { state in
            let earliest = state.lastRing.map { $0 + Self.distance } ?? now
            let delay = deadline.map { max(max($0, earliest) - now, .zero) }
            let time: DispatchTime = delay.map { .now() + $0 / .seconds(1) } ?? .distantFuture
            state.source.schedule(deadline: time, leeway: .milliseconds(1))
        }
    }
}
