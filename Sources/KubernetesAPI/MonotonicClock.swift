/// The clock that everything in the puller waits by: monotonic, so that a clock that is set forward or back
/// neither hurries nor delays anything, and injected, so that a test can hold it.
public struct MonotonicClock: Sendable {
    /// Time since some fixed point.
    public let now: @Sendable () -> Duration
    /// Waits this long; throws `CancellationError` when the task is cancelled.
    public let sleep: @Sendable (Duration) async throws -> Void

    /// A clock made of its two functions.
    public init(
        now: @escaping @Sendable () -> Duration,
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.now = now
        self.sleep = sleep
    }

    /// The system's clock.
    public static func system() -> MonotonicClock {
        let clock = ContinuousClock()
        let start = clock.now
        return MonotonicClock(
            now: { start.duration(to: clock.now) },
            sleep: { try await clock.sleep(for: $0) }
        )
    }
}
