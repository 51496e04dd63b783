import PullerCore

extension MetricsPage {
    /// The answer to a request for the metrics of a pool.
    ///
    /// - Parameters:
    ///   - perCluster: Whether there are metrics of each cluster.
    ///   - process: What the system says of this process.
    ///   - accept: The request's header `Accept`.
    public static func render(
        _ status: PoolStatus,
        perCluster: StatusSettings.PerCluster,
        process: ProcessFigures?,
        accept: String?
    ) -> (contentType: String, body: [UInt8]) {
        let format = MetricsFormat(accept: accept)
        return (format.contentType, MetricsPage(status, perCluster, process).text(format))
    }

    /// What there is to tell of a pool now.
    init(_ status: PoolStatus, _ perCluster: StatusSettings.PerCluster, _ process: ProcessFigures?) {
        let gauges = status.gauges()
        let summary = status.board.summary()
        self.init(
            version: status.facts.version,
            interval: status.facts.interval,
            summary: summary,
            counters: status.board.counters,
            requests: gauges.requests,
            rollouts: gauges.rollouts,
            sent: status.meter.figures,
            token: status.tokens(),
            files: status.facts.files,
            linesDropped: status.linesDropped(),
            process: process,
            clusters: perCluster.isOn(clusters: summary.total) ? status.board.figures() : nil,
            times: BoardTimes(status)
        )
    }
}

extension StatusSettings.PerCluster {
    /// Whether there are metrics of each cluster, if there are so many.
    func isOn(clusters: Int) -> Bool {
        switch self {
        case .auto: clusters <= StatusSettings.mostClusters
        case .always: true
        case .never: false
        }
    }
}
