import Dispatch
import Synchronization

/// The clock by which everything in the puller waits. It is monotonic, so that changing the system's time neither
/// shortens nor prolongs a wait, and it is injected, so that a test can control it.
public struct MonotonicClock: Sendable {
    /// The time since a fixed but arbitrary point.
    public let now: @Sendable () -> Duration
    private let timers: Timers
    private let firstHasChanged: @Sendable () -> Void

    /// Creates a clock.
    ///
    /// - Parameters:
    ///   - timers: The scheduled calls. The creator of the clock must make them when they are due.
    ///   - firstHasChanged: Called after a call was scheduled that is due before all others.
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
        // On the serial queue: the alarm set last takes all calls into account.
        return MonotonicClock(now: now, timers: timers, firstHasChanged: { alarm.queue.async(execute: arm) })
    }

    /// Schedules a call.
    ///
    /// - Parameter call: Runs on a thread that all timers share, so it must be quick and must not block.
    /// - Returns: The scheduled call, with which it can be cancelled.
    public func schedule(after delay: Duration, _ call: @escaping @Sendable () -> Void) -> Timers.Timer {
        let (timer, isFirst) = timers.add(at: now() + max(delay, .zero), call)
        if isFirst { firstHasChanged() }
        return timer
    }

    /// Waits for the given duration, or until `wakeUp` ends; throws `CancellationError` if the task is cancelled.
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

/// A timer of the system. Its handler runs on its queue.
private final class SystemAlarm: Sendable {
    private struct State {
        let source: any DispatchSourceTimer
        var lastRing: Duration?
    }

    /// The least time between two rings. Each ring wakes three threads, and can make the calls of thousands of workers
    /// at once.
    private static let minimumDistance = Duration.milliseconds(10)

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

    /// Sets the next ring: at the deadline, but not before the minimum distance has passed; never if it is `nil`.
    func set(_ deadline: Duration?, now: Duration) {
        state.withLock { state in
            let earliest = state.lastRing.map { $0 + Self.minimumDistance } ?? now
            let delay = deadline.map { max(max($0, earliest) - now, .zero) }
            let time: DispatchTime = delay.map { .now() + $0 / .seconds(1) } ?? .distantFuture
            state.source.schedule(deadline: time, leeway: .milliseconds(1))
        }
    }
}
