import TestSupport

@testable import PullerCore

/// Drives the keeper of several placements against a cluster that is a plain value.
struct CacheBench {
    /// What goes wrong with a request.
    enum Fault {
        /// It is refused, and has no effect.
        case refused(Failure)
        /// It takes effect, and its answer is lost.
        case lost
    }

    /// Where the process itself ended.
    struct Crash: Error {}

    /// Something that was deleted, and why.
    struct Deletion {
        var id: PlacementID
        var images: Set<String>
        var nodes: Set<Int>
        /// Whether something as desired has taken its place, or its placement is not wanted any more.
        var isSuccession: Bool
    }

    private(set) var settings: CacheSettings
    var keeper = CacheKeeper()
    /// The DaemonSets of each placement; all have the same nodes.
    var clusters: [PlacementID: ModelCluster] = [:]
    private(set) var now = Duration.zero
    /// The requests so far, such as `GET cache` and `POST cache-p01234567-b`.
    var requests: [String] = []
    var deletions: [Deletion] = []
    private(set) var steps = 0
    var fault: (String) -> Fault? = { _ in nil }
    /// What happens between two steps; the process may end there.
    var meanwhile: (inout CacheBench) throws(Crash) -> Void = { _ in }
    /// What happens in five seconds of a watch.
    var whileWatching: (inout CacheBench) -> Void = { $0.settle() }
    /// Whether there is a slot to roll out in.
    var hasSlot = true
    /// Whether the server knows image volumes.
    var keepsImageVolumes = true
    private let nodes: Int
    private var images: [String: Set<String>] = [:]

    static let all = Set(0..<4)
    static let pools: [String: Set<Int>] = ["ssd": [0, 1], "gpu": [1, 2]]

    /// - Parameter images: Such as `a:1` and `b:2@gpu`.
    init(_ images: [String], _ changes: [String: String] = [:], readsPods: Bool = false) throws {
        nodes = Self.all.count
        settings = CacheSettings(
            try Self.cache(images),
            schedule: try Configuration.sample(changes).schedule,
            readsPods: readsPods
        )
    }

    /// Image volumes are wanted from now on, as in a new process.
    mutating func mount(_ images: [String], fallsBack: Bool, _ changes: [String: String] = [:]) throws {
        let sleep = try GoldenManifest.sleepImage()
        let schedule = try Configuration.sample(changes).schedule
        settings = CacheSettings(
            try Self.cache(images, .imageVolumes(sleep, fallsBack: fallsBack)),
            fallback: fallsBack ? try Self.cache(images, .copiedSleep(sleep)) : nil,
            schedule: schedule
        )
        keeper = CacheKeeper()
    }

    static func cache(_ images: [String], _ holding: Holding? = nil) throws -> DesiredCache {
        var settings = try Configuration.sample().daemonSet
        if let holding { settings.pods.holding = holding }
        let template = settings.images[0]
        settings.images = try images.map { text in
            let parts = text.split(separator: "@")
            var image = template
            image.name = String(text.prefix(1))
            image.image = try ImageReference("registry.example/\(parts[0])")
            if parts.count > 1 { image.options.nodeSelector = ["pool": String(parts[1])] }
            return image
        }
        return DesiredCache(settings, ClusterFacts(platform: .kubernetes))
    }

    /// Another configuration, for this process or the next one.
    mutating func configure(_ images: [String], restarts: Bool = false, _ changes: [String: String]? = nil)
        throws
    {
        let cache = try Self.cache(images)
        if restarts {
            let schedule = try changes.map { try Configuration.sample($0).schedule } ?? settings.schedule
            settings = CacheSettings(cache, schedule: schedule)
            keeper = CacheKeeper()
        } else if let next = settings.successor(cache) {
            settings = next
        }
    }

    mutating func restart() {
        settings = CacheSettings(
            settings.cache,
            fallback: settings.fallback?.cache,
            schedule: settings.schedule
        )
        keeper = CacheKeeper()
    }

    mutating func advance(by duration: Duration) {
        now += duration
        for id in clusters.keys { clusters[id]?.time += Int(duration.components.seconds) }
    }

    mutating func takeRequests() -> [String] {
        defer { requests = [] }
        return requests
    }

    /// All pods are created and become ready.
    mutating func settle() {
        for id in clusters.keys {
            clusters[id]?.schedule()
            clusters[id]?.pull()
        }
    }

