import TestSupport

@testable import PullerCore

/// Drives a keeper against a cluster that is a plain value: no actor, no clock, no waiting.
struct KeeperBench {
    /// What goes wrong with a request.
    enum Fault {
        /// It is refused, and has no effect.
        case refused(Failure)
        /// It takes effect, and its answer is lost.
        case lost
        /// A watch reports an old state, or nothing.
        case stale(ObservedDaemonSet?)
    }

    /// A deletion that the keeper decided on and the cluster carried out.
    struct Deletion {
        var doomed: Keeper.Doomed
        var victim: ObservedDaemonSet
        /// The other one, as the keeper last saw it in this turn.
        var survivor: ObservedDaemonSet?
        /// What had been seen of each object by then.
        var records: [String: Record]
        var at: Duration
    }

    /// Where the process itself ended.
    struct Crash: Error {}

    var settings: Keeper.Settings
    var keeper = Keeper()
    var cluster: ModelCluster
    /// Monotonic time.
    private(set) var now = Duration.zero
    /// Whether the server's `Date` is reliable.
    var isDateTrusted = true
    /// The requests so far, such as `GET a`.
    var requests: [String] = []
    var deletions: [Deletion] = []
    /// How long each creation would have waited.
    private(set) var pauses: [Duration?] = []
    /// Steps of the last turn.
    private(set) var steps = 0
    /// How many times the last turn read pods.
    private(set) var podReads = 0
    /// What goes wrong, by request.
    var fault: (String) -> Fault? = { _ in nil }
    /// What happens in the cluster between two steps; the process may end there.
    var meanwhile: (inout ModelCluster) throws(Crash) -> Void = { _ in }
    /// What happens in the cluster during five seconds of a watch.
    var whileWatching: (inout ModelCluster) -> Void = {
        $0.schedule()
        $0.pull()
    }
    /// What the pods of a DaemonSet say, where they may be read; `nil` when that fails.
    var pods: ((ObservedDaemonSet) -> PodReport?)?
    /// What the keeper has been told in this turn.
    private var seen: [Slot: ObservedDaemonSet] = [:]
    /// What the keeper, and those before it, have been told of each object; by uid.
    private(set) var records: [String: Record] = [:]

    /// What was seen of one object.
    struct Record {
        var mostReady = -1
        var lastProgress = Duration.zero
        var mostServed = 0
        var allReadySince: Duration?
    }

    init(_ changes: [String: String] = [:], nodes: Int = 3) throws {
        settings = try Self.settings(changes)
        cluster = ModelCluster(nodes: nodes)
    }

    static func settings(_ changes: [String: String] = [:]) throws -> Keeper.Settings {
        let configuration = try Configuration.sample(changes)
        return Keeper.Settings(
            desired: DesiredDaemonSet(configuration.daemonSet),
            schedule: configuration.schedule
        )
    }

    /// What another configuration desires.
    static func other(_ changes: [String: String] = ["IMAGES": "java=other:1"]) throws -> DesiredDaemonSet {
        try settings(changes).desired
    }

    var desired: DesiredDaemonSet { settings.desired }

    /// The names that are in use, such as `ab`.
    var names: String { Slot.allCases.filter { cluster.objects[$0] != nil }.map(\.rawValue).joined() }

    mutating func advance(by duration: Duration) {
        now += duration
        cluster.time += Int(duration.components.seconds)
    }

    /// The requests since the last time.
    mutating func takeRequests() -> [String] {
        defer { requests = [] }
        return requests
    }

    /// Restarts the process.
    mutating func restart(_ changes: [String: String]? = nil) throws {
        keeper = Keeper()
        if let changes { settings = try Self.settings(changes) }
    }

    /// One round; `nil` when the process ended meanwhile.
    @discardableResult
    mutating func turn(from start: Round = Round()) -> RoundOutcome? {
        var round = start
        round.mayReadPods = pods != nil
        seen = [:]
        steps = 0
        podReads = 0
        keeper.begin()
        do {
            while true {
                try meanwhile(&cluster)
                steps += 1
                let step = keeper.next(&round, at: now, settings)
                if case .rest(let outcome) = step { return outcome }
                try carryOut(step, &round)
            }
        } catch let failure as Failure {
            return .failed(failure)
        } catch {
            return nil
        }
    }

    private mutating func carryOut(_ step: Keeper.Step, _ round: inout Round) throws(Failure) {
        switch step {
        case .read(let slot): try read(slot, &round)
        case .create(let slot, let reason, let note): try create(slot, reason, note, &round)
        case .delete(let doomed): try delete(doomed, &round)
        case .follow(let slot, _, let timeLeft): follow(slot, timeLeft, &round)
        case .readPods(let slot):
            podReads += 1
            if send("PODS", slot) == nil, let observed = cluster.read(slot), let report = pods?(observed) {
                keeper.take(report, in: slot, &round)
            } else {
                keeper.podsUnknown(&round)
            }
        case .rest: break
        }
    }

