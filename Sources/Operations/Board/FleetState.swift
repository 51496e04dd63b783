import PullerCore
import WorkerPool

/// What the board knows, as a value: it takes in events, and `FleetState+questions.swift` answers. It has no clock.
struct FleetState: Sendable {
    private(set) var clusters = ClusterTable()
    private(set) var history = EventHistory()
    private(set) var removals: Removals
    private(set) var counters = FleetCounters()
    private(set) var files: [FleetSummary.FileTrouble] = []
    /// References of images, which all clusters share.
    private var texts = SharedTexts()
    /// Rises with each change of a cluster.
    private(set) var revision: UInt64

    /// A board on which nothing is yet.
    init(firstRevision: UInt64 = 0) {
        revision = firstRevision
        removals = Removals(floor: firstRevision)
    }

    /// Takes in an event.
    ///
    /// - Parameter now: Time by the pool's clock.
    mutating func take(_ event: PoolEvent, at now: Duration) {
        if event.isHistoric { history.add(event, at: now) }
        guard let id = event.cluster else { return takeFiles(event) }
        counters.take(event)
        switch event.what {
        case .added:
            add(id, at: now)
        case .removed, .removalGivenUp:
            guard clusters.remove(id) else { return }
            revision += 1
            removals.add(id, revision)
        case .round(let report):
            // Only a worker of its own has rounds; warnings may come from a cluster after its removal.
            add(id, at: now)
            let pods = report.outcome.standing?.pods.map { $0.forBoard(&texts) }
            let isNews = change(id) { $0.take(report, pods: pods, message: { event.message }, at: now) }
            if isNews == true { history.add(event, at: now) }
        case .queued:
            change(id) { $0.status.activity = .queued }
        case .created(_, let reason):
            change(id) { entry in
                entry.status.activity = .rollingOut
                if let reason { entry.countReplacement(reason.name) }
            }
        case .adopted(_, let health):
            change(id) { entry in
                entry.status.health = health
                if !health.isReady { entry.status.activity = .rollingOut }
            }
        case .progress(let health):
            change(id) { entry in
                entry.status.health = health
                entry.status.activity = .rollingOut
            }
        case .pulled(let times):
            change(id) { $0.take(times) }
        case .stuck:
            change(id) { $0.status.isStuck = true }
        default:
            break
        }
    }

    private mutating func add(_ id: ClusterID, at now: Duration) {
        guard clusters[id] == nil else { return }
        revision += 1
        clusters.add(ClusterEntry(id, at: now))
        change(id) { _ in }
    }

    @discardableResult
    private mutating func change<Value>(_ id: ClusterID, _ body: (inout ClusterEntry) -> Value) -> Value? {
        let next = revision + 1
        let value = clusters.change(id) { entry in
            entry.status.revision = next
            return body(&entry)
        }
        if value != nil { revision = next }
        return value
    }

    private mutating func takeFiles(_ event: PoolEvent) {
        switch event.what {
        case .users(let change): takeFile(change, .users)
        case .images(let change): takeFile(change, .images)
        default: break
        }
    }

    private mutating func takeFile(_ event: PoolEvent.FileEvent, _ kind: FleetSummary.FileTrouble.Kind) {
        files.removeAll { $0.kind == kind }
        let trouble: (path: String, isBraked: Bool, why: String)? =
            switch event {
            case .changed, .usable: nil
            case .unusable(let path, let why): (path, false, why)
            case .braked(let path, _, let why): (path, true, why)
            }
        guard let trouble else { return }
        files.append(
            FleetSummary.FileTrouble(
                kind: kind,
                path: trouble.path,
                isBraked: trouble.isBraked,
                message: displayText(trouble.why, limit: 600)
            )
        )
    }
}