    /// Changes all nodes.
    mutating func changeNodes(_ body: (inout ModelCluster) -> Void) {
        for id in clusters.keys { if var one = clusters[id] { body(&one); clusters[id] = one } }
    }

    /// The names of what exists, sorted.
    var names: [String] {
        clusters.values.flatMap { $0.objects.values.map(\.metadata.name) }.sorted()
    }

    /// Images and the nodes on which a pod holds them.
    var served: [String: Set<Int>] {
        var served: [String: Set<Int>] = [:]
        for (id, cluster) in clusters {
            for object in cluster.objects.values {
                for image in imagesOf(object.metadata, id) {
                    served[image, default: []].formUnion(object.pods.filter(\.value).keys)
                }
            }
        }
        return served
    }

    /// Images that are wanted, and where.
    var wanted: [String: Set<Int>] {
        var wanted: [String: Set<Int>] = [:]
        for one in settings.cache.daemonSets {
            for image in one.content.images {
                let pool = one.content.placement.nodeSelector["pool"]
                wanted[image.image.text] = pool.flatMap { Self.pools[$0] } ?? Self.all
            }
        }
        return wanted
    }

    /// Placements that have something that no base DaemonSet names.
    var orphans: Set<PlacementID> {
        let named = (clusters[.base]?.objects.values.map(\.metadata.placements) ?? [])
            .reduce(into: Set()) { $0.formUnion($1) }
        return Set(clusters.filter { $0.key != .base && !$0.value.objects.isEmpty }.keys).subtracting(named)
    }

    private func imagesOf(_ observed: ObservedDaemonSet, _ id: PlacementID) -> Set<String> {
        images["\(id) \(observed.uid)"] ?? []
    }

    private func cluster(_ id: PlacementID) -> ModelCluster {
        if let known = clusters[id] { return known }
        var new = ModelCluster(nodes: nodes)
        if let known = clusters.values.first {
            new.time = known.time
            new.down = known.down
            new.broken = known.broken
        }
        for (pool, nodes) in Self.pools {
            if let hash = try? Self.cache(["a:1@\(pool)"]).base.placementHash { new.placements[hash] = nodes }
        }
        return new
    }

    // MARK: A turn

    /// One round; `nil` when the process ended meanwhile.
    @discardableResult
    mutating func turn() -> (id: PlacementID, outcome: RoundOutcome)? {
        var round = CacheRound()
        steps = 0
        let settings = keeper.wanted(settings, at: now)
        keeper.begin(settings)
        while true {
            do throws(Crash) { try meanwhile(&self) } catch { return nil }
            steps += 1
            if steps > 5000 { return (.base, .failed(Failure(.conflict, "endless"))) }
            let step = keeper.next(&round, at: now, settings)
            do throws(Failure) {
                switch step {
                case .rest(let id, let outcome): return (id, outcome)
                case .fallBack: return turn()
                case .wait: return (.base, .failed(Failure(.cancelled, "waits")))
                case .clear(let id): try clear(id, &round, settings)
                case .keep(let id, let step):
                    guard let own = settings[id] else { return nil }
                    try carryOut(step, id, &round, own)
                }
            } catch {
                if !keeper.failed(step, error, &round) { return (.base, .failed(error)) }
            }
        }
    }

    private mutating func send(_ verb: String, _ id: PlacementID, _ slot: Slot) -> Fault? {
        let request = "\(verb) \(settings.name(id, slot))"
        requests.append(request)
        return fault(request)
    }

    private static let timeout = Failure(.timeout, "no answer")

