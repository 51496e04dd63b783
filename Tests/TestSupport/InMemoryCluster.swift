import Foundation
import KubernetesAPI
import PullerCore
import Synchronization

/// A cluster in memory, on a test's clock: one DaemonSet, and nodes that become ready one after the other.
public final class InMemoryCluster: DaemonSetAPI {
    /// What can be asked of a cluster.
    public enum Verb: String, Sendable, CaseIterable {
        case get, create, delete, watch
    }

    /// What a test can set, at any time.
    public struct Settings: Sendable {
        /// Time after its creation at which each node's pod is ready; one for each node.
        public var readyAfter: [Duration] = [.milliseconds(200), .milliseconds(300), .milliseconds(400)]
        /// Time until the controller looks at a new DaemonSet.
        public var observedAfter = Duration.milliseconds(50)
        /// Called before each request with the requests of this verb so far; what it throws is the answer.
        public var fault: @Sendable (Verb, Int) throws(Failure) -> Void = { (_, _) throws(Failure) in }
        /// The same, but called when the request has already taken effect: its answer is lost.
        public var lateFault: @Sendable (Verb, Int) throws(Failure) -> Void = { (_, _) throws(Failure) in }
        /// Time until an answer comes.
        public var latency = Duration.zero
        /// Time after which a watch is cut.
        public var watchLife: Duration?
        /// Whether pods are created at all.
        public var refusesPods = false
        /// Server time at simulated zero, in seconds since 1970.
        public var epoch = 1_800_000_000

        /// Three nodes, no faults.
        public init() {}
    }

    private struct Object {
        var daemonSet: ObservedDaemonSet
        var createdAt: Duration
    }

    private struct State {
        var settings = Settings()
        var object: Object?
        var lastUID = 0
        var lastVersion = 0
        var counts: [Verb: Int] = [:]
        var deletions: [(version: Int, uid: String)] = []

        /// Takes the object away, as a change of its own.
        mutating func delete() {
            guard let uid = object?.daemonSet.uid else { return }
            lastVersion += 1
            deletions.append((lastVersion, uid))
            object = nil
        }
    }

    private let clock: MonotonicClock
    private let name: String
    private let namespace: String
    private let idPrefix: String
    private let state: Mutex<State>

    /// An empty cluster.
    ///
    /// - Parameter id: What its object's uids begin with.
    public init(id: String = "uid", name: String, namespace: String, clock: MonotonicClock) {
        self.clock = clock
        self.name = name
        self.namespace = namespace
        idPrefix = id
        state = Mutex(State())
    }

    // MARK: For tests

    /// Changes what can be set.
    public func set(_ change: (inout Settings) -> Void) {
        state.withLock { change(&$0.settings) }
    }

    /// Requests so far, by verb.
    public var counts: [Verb: Int] { state.withLock { $0.counts } }

    /// Starts counting anew.
    public func resetCounts() {
        state.withLock { $0.counts = [:] }
    }

    /// What is there now.
    public var daemonSet: ObservedDaemonSet? {
        let now = clock.now()
        return state.withLock { Self.current($0, at: now) }
    }

    /// Uids of all objects that were deleted, in that order.
    public var deletedUIDs: [String] { state.withLock { $0.deletions.map(\.uid) } }

    /// Does what somebody else might do: changes the object, or puts one there.
    public func interfere(_ change: (inout ObservedDaemonSet) -> Void) {
        let now = clock.now()
        state.withLock { state in
            if state.object == nil {
                state.lastUID += 1
                var fresh = Self.blank(name: name, uid: "\(idPrefix)-\(state.lastUID)")
                fresh.created = Timestamp(seconds: state.settings.epoch + Int(now.components.seconds))
                state.object = Object(daemonSet: fresh, createdAt: now)
            }
            state.lastVersion += 1
            if var object = state.object {
                change(&object.daemonSet)
                object.daemonSet.resourceVersion = "\(state.lastVersion)"
                state.object = object
            }
        }
    }

    /// Deletes the object as somebody else would.
    public func interfereByDeleting() {
        state.withLock { $0.delete() }
    }

    // MARK: DaemonSetAPI

    /// As the protocol says.
    public func observe() async throws(Failure) -> Observation {
        try await arrive(.get)
        let now = clock.now()
        return state.withLock { state in
            Observation(
                daemonSet: Self.current(state, at: now),
                serverTime: Timestamp(seconds: state.settings.epoch + Int(now.components.seconds))
            )
        }
    }

