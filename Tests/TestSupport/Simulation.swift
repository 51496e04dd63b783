import Synchronization
import Timing

extension MonotonicClock {
    /// A clock on which nobody waits: what is scheduled is called at once.
    public static var hurried: MonotonicClock {
        let timers = Timers()
        let start = ContinuousClock.now
        return MonotonicClock(now: { start.duration(to: .now) }, timers: timers) {
            while let due = timers.takeFirst(dueAt: .seconds(1e9)) { due.call() }
        }
    }
}

/// Runs asynchronous code by a clock that a test holds: no thread, no waiting, and the same order every time.
///
/// All jobs of the code under test run on one executor, on the thread of the test. When no job is left, everything
/// that runs waits for the clock; then the clock goes to the next time for which a call is scheduled.
public final class Simulation: Sendable {
    private final class Executor: TaskExecutor, Sendable {
        private let jobs = Mutex<[UnownedJob]>([])

        func enqueue(_ job: consuming ExecutorJob) {
            let job = UnownedJob(job)
            jobs.withLock { $0.append(job) }
        }

        /// Runs jobs until none is left.
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

    /// A simulation at time zero.
    public init() {}

    /// The clock for the code under test.
    public var clock: MonotonicClock {
        MonotonicClock(now: { self.now }, timers: timers)
    }

    /// Simulated time since the start.
    public var now: Duration { time.withLock { $0 } }

    /// Starts a task in the simulation; it runs when time does.
    public func start<Value: Sendable>(_ body: @escaping @Sendable () async -> Value) -> Task<Value, Never> {
        Task(executorPreference: executor) { await body() }
    }

    /// Lets everything happen that happens without time going by.
    public func settle() {
        executor.drain()
    }

    /// Lets time go by.
    public func advance(by duration: Duration) {
        let end = now + duration
        settle()
        while wakeNext(notAfter: end) { settle() }
        time.withLock { $0 = end }
    }

    /// Lets time go by until `condition` holds; `false` when it does not within `limit`.
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

    /// Moves time to the first deadline and makes the call that is due then.
    private func wakeNext(notAfter end: Duration) -> Bool {
        guard let (deadline, call) = timers.takeFirst(dueAt: end) else { return false }
        time.withLock { $0 = max($0, deadline) }
        call()
        return true
    }
}
