import TestSupport

@testable import PullerCore

/// A keeper in a cluster where anything may happen, at random but reproducibly.
struct KeeperWalk {
    /// What must never happen, and did.
    struct Violation: Error, CustomStringConvertible {
        var description: String
    }

    private let random: @Sendable () -> Double
    private var bench: KeeperBench
    private var foreign: Set<String> = []
    private var configuration: [String: String]

    init(seed: UInt64) throws {
        let random = seededRandom(seed)
        self.random = random
        configuration = Self.configuration(random)
        bench = try KeeperBench(configuration, nodes: 2 + Int(random() * 3))
        let onSSD = try KeeperBench.settings(["NODE_SELECTOR": Self.ssd]).desired
        bench.cluster.placements[onSSD.placementHash] = [0, 1]
        bench.fault = { Self.fault($0, random) }
        if seed % 2 == 1 {
            bench.pods = { observed in
                var report = PodReport()
                report.nodes = observed.status.desired
                report.lasting = Int(random() * Double(observed.status.desired - observed.status.ready + 1))
                return random() < 0.8 ? report : nil
            }
        }
        bench.meanwhile = { cluster throws(KeeperBench.Crash) in
            if random() < 0.01 { throw KeeperBench.Crash() }
            if random() < 0.05 { Self.happen(&cluster, random) }
        }
        bench.whileWatching = { cluster in
            if random() < 0.1 { Self.happen(&cluster, random) }
            if random() < 0.9 { cluster.schedule() }
            if random() < 0.6 { cluster.pull() }
        }
    }

    /// Walks at random for a while, then lets the cluster settle.
    mutating func run(rounds: Int) throws {
        for _ in 0..<rounds {
            try prepare()
            if bench.turn() == nil { try bench.restart() }
            try check()
        }
        try calmDown()
    }

    // MARK: What happens

    private static let ssd = #"{"disktype":"ssd"}"#

    private static func pick<Value>(_ values: [Value], _ random: () -> Double) -> Value {
        values[min(Int(random() * Double(values.count)), values.count - 1)]
    }

    private static func configuration(_ random: () -> Double) -> [String: String] {
        [
            "IMAGES": pick(["java=a:1", "java=b:1"], random),
            "NODE_SELECTOR": pick(["{}", "{}", ssd], random),
            "ROLLOUT_OVERLAP": pick(["until-ready", "until-ready", "until-ready", "0s", "10m"], random),
            "ROLLOUT_MAX_UNAVAILABLE": pick(["0", "0", "1", "50%"], random),
            "IMAGE_REFRESH_HOURS": pick(["24", "0"], random),
        ]
    }

    private static func fault(_ request: String, _ random: () -> Double) -> KeeperBench.Fault? {
        guard random() < 0.06 else { return nil }
        if request.hasPrefix("WATCH"), random() < 0.5 { return .stale(nil) }
        let reasons: [FailureReason] = [
            .forbidden, .serverError, .timeout, .throttled, .unreachable, .invalid,
        ]
        return random() < 0.5 ? .lost : .refused(Failure(pick(reasons, random), "x"))
    }

    /// Changes a node or a DaemonSet at random.
    private static func happen(_ cluster: inout ModelCluster, _ random: () -> Double) {
        let node = pick(cluster.nodes.sorted(), random)
        let slot = pick(Slot.allCases, random)
        switch Int(random() * 12) {
        case 0: cluster.down.insert(node)
        case 1, 2: cluster.down.remove(node)
        case 3: cluster.broken.insert(node)
        case 4, 5: cluster.broken.remove(node)
        case 6: if random() < 0.5 { cluster.edit(slot) }
        case 7: if let observed = cluster.read(slot) { _ = cluster.delete(slot, uid: observed.uid) }
        case 8: cluster.change(slot) { $0.finalizers = random() < 0.3 ? ["example.com/hold"] : [] }
        case 9: if cluster.objects[slot]?.pods[node] != nil { cluster.objects[slot]?.pods[node] = false }
        case 10: cluster.objects[slot]?.arePodsRefused = random() < 0.2
        default: cluster.schedule()
        }
        cluster.removeReleased()
    }

    private mutating func prepare() throws {
        let random = random
        bench.advance(by: .seconds(random() < 0.1 ? random() * 30 * 3600 : random() * random() * 3600))
        if random() < 0.7 { bench.cluster.schedule() }
        if random() < 0.7 { bench.cluster.pull() }
        if random() < 0.5 { Self.happen(&bench.cluster, random) }
        if random() < 0.1 { bench.isDateTrusted.toggle() }
        if random() < 0.1 { try bench.restart() }
        if random() < 0.15 {
            configuration = Self.configuration(random)
            try bench.restart(configuration)
        }
        if random() < 0.1 { changeWebhook() }
        if random() < 0.05 { try putTheirs() }
    }

    private mutating func changeWebhook() {
        switch Int(random() * 5) {
        case 0: bench.cluster.webhook = { $0.annotations = [:] }
        case 1: bench.cluster.webhook = { $0.labels = ["owner": "another"] }
        case 2:
            bench.cluster.webhook = {
                $0.labels = [:]
                $0.annotations = [:]
            }
        default: bench.cluster.webhook = { _ in }
        }
    }

