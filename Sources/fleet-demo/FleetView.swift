/// What the puller's log says about each cluster: events in, rows out.
struct FleetView {
    /// How a cluster is, the most interesting first.
    enum State: String, CaseIterable, Comparable {
        case failing
        case unready = "not ready"
        case rollingOut = "rolling out"
        case waiting
        case ready

        static func < (left: State, right: State) -> Bool { left.rank < right.rank }

        private var rank: Int {
            switch self {
            case .failing: 0
            case .unready: 1
            case .rollingOut: 2
            case .waiting: 3
            case .ready: 4
            }
        }
    }

    /// One cluster.
    struct Row {
        var name: String
        var state = State.waiting
        var ready = 0
        var desired = 0
        var lastEvent = ""
        var nextCheckAt: Double?
        var hasFailed = false
        var hasRecovered = false
    }

    private(set) var rows: [Row]

    init(clusters: [String]) {
        rows = clusters.map { Row(name: $0) }
    }

    var readyCount: Int { rows.count { $0.state == .ready } }
    var failingCount: Int { rows.count { $0.state == .failing } }
    /// Clusters that failed and are ready again.
    var recovered: [String] { rows.filter(\.hasRecovered).map(\.name) }

    func row(_ name: String) -> Row? { rows.first { $0.name == name } }

    /// Takes in an event. One that is not known, or not about a cluster, changes no state.
    ///
    /// - Parameter now: Seconds since the start.
    mutating func see(_ event: LogEvent, at now: Double) {
        guard let index = rows.firstIndex(where: { $0.name == event.user }) else { return }
        switch event.event {
        case "created", "replacing", "progress":
            rows[index].state = .rollingOut
        case "ready":
            rows[index].state = .ready
            rows[index].hasRecovered = rows[index].hasRecovered || rows[index].hasFailed
        case "unready":
            rows[index].state = .unready
        case "failed":
            rows[index].state = .failing
            rows[index].hasFailed = true
        default:
            break
        }
        if let ready = event.ready, let desired = event.desired {
            rows[index].ready = ready
            rows[index].desired = desired
        }
        rows[index].lastEvent = [event.reason, event.message].compactMap { $0 }.joined(separator: ": ")
        rows[index].nextCheckAt = event.next_check_seconds.map { now + $0 }
    }
}
