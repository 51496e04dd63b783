import PullerCore

/// Runs `body` in a child task. A task keeps the memory that its calls needed until it ends, and a worker's task lives as
/// long as the puller: what goes deep is done by a task that ends with it. Not inlined, so that a worker's task has no
/// part of this either.
@inline(never)
func inTaskOfItsOwn<Value: Sendable>(
    isolation: isolated (any Actor)? = #isolation,
    _ body: @escaping @Sendable () async -> Value
) async -> Value {
    await withTaskGroup(of: Value.self) { group in
        group.addTask { await body() }
        guard let value = await group.next() else { preconditionFailure("one task, one value") }
        return value
    }
}

/// The same, for what may fail.
@inline(never)
func inTaskOfItsOwn<Value: Sendable>(
    isolation: isolated (any Actor)? = #isolation,
    _ body: @escaping @Sendable () async throws(Failure) -> Value
) async throws(Failure) -> Value {
    try await inTaskOfItsOwn { () async -> Result<Value, Failure> in
        do throws(Failure) {
            return .success(try await body())
        } catch {
            return .failure(error)
        }
    }.get()
}
