import PullerCore

/// What happens to the work when its timer fires.
public enum TimerAction: Sendable {
    /// It goes on.
    case goOn
    /// It is cancelled.
    case cancel
}

/// Runs `body`, and calls `onFire` once when that takes longer than `limit`.
public func withTimer<Value: Sendable>(
    _ limit: Duration,
    clock: MonotonicClock,
    onFire: () -> TimerAction,
    _ body: @escaping @Sendable () async throws(Failure) -> Value
) async throws(Failure) -> Value {
    let result = await withTaskGroup(of: Result<Value, Failure>?.self) { group in
        group.addTask {
            do throws(Failure) {
                return .success(try await body())
            } catch {
                return .failure(error)
            }
        }
        group.addTask {
            try? await clock.sleep(limit)
            return nil
        }
        for await ended in group {
            if let ended {
                group.cancelAll()
                return ended
            }
            // The timer has ended: because its time was up, unless everything is being cancelled.
            if !Task.isCancelled, onFire() == .cancel { group.cancelAll() }
        }
        return .failure(.ending)
    }
    return try result.get()
}

/// Runs `body` for at most `limit`, and cancels it then.
///
/// - Throws: What `body` throws, or a failure with the reason `timeout`.
func withDeadline<Value: Sendable>(
    _ limit: Duration,
    clock: MonotonicClock,
    what: String,
    _ body: @escaping @Sendable () async throws(Failure) -> Value
) async throws(Failure) -> Value {
    var isLate = false
    do throws(Failure) {
        return try await withTimer(
            limit,
            clock: clock,
            onFire: {
                isLate = true
                return .cancel
            },
            body
        )
    } catch {
        throw isLate ? Failure(.timeout, "\(what) within \(limit)") : error
    }
}

extension Failure {
    /// The puller is ending.
    public static var ending: Failure { Failure(.cancelled, "the puller is ending") }
}
