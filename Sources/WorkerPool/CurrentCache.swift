import PullerCore
import Synchronization

/// What is wanted in every cluster, which may change while the pool runs. A turn takes it once, at its beginning.
public final class CurrentCache: Sendable {
    private let state: Mutex<CacheSettings>

    /// What is wanted at the start.
    public init(_ cache: DesiredCache, schedule: Schedule) {
        state = Mutex(CacheSettings(cache, schedule: schedule))
    }

    /// What is wanted now.
    public var settings: CacheSettings { state.withLock { $0 } }

    /// How often something else has been wanted before.
    var generation: Int { state.withLock { $0.generation } }

    /// Something else is wanted from now on.
    ///
    /// - Returns: Whether it is not the same.
    public func replace(with cache: DesiredCache) -> Bool {
        state.withLock { state in
            guard let next = state.successor(cache) else { return false }
            state = next
            return true
        }
    }

    /// The length of the longest body of a request.
    public var longestBody: Int { settings.cache.daemonSets.map { $0.body().count }.max() ?? 0 }
}
