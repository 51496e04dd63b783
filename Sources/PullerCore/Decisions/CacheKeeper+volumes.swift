// Clusters whose server drops image volumes: see "Image volumes" in docs/operations.md.
extension CacheKeeper {
    /// What is wanted in this cluster, which is another thing where the server has no image volumes, and
    /// `CACHE_MODE_FALLBACK` allows it. Such a cluster is tried again when it is at peace.
    ///
    /// - Parameter settings: What is wanted in all clusters.
    public mutating func wanted(_ settings: CacheSettings, at now: Duration) -> CacheSettings {
        guard let fallback = settings.fallback, case .dropped(let until) = imageVolumes else {
            return settings
        }
        guard now >= until, settings.ids.allSatisfy({ self[$0].isAtPeace }) else { return fallback }
        imageVolumes = .retried
        return settings
    }

    /// The end of a round in which the server dropped image volumes.
    mutating func noteDropped(_ id: PlacementID, at now: Duration, _ settings: CacheSettings) -> Step {
        imageVolumes = .dropped(until: now + settings.schedule.imageVolumesRetry)
        guard settings.fallback == nil else { return .fallBack }
        return .rest(
            id,
            .failed(.noImageVolumes(retryAfter: settings.schedule.imageVolumesRetry))
        )
    }

    /// Whether a cluster that is seen for the first time has fallen back, and has what is wanted then.
    func hasFallenBack(_ id: PlacementID, _ round: CacheRound, _ settings: CacheSettings) -> Bool {
        guard imageVolumes == .unknown, let fallback = settings.fallback?[id]?.desired,
            round[id].right.isEmpty
        else { return false }
        return round[id].observed.contains { !$0.isTerminating && $0.specHashes.contains(fallback.specHash) }
    }
}

extension Schedule {
    /// When image volumes are tried again where the server dropped them: only an upgrade of the cluster changes that.
    var imageVolumesRetry: Duration { max(refreshAge ?? .zero, .seconds(24 * 3600)) }
}