    private mutating func record(_ observed: ObservedDaemonSet?, in slot: Slot) {
        seen[slot] = observed
        guard let observed else { return }
        var record = records[observed.uid] ?? Record()
        if observed.status.ready > record.mostReady {
            record.mostReady = observed.status.ready
            record.lastProgress = now
        }
        record.mostServed = max(record.mostServed, observed.served)
        let isAllReady = observed.isFullyScheduled && observed.status.ready >= observed.status.desired
        record.allReadySince = isAllReady ? record.allReadySince ?? now : nil
        records[observed.uid] = record
    }

    private mutating func send(_ verb: String, _ slot: Slot) -> Fault? {
        requests.append("\(verb) \(slot.rawValue)")
        return fault("\(verb) \(slot.rawValue)")
    }

    private mutating func read(_ slot: Slot, _ round: inout Round) throws(Failure) {
        switch send("GET", slot) {
        case .refused(let failure):
            guard keeper.take(failure, in: slot, name: slot.rawValue, &round) else { throw failure }
        case .lost: throw Self.timeout
        case .stale, nil:
            let observed = cluster.read(slot)
            record(observed, in: slot)
            let time = isDateTrusted ? Timestamp(seconds: cluster.time) : nil
            keeper.take(observed, in: slot, serverTime: time, &round, at: now, settings)
        }
    }

    private mutating func create(
        _ slot: Slot,
        _ reason: ReplaceReason?,
        _ note: CreationNote?,
        _ round: inout Round
    ) throws(Failure) {
        let fault = send("POST", slot)
        pauses.append(keeper.pause(beforeCreatingIn: slot, at: now))
        keeper.willCreate(in: slot)
        if case .refused(let failure) = fault {
            keeper.creationFailed(in: slot, failure)
            throw failure
        }
        let creation = cluster.create(slot, desired, note)
        if case .lost = fault {
            keeper.creationFailed(in: slot, Self.timeout)
            throw Self.timeout
        }
        switch creation {
        case .created(let observed):
            record(observed, in: slot)
            keeper.created(observed, in: slot, reason, &round, at: now, settings)
        case .alreadyExists:
            guard keeper.overtaken(in: slot, &round) else { throw Failure(.conflict, "it is there") }
        case .beingDeleted:
            guard keeper.overtaken(in: slot, &round) else { throw Failure(.terminating, "it goes") }
        }
    }

    private mutating func delete(_ doomed: Keeper.Doomed, _ round: inout Round) throws(Failure) {
        let fault = send("DELETE", doomed.slot)
        if case .refused(let failure) = fault {
            keeper.deletionFailed(doomed, failure, round, at: now, settings)
            throw failure
        }
        let victim = cluster.read(doomed.slot)
        let deletion = cluster.delete(doomed.slot, uid: doomed.uid, resourceVersion: doomed.resourceVersion)
        switch deletion {
        case .gone, .going:
            guard let victim else { break }
            deletions.append(
                Deletion(
                    doomed: doomed,
                    victim: victim,
                    survivor: seen[doomed.slot.other],
                    records: records,
                    at: now
                )
            )
        case .absent, .changed: break
        }
        if case .lost = fault {
            keeper.deletionFailed(doomed, Self.timeout, round, at: now, settings)
            throw Self.timeout
        }
        switch deletion {
        case .gone, .absent: keeper.deleted(doomed, &round, at: now, settings)
        case .going(let finalizers): keeper.going(doomed, finalizers: finalizers, &round, at: now, settings)
        case .changed:
            guard keeper.changed(&round) else { throw Failure(.conflict, "it keeps changing") }
        }
    }

    private mutating func follow(_ slot: Slot, _ timeLeft: Duration, _ round: inout Round) {
        let end = now + min(timeLeft, .seconds(25))
        switch send("WATCH", slot) {
        case .stale(let observed):
            if let observed {
                record(observed, in: slot)
                _ = keeper.see(observed, in: slot, &round, at: now, settings)
            }
            advance(by: .seconds(15))
        case .refused, .lost:
            advance(by: .seconds(15))
        case nil:
            while now < end {
                advance(by: .seconds(5))
                whileWatching(&cluster)
                guard let observed = cluster.read(slot) else {
                    keeper.seeDeletion(of: seen[slot]?.uid ?? "", in: slot, &round)
                    break
                }
                record(observed, in: slot)
                guard keeper.see(observed, in: slot, &round, at: now, settings) else { break }
            }
        }
        keeper.watchEnded(in: slot, &round)
        if round.needsLook(slot) { advance(by: .seconds(1)) }
    }

    private static let timeout = Failure(.timeout, "no answer")
}

extension RoundOutcome {
    /// The state of the cluster, if the round determined it.
    var standing: Standing? {
        switch self {
        case .ready(let standing), .unready(let standing), .contested(_, let standing): standing
        case .failed: nil
        }
    }

    var isReady: Bool { if case .ready = self { true } else { false } }
    var isUnready: Bool { if case .unready = self { true } else { false } }
    var isContested: Bool { if case .contested = self { true } else { false } }
    var failure: Failure? { if case .failed(let failure) = self { failure } else { nil } }
}