    /// As the protocol says.
    public func create(_ body: [UInt8]) async throws(Failure) -> Creation {
        try await arrive(.create)
        let sent: SentDaemonSet
        do {
            sent = try JSONDecoder().decode(SentDaemonSet.self, from: Data(body))
        } catch {
            throw Failure(.invalid, "\(error)")
        }
        let now = clock.now()
        let creation = state.withLock { state -> Creation in
            if let old = state.object { return old.daemonSet.isTerminating ? .beingDeleted : .alreadyExists }
            state.lastUID += 1
            state.lastVersion += 1
            var created = Self.blank(name: sent.metadata.name, uid: "\(idPrefix)-\(state.lastUID)")
            created.resourceVersion = "\(state.lastVersion)"
            created.created = Timestamp(seconds: state.settings.epoch + Int(now.components.seconds))
            created.labels = sent.metadata.labels
            created.annotations = sent.metadata.annotations
            created.selector = sent.spec.selector.matchLabels
            state.object = Object(daemonSet: created, createdAt: now)
            return .created(created)
        }
        try depart(.create)
        return creation
    }

    /// As the protocol says.
    public func delete(uid: String) async throws(Failure) -> Deletion {
        try await arrive(.delete)
        let deletion = state.withLock { state -> Deletion in
            guard let object = state.object else { return .absent }
            guard object.daemonSet.uid == uid else { return .changed }
            state.delete()
            return .deleted
        }
        try depart(.delete)
        return deletion
    }

    /// As the protocol says.
    public func watch(
        from resourceVersion: String,
        seconds: Int,
        receive: @escaping @Sendable (WatchEvent) async -> Bool
    ) async throws(Failure) {
        try await arrive(.watch)
        let life = state.withLock { $0.settings.watchLife } ?? .seconds(seconds)
        let end = clock.now() + life
        // What has happened since the resource version comes first, as from a real server.
        var version = Int(resourceVersion) ?? 0
        var last: ObservedDaemonSet?
        while clock.now() < end {
            for deletion in state.withLock({ $0.deletions }) where deletion.version > version {
                version = deletion.version
                if !(await receive(.deleted(uid: deletion.uid))) { return }
            }
            let seen = daemonSet
            if let seen, seen != last, !(await receive(.present(seen))) { return }
            last = seen
            do { try await clock.sleep(min(.milliseconds(50), end - clock.now())) } catch { throw .ending }
        }
    }

    private func arrive(_ verb: Verb) async throws(Failure) {
        let (settings, number) = state.withLock { state in
            state.counts[verb, default: 0] += 1
            return (state.settings, state.counts[verb, default: 0])
        }
        if settings.latency > .zero {
            do { try await clock.sleep(settings.latency) } catch { throw .ending }
        }
        if Task.isCancelled { throw .ending }
        try settings.fault(verb, number)
    }

    private func depart(_ verb: Verb) throws(Failure) {
        let (settings, number) = state.withLock { ($0.settings, $0.counts[verb, default: 0]) }
        try settings.lateFault(verb, number)
    }

    private static func current(_ state: State, at now: Duration) -> ObservedDaemonSet? {
        guard let object = state.object else { return nil }
        var daemonSet = object.daemonSet
        let age = now - object.createdAt
        guard age >= state.settings.observedAfter else { return daemonSet }
        let nodes = state.settings.readyAfter.count
        daemonSet.status.observedGeneration = daemonSet.generation
        daemonSet.status.desired = nodes
        daemonSet.status.scheduled = state.settings.refusesPods ? 0 : nodes
        daemonSet.status.ready =
            state.settings.refusesPods ? 0 : state.settings.readyAfter.count { $0 <= age }
        return daemonSet
    }

    private static func blank(name: String, uid: String) -> ObservedDaemonSet {
        ObservedDaemonSet(
            name: name,
            uid: uid,
            resourceVersion: "0",
            generation: 1,
            created: nil,
            isTerminating: false,
            labels: [:],
            annotations: [:],
            selector: [:],
            status: .init()
        )
    }

    private struct SentDaemonSet: Decodable {
        var metadata: Metadata
        var spec: Spec

        struct Metadata: Decodable {
            var name: String
            var labels: [String: String]
            var annotations: [String: String]
        }
        struct Spec: Decodable {
            var selector: Selector
        }
        struct Selector: Decodable {
            var matchLabels: [String: String]
        }
    }
}
