import PullerCore

/// What would be done in all clusters, and what the pods request.
public struct PlanSummary: Sendable {
    /// Below this, the runtime itself may need more than the limit of a container.
    private static let leastLimit = 4.0 * 1024 * 1024
    /// Cores that pods may request on a node without a warning.
    private static let mostCPU = 0.1

    private var counts: [ClusterPlan.Kind: Int] = [:]
    private var nodes: [PlacementID: (now: Int, twice: Int)] = [:]
    private var isKnown = (yes: 0, no: 0)
    var settings: CacheSettings?

    init() {}

    mutating func add(_ plan: ClusterPlan) {
        counts[plan.kind, default: 0] += 1
        guard !plan.nodes.isEmpty, plan.nodes.values.allSatisfy({ $0.desired != nil }) else {
            isKnown.no += 1
            return
        }
        isKnown.yes += 1
        for (id, own) in plan.nodes {
            // More than any cluster has is no figure.
            let desired = min(max(own.desired ?? 0, 0), 1_000_000)
            nodes[id, default: (0, 0)].now += desired
            if own.isDouble { nodes[id, default: (0, 0)].twice += desired }
        }
    }

    /// How many clusters have a plan of this kind.
    public func count(_ kind: ClusterPlan.Kind) -> Int { counts[kind, default: 0] }

    /// Whether a cluster could not be asked, or has something in the way.
    public var hasFailed: Bool { count(.failed) + count(.conflict) > 0 }

    /// Whether something would be done.
    public var hasChanges: Bool {
        counts.contains { $0.value > 0 && ![.failed, .conflict, .nothing].contains($0.key) }
    }

    /// The lines of the summary.
    public var lines: [String] {
        let kinds = ClusterPlan.Kind.allCases.reversed().filter { count($0) > 0 }
            .map { "\(count($0)) \($0.rawValue)" }
        let all = counts.values.reduce(0, +)
        let first = ([counted(all, "cluster")] + (kinds.isEmpty ? [] : [kinds.joined(separator: ", ")]))
            .joined(separator: ": ")
        return [first] + requestLines
    }

    private var requestLines: [String] {
        guard let daemonSets = settings?.cache.daemonSets else { return [] }
        let requests = daemonSets.map { (id: $0.id, name: $0.name(.primary), pod: PodRequests(of: $0)) }
        let each = requests.map { requests.count == 1 ? "" : "\($0.name) \($0.pod.text)" }
            .filter { !$0.isEmpty }
        let onNode = requests.reduce(PodRequests.none) { $0 + $1.pod }
        var lines = [
            "requested of a node: \(onNode.text)"
                + (each.isEmpty ? "" : ", if all placements match it: \(each.joined(separator: "; "))")
        ]
        let total = requests.reduce(PodRequests.none) { $0 + $1.pod * (nodes[$1.id]?.now ?? 0) }
        let twice = requests.reduce(PodRequests.none) { $0 + $1.pod * (nodes[$1.id]?.twice ?? 0) }
        if isKnown.yes > 0 {
            let pods = nodes.values.reduce(0) { $0 + $1.now }
            lines.append(
                "requested by \(counted(pods, "pod")) in \(counted(isKnown.yes, "cluster")): \(total.text)"
                    + (twice == .none ? "" : ", and \(twice.text) more while two DaemonSets stand")
            )
        }
        if isKnown.no > 0 {
            let have = isKnown.no == 1 ? "has" : "have"
            lines.append(
                "how many nodes \(counted(isKnown.no, "cluster")) \(have) is not known before the DaemonSets stand"
            )
        }
        return lines
    }

    /// What is probably not meant.
    public var warnings: [String] {
        guard let daemonSets = settings?.cache.daemonSets else { return [] }
        var warnings: [String] = []
        let small = daemonSets.flatMap { $0.containers(limitedBelow: Self.leastLimit) }.sorted()
        if !small.isEmpty {
            let names =
                small.prefix(10).joined(separator: ", ")
                + (small.count > 10 ? " and \(small.count - 10) more" : "")
            warnings.append(
                "the memory limit of \(names) is below 4Mi: with some runtimes a container does not start with so little"
            )
        }
        let onNode = daemonSets.reduce(PodRequests.none) { $0 + PodRequests(of: $1) }
        if onNode.cpu > Self.mostCPU + 1e-9 {
            warnings.append(
                "the pods request more than a tenth of a CPU of a node, for containers that only sleep: "
                    + "lower CACHING_CPU_REQUEST"
            )
        }
        return warnings
    }
}