    private mutating func carryOut(
        _ step: Keeper.Step,
        _ id: PlacementID,
        _ round: inout CacheRound,
        _ own: Keeper.Settings
    ) throws(Failure) {
        switch step {
        case .read(let slot):
            switch send("GET", id, slot) {
            case .refused(let failure):
                guard keeper[id].take(failure, in: slot, name: own.desired.name(slot), &round[id]) else {
                    throw failure
                }
            case .lost: throw Self.timeout
            case nil:
                let cluster = cluster(id)
                keeper[id].take(
                    cluster.read(slot),
                    in: slot,
                    serverTime: Timestamp(seconds: cluster.time),
                    &round[id],
                    at: now,
                    own
                )
            }
        case .create(let slot, let reason, let note):
            guard hasSlot else { return keeper.mustWait(id, &round) }
            let fault = send("POST", id, slot)
            keeper[id].willCreate(in: slot)
            if case .refused(let failure) = fault {
                keeper[id].creationFailed(in: slot, failure)
                throw failure
            }
            var cluster = cluster(id)
            cluster.keepsImageVolumes = keepsImageVolumes
            let creation = cluster.create(slot, own.desired, note)
            clusters[id] = cluster
            if case .created(let observed) = creation {
                images["\(id) \(observed.uid)"] = Set(own.desired.content.images.map(\.image.text))
            }
            if case .lost = fault {
                keeper[id].creationFailed(in: slot, Self.timeout)
                throw Self.timeout
            }
            guard case .created(let observed) = creation else {
                guard keeper[id].overtaken(in: slot, &round[id]) else { throw Failure(.conflict, "there") }
                return
            }
            keeper[id].created(observed, in: slot, reason, &round[id], at: now, own)
        case .delete(let doomed):
            let fault = send("DELETE", id, doomed.slot)
            if case .refused(let failure) = fault {
                keeper[id].deletionFailed(doomed, failure, round[id], at: now, own)
                throw failure
            }
            var isSuccession = round[id].isRight(doomed.slot.other)
            if case .steppedBack = doomed.why { isSuccession = false }
            let deletion = delete(id, doomed.slot, doomed.uid, doomed.resourceVersion, isSuccession)
            if case .lost = fault {
                keeper[id].deletionFailed(doomed, Self.timeout, round[id], at: now, own)
                throw Self.timeout
            }
            switch deletion {
            case .gone, .absent: keeper[id].deleted(doomed, &round[id], at: now, own)
            case .going(let all): keeper[id].going(doomed, finalizers: all, &round[id], at: now, own)
            case .changed:
                guard keeper[id].changed(&round[id]) else { throw Failure(.conflict, "changes") }
            }
        case .follow(let slot, _, let timeLeft):
            let end = now + min(timeLeft, .seconds(25))
            _ = send("WATCH", id, slot)
            while now < end {
                advance(by: .seconds(5))
                whileWatching(&self)
                guard let observed = cluster(id).read(slot),
                    keeper[id].see(observed, in: slot, &round[id], at: now, own)
                else { break }
            }
            keeper[id].watchEnded(in: slot, &round[id])
            if round[id].needsLook(slot) { advance(by: .seconds(1)) }
        case .readPods(let slot):
            if case .refused? = send("PODS", id, slot) {
                keeper.podsNotAllowed(id, &round, at: now)
            } else {
                keeper[id].take(PodReport(), in: slot, &round[id])
            }
        case .rest: break
        }
    }

    private mutating func delete(
        _ id: PlacementID,
        _ slot: Slot,
        _ uid: String,
        _ version: String?,
        _ isSuccession: Bool
    ) -> ModelCluster.Deletion {
        var cluster = cluster(id)
        let victim = cluster.objects[slot]
        let deletion = cluster.delete(slot, uid: uid, resourceVersion: version)
        clusters[id] = cluster
        if let victim, victim.metadata.uid == uid {
            switch deletion {
            case .gone, .going:
                deletions.append(
                    Deletion(
                        id: id,
                        images: imagesOf(victim.metadata, id),
                        nodes: Set(victim.pods.filter(\.value).keys),
                        isSuccession: isSuccession
                    )
                )
            default: break
            }
        }
        return deletion
    }

    private mutating func clear(
        _ id: PlacementID,
        _ round: inout CacheRound,
        _ settings: CacheSettings
    ) throws(Failure) {
        // A placement of the configuration goes only with the base DaemonSet that names it.
        let isSuccession = settings[id] == nil && !round[.base].right.isEmpty
        for slot in Slot.allCases {
            switch send("GET", id, slot) {
            case .refused(let failure): throw failure
            case .lost: throw Self.timeout
            case nil: break
            }
            guard let observed = cluster(id).read(slot) else { continue }
            let fault = send("DELETE", id, slot)
            if case .refused(let failure) = fault { throw failure }
            let deletion = delete(id, slot, observed.uid, nil, isSuccession)
            if case .lost = fault { throw Self.timeout }
            if case .going = deletion { throw Failure(.terminating, "held") }
        }
        keeper.cleared(id, &round, settings)
    }
}
