import Synchronization
import Timing

extension MonotonicClock {
    /// A clock without waiting: every scheduled call is made at once.
    public static var hurried: MonotonicClock {
        let timers = Timers()
        let start = ContinuousClock.now
        return MonotonicClock(now: { start.duration(to: .now) }, timers: timers) {
            while let due = timers.takeFirst(dueAt: .seconds(1e9)) { due.call() }
        }
    }
}

/// Runs asynchronous code on a clock that the test controls: without threads, without waiting, and in the same order
/// every time.
///
/// All jobs of the code under test run on one executor, on the test's thread. When no job is left, all tasks are
/// waiting for the clock, and the clock is set to the time of the next scheduled call.
public final class Simulation: Sendable {
    private final class Executor: TaskExecutor, Sendable {
        private let jobs = Mutex<[UnownedJob]>([])

        func enqueue(_ job: consuming ExecutorJob) {
            let job = UnownedJob(job)
            jobs.withLock { $0.append(job) }
        }

        /// Runs jobs until none are left.
        func drain() {
            while true {
                let batch = jobs.withLock { jobs in
                    defer { jobs = [] }
                    return jobs
                }
                if batch.isEmpty { return }
                for job in batch { job.runSynchronously(on: asUnownedTaskExecutor()) }
            }
        }
    }

    private let executor = Executor()
    private let time = Mutex(Duration.zero)
    private let timers = Timers()

    /// Creates a simulation at time zero.
    public init() {}

    /// The clock for the code under test.
    public var clock: MonotonicClock {
        MonotonicClock(now: { self.now }, timers: timers)
    }

    /// The simulated time since the start.
    public var now: Duration { time.withLock { $0 } }

    /// Starts a task in the simulation. It runs during the next call of `settle` or `advance`.
    public func start<Value: Sendable>(_ body: @escaping @Sendable () async -> Value) -> Task<Value, Never> {
        Task(executorPreference: executor) { await body() }
    }

    /// Runs everything that can run without the clock moving on.
    public func settle() {
        executor.drain()
    }

    /// Advances the clock by a duration, and makes the calls that are due on the way.
    public func advance(by duration: Duration) {
        let end = now + duration
        settle()
        while wakeNext(notAfter: end) { settle() }
        time.withLock { $0 = end }
    }

    /// Advances the clock until `condition` holds. Returns false if it does not hold within `limit`.
    public func advance(upTo limit: Duration, until condition: () -> Bool) -> Bool {
        let end = now + limit
        settle()
        while !condition() {
            guard wakeNext(notAfter: end) else {
                time.withLock { $0 = end }
                return condition()
            }
            settle()
        }
        return true
    }

    /// Sets the clock to the first deadline, and makes the call that is due then.
    private func wakeNext(notAfter end: Duration) -> Bool {
        guard let (deadline, call) = timers.takeFirst(dueAt: end) else { return false }
        time.withLock { $0 = max($0, deadline) }
        call()
        return true
    }
}
