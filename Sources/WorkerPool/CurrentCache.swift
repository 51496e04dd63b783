import PullerCore
import Synchronization

/// What is wanted in every cluster, which may change while the pool runs. A turn takes it once, at its beginning.
public final class CurrentCache: Sendable {
    private struct State {
        var daemonSet: DaemonSetSettings
        var facts: ClusterFacts
        var settings: CacheSettings
        /// Bytes. What is in the clusters may be larger than what is wanted now.
        var longestBody: Int
    }

    private let state: Mutex<State>

    /// What is wanted at the start.
    ///
    /// - Parameter readsPods: Whether pods are read where not all nodes are ready.
    public init(
        _ daemonSet: DaemonSetSettings,
        _ facts: ClusterFacts,
        schedule: Schedule,
        readsPods: Bool = false
    ) {
        let settings = CacheSettings(
            DesiredCache(daemonSet, facts),
            fallback: daemonSet.fallback.map { DesiredCache($0, facts) },
            schedule: schedule,
            readsPods: readsPods
        )
        state = Mutex(
            State(
                daemonSet: daemonSet,
                facts: facts,
                settings: settings,
                longestBody: Self.longestBody(of: settings)
            )
        )
    }

    /// What is wanted now.
    public var settings: CacheSettings { state.withLock { $0.settings } }

    /// The images that are wanted now, in the order of their names.
    public var images: [CachedImage] { state.withLock { $0.daemonSet.images } }

    /// How often something else has been wanted before.
    var generation: Int { state.withLock { $0.settings.generation } }

    /// Changes what is wanted. A turn that is under way ends, and the next one acts on the change.
    ///
    /// - Returns: Whether something else is wanted now; the caller then wakes those workers that rest.
    public func change(_ body: (inout DaemonSetSettings, inout ClusterFacts) -> Void) -> Bool {
        state.withLock { state in
            body(&state.daemonSet, &state.facts)
            let cache = DesiredCache(state.daemonSet, state.facts)
            let fallback = state.daemonSet.fallback.map { DesiredCache($0, state.facts) }
            guard let next = state.settings.successor(cache, fallback: fallback) else { return false }
            state.settings = next
            state.longestBody = max(state.longestBody, Self.longestBody(of: next))
            return true
        }
    }

    /// Takes in what the cluster says about itself. It changes what is created from now on, and is no reason to replace
    /// anything.
    func learn(_ facts: ClusterFacts) {
        state.withLock { state in
            state.facts = facts
            let next = state.settings.rendered(
                DesiredCache(state.daemonSet, facts),
                fallback: state.daemonSet.fallback.map { DesiredCache($0, facts) }
            )
            state.settings = next
            state.longestBody = max(state.longestBody, Self.longestBody(of: next))
        }
    }

    /// The length of the longest body of a creation so far, in bytes.
    public var longestBody: Int { state.withLock { $0.longestBody } }

    private static func longestBody(of settings: CacheSettings) -> Int {
        let all = settings.cache.daemonSets + (settings.fallback?.cache.daemonSets ?? [])
        return all.map { $0.body().count }.max() ?? 0
    }
}
