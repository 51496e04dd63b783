extension DesiredDaemonSet {
    /// The time in which the nodes of a cluster start to pull, one after another.
    public var pullSpread: Duration { content.settings.pods.holding.pullSpread }
}

extension Holding {
    /// `PULL_SPREAD_SECONDS`, where something waits.
    var pullSpread: Duration {
        switch self {
        case .ownSleep: .zero
        case .copiedSleep(let image), .imageVolumes(let image, _): image.pullSpread
        }
    }
}
