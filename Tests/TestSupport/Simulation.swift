import KubernetesAPI
import Synchronization

/// Runs asynchronous code by a clock that a test holds: no thread, no waiting, and the same order every time.
///
/// All jobs of the code under test run on one executor, on the thread of the test. When no job is left, everything
/// that runs waits for the clock; then the clock goes to the next time that somebody waits for.
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

    private struct State {
        var now = Duration.zero
        var sleepers: [Int: CheckedContinuation<Bool, Never>] = [:]
        var deadlines = DeadlineQueue()
        var lastNumber = 0
    }

    private let executor = Executor()
    private let state = Mutex(State())

    /// A simulation at time zero.
    public init() {}

    /// The clock for the code under test.
    public var clock: MonotonicClock {
        MonotonicClock(now: { self.now }, sleep: { try await self.sleep($0) })
    }

    /// Simulated time since the start.
    public var now: Duration { state.withLock { $0.now } }

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
        state.withLock { $0.now = end }
    }

    /// Lets time go by until `condition` holds; `false` when it does not within `limit`.
    public func advance(upTo limit: Duration, until condition: () -> Bool) -> Bool {
        let end = now + limit
        settle()
        while !condition() {
            guard wakeNext(notAfter: end) else {
                state.withLock { $0.now = end }
                return condition()
            }
            settle()
        }
        return true
    }

    /// Moves time to the first deadline and wakes who waits for it.
    private func wakeNext(notAfter end: Duration) -> Bool {
        let sleeper = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            while let (deadline, number) = state.deadlines.first, deadline <= end {
                state.deadlines.removeFirst()
                // Those that were cancelled are still in the queue.
                guard let sleeper = state.sleepers.removeValue(forKey: number) else { continue }
                state.now = max(state.now, deadline)
                return sleeper
            }
            return nil
        }
        sleeper?.resume(returning: true)
        return sleeper != nil
    }

    private func sleep(_ duration: Duration) async throws {
        let number = state.withLock { state in
            state.lastNumber += 1
            return state.lastNumber
        }
        let isOver = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                state.withLock { state in
                    state.sleepers[number] = continuation
                    state.deadlines.add(state.now + max(duration, .zero), number)
                }
                if Task.isCancelled { wake(number) }
            }
        } onCancel: {
            wake(number)
        }
        if !isOver { throw CancellationError() }
    }

    private func wake(_ number: Int) {
        state.withLock { $0.sleepers.removeValue(forKey: number) }?.resume(returning: false)
    }
}