    /// Lets a DaemonSet of another puller of our installation, of another owner or of a Go puller appear under a
    /// free name.
    private mutating func putTheirs() throws {
        let slot = Self.pick(Slot.allCases, random)
        guard bench.cluster.objects[slot] == nil else { return }
        switch Int(random() * 3) {
        case 0: bench.cluster.put(slot, try KeeperBench.other(), ready: 1, age: 0)
        case 1:
            bench.cluster.put(slot, bench.desired, ready: 1, age: 0) {
                $0.labels = ["app": "theirs"]
                $0.selector = ["app": "theirs"]
            }
            if let uid = bench.cluster.read(slot)?.uid { foreign.insert(uid) }
        default:
            guard bench.cluster.objects[.primary] == nil else { return }
            bench.cluster.put(.primary, bench.desired, ready: 1, age: 0) {
                $0.labels = [:]
                $0.selector = [MetadataKey.goPuller: "daemonset-test"]
            }
        }
    }

    // MARK: What must hold

    private mutating func check() throws {
        guard bench.steps <= 501 else { throw Violation(description: "a turn took \(bench.steps) steps") }
        guard bench.podReads <= 1 else { throw Violation(description: "a turn read pods repeatedly") }
        for deletion in bench.deletions { try check(deletion) }
        bench.deletions = []
    }

    private func check(_ deletion: KeeperBench.Deletion) throws {
        let victim = deletion.victim
        func violation(_ what: String) -> Violation {
            Violation(
                description:
                    "\(what): \(deletion.doomed) of \(victim) for \(String(describing: deletion.survivor))"
            )
        }
        guard !foreign.contains(victim.uid) else { throw violation("a foreign DaemonSet was deleted") }
        guard let survivor = deletion.survivor, survivor.uid == deletion.doomed.survivor,
            !survivor.isTerminating
        else { throw violation("nothing stays") }
        guard !foreign.contains(survivor.uid) else { throw violation("only a foreign DaemonSet stays") }
        if case .steppedBack(let why) = deletion.doomed.why {
            guard victim.isNewer(than: survivor), survivor.served > 0,
                isStepBack(why, victim, survivor, deletion)
            else { throw violation("a step back without a reason") }
        } else if survivor.served < victim.served, !isExcepted(deletion, survivor) {
            throw violation("the one that stays serves fewer")
        }
    }

    private func isStepBack(
        _ why: Keeper.StepBack,
        _ newer: ObservedDaemonSet,
        _ older: ObservedDaemonSet,
        _ deletion: KeeperBench.Deletion
    ) -> Bool {
        switch why {
        case .harm: older.served < deletion.records[older.uid]?.mostServed ?? 0
        case .refresh:
            newer.creationReason == ReplaceReason.refreshName && hasStoodStill(newer, deletion)
                && (newer.status.ready < older.served || newer.status.ready < newer.status.desired)
        case .noBetter:
            newer.creationReason == ReplaceReason.unhealthyName && hasStoodStill(newer, deletion)
                && newer.status.ready <= older.served
        }
    }

    /// Whether one may be deleted although the survivor serves fewer nodes.
    private func isExcepted(_ deletion: KeeperBench.Deletion, _ survivor: ObservedDaemonSet) -> Bool {
        let victim = deletion.victim
        let policy = bench.settings.schedule.replacement
        guard survivor.isFullyScheduled else { return false }
        if case .atMost = policy.overlap { return true }
        if survivor.status.ready >= survivor.status.desired {
            let placements = [victim, survivor].compactMap { $0.annotations[MetadataKey.placement] }
            if placements.count == 2, placements[0] != placements[1] { return true }
            let since = deletion.records[survivor.uid]?.allReadySince
            if let since, deletion.at - since >= .seconds(86400) { return true }
        }
        let allowed = policy.maxUnavailable.nodes(of: victim.served)
        return hasStoodStill(survivor, deletion) && survivor.status.ready > 0
            && survivor.status.ready >= victim.served - allowed
    }

    private func hasStoodStill(_ observed: ObservedDaemonSet, _ deletion: KeeperBench.Deletion) -> Bool {
        guard let record = deletion.records[observed.uid] else { return false }
        return deletion.at - record.lastProgress >= bench.settings.schedule.replacement.rolloutTimeout
    }

    // MARK: The end

    /// Once the interference ends and all nodes are up, one DaemonSet is left in the end, and it is as desired.
    private mutating func calmDown() throws {
        bench.fault = { _ in nil }
        bench.meanwhile = { _ in }
        bench.whileWatching = {
            $0.schedule()
            $0.pull()
        }
        bench.cluster.webhook = { _ in }
        bench.cluster.down = []
        bench.cluster.broken = []
        for slot in Slot.allCases {
            bench.cluster.change(slot) { $0.finalizers = [] }
            bench.cluster.objects[slot]?.arePodsRefused = false
            if let uid = bench.cluster.read(slot)?.uid, foreign.contains(uid) {
                bench.cluster.objects[slot] = nil
            }
            if bench.cluster.read(slot)?.selector[MetadataKey.goPuller] != nil {
                bench.cluster.objects[slot] = nil
            }
        }
        bench.cluster.removeReleased()
        var calmRounds = 0
        var last: RoundOutcome?
        for _ in 0..<80 {
            bench.cluster.schedule()
            bench.cluster.pull()
            last = bench.turn()
            try check()
            let isDone =
                last?.isReady == true && last?.standing?.beside == nil && bench.cluster.objects.count == 1
            calmRounds = isDone ? calmRounds + 1 : 0
            if calmRounds == 3 { return }
            bench.advance(by: .seconds(3600))
        }
        throw Violation(
            description: "no calm end: \(bench.names), \(String(describing: last)), \(bench.keeper)"
        )
    }
}

extension ModelCluster {
    /// An object that is being deleted is gone once no finalizer holds it.
    fileprivate mutating func removeReleased() {
        objects = objects.filter { !$0.value.metadata.isTerminating || !$0.value.metadata.finalizers.isEmpty }
    }
}
