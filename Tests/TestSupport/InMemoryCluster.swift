import Foundation
import KubernetesAPI
import PullerCore
import Synchronization
import Timing

/// An in-memory cluster on a test's clock: DaemonSets by name, and nodes whose pods become ready one after another.
public final class InMemoryCluster: DaemonSetAPI, ClusterReads {
    /// The verbs of requests.
    public enum Verb: String, Sendable, CaseIterable {
        case get, create, delete, watch
        /// Any of the optional reads.
        case read
        /// Events about pulls.
        case pulls
    }

    private let clock: MonotonicClock
    private let name: String
    private let idPrefix: String
    private let state = Mutex(State())

    /// Creates an empty cluster.
    ///
    /// - Parameters:
    ///   - id: The prefix of the objects' uids.
    ///   - name: The name to use if none is given, unless there is exactly one object.
    public init(id: String = "uid", name: String, clock: MonotonicClock) {
        self.clock = clock
        self.name = name
        idPrefix = id
    }

    // MARK: For tests

    /// Changes the settings.
    public func set(_ change: (inout Settings) -> Void) {
        let now = clock.now()
        state.withLock { $0.change(change, at: now) }
        wakeWatches()
    }

    /// The number of requests so far, by verb.
    public var counts: [Verb: Int] { state.withLock { $0.counts } }

    /// Resets the numbers of requests.
    public func resetCounts() {
        state.withLock { $0.counts = [:] }
    }

    /// The current objects, by name.
    public var daemonSets: [String: ObservedDaemonSet] {
        let now = clock.now()
        return state.withLock { state in
            let names = state.objects.keys.sorted()
            return Dictionary(uniqueKeysWithValues: names.map { ($0, state.current($0, at: now)) })
                .compactMapValues { $0 }
        }
    }

    /// The current object: the only one, or that of the base name.
    public var daemonSet: ObservedDaemonSet? {
        let now = clock.now()
        return state.withLock { $0.current($0.meant(nil, base: name), at: now) }
    }

    /// The uids of all deleted objects, in the order in which they were removed.
    public var deletedUIDs: [String] { state.withLock { $0.deletions.map(\.uid) } }

    /// Changes the object as another user would, or creates it.
    public func interfere(_ name: String? = nil, _ change: (inout ObservedDaemonSet) -> Void) {
        let now = clock.now()
        state.withLock { state in
            let name = state.meant(name, base: self.name)
            if state.objects[name] == nil { _ = state.add(name, idPrefix: idPrefix, at: now) }
            state.write(name, change)
        }
        wakeWatches()
    }

    /// Deletes the object as another user would.
    public func interfereByDeleting(_ name: String? = nil) {
        state.withLock { _ = $0.delete($0.meant(name, base: self.name)) }
        wakeWatches()
    }

    /// Removes the finalizers of an object; without a name, those of all objects.
    public func releaseFinalizers(_ name: String? = nil) {
        state.withLock { state in
            for name in name.map({ [$0] }) ?? state.objects.keys.sorted() { state.release(name) }
        }
        wakeWatches()
    }

    // MARK: DaemonSetAPI

    /// As the protocol says.
    public func observe(_ name: String) async throws(Failure) -> Observation {
        try await arrive(.get)
        let now = clock.now()
        return state.withLock { state in
            let date = Timestamp(seconds: state.time(at: now).seconds + state.settings.serverTimeOffset)
            return Observation(
                daemonSet: state.current(name, at: now),
                serverTime: state.settings.saysDate ? date : nil
            )
        }
    }

    /// As the protocol says.
    public func create(_ body: [UInt8], name: String) async throws(Failure) -> Creation {
        try await arrive(.create)
        let sent: SentDaemonSet
        do {
            sent = try JSONDecoder().decode(SentDaemonSet.self, from: Data(body))
        } catch {
            throw Failure(.invalid, "\(error)")
        }
        // The server uses the name in the manifest, and the client the name that it asked for.
        guard sent.metadata.name == name else {
            throw Failure(.malformedResponse, "the answer is about the DaemonSet \(sent.metadata.name)")
        }
        if let refusal = state.withLock({ $0.settings.refusesCreation })?(name) { throw refusal }
        let now = clock.now()
        let creation = state.withLock { state -> Creation in
            if let old = state.objects[name] {
                return old.daemonSet.isTerminating ? .beingDeleted : .alreadyExists
            }
            var created = state.add(name, idPrefix: idPrefix, at: now)
            created.labels = sent.metadata.labels
            created.annotations = sent.metadata.annotations
            created.selector = sent.spec.selector.matchLabels
            let volumes = sent.spec.template.spec.volumes ?? []
            created.imageVolumes = state.settings.keepsImageVolumes ? volumes.count { $0.image != nil } : 0
            state.settings.mutates?(&created)
            state.objects[name]?.daemonSet = created
            state.objects[name]?.images = sent.spec.template.spec.containers.map {
                PodImages.Image(name: $0.name, reference: $0.image)
            }
            return .created(created)
        }
        wakeWatches()
        try depart(.create)
        return creation
    }

    /// As the protocol says.
    public func delete(_ name: String, uid: String, resourceVersion: String?) async throws(Failure)
        -> Deletion
    {
        try await arrive(.delete)
        let now = clock.now()
        let deletion = state.withLock { state -> Deletion in
            guard let found = state.current(name, at: now) else { return .absent }
            guard found.uid == uid, resourceVersion ?? found.resourceVersion == found.resourceVersion else {
                return .changed
            }
            // The finalizer of a foreground deletion is removed first, which creates another version.
            if resourceVersion != nil, found.isTerminating, !found.isHeldByFinalizer { return .changed }
            let finalizers = state.delete(name)
            return finalizers.isEmpty ? .gone : .going(finalizers: finalizers)
        }
        wakeWatches()
        try depart(.delete)
        return deletion
    }

    /// As the protocol says.
    public func watch(
        _ name: String,
        from resourceVersion: String,
        seconds: Int,
        receive: @escaping @Sendable (WatchEvent) async -> Bool
    ) async throws(Failure) {
        try await arrive(.watch)
        let life = state.withLock { $0.settings.watchLife } ?? .seconds(seconds)
        let end = clock.now() + life
        let (newest, forgets) = state.withLock { ($0.lastVersion, $0.settings.forgetsHistory) }
        // As on a real server, the changes since the resource version come first.
        var version = Int(resourceVersion) ?? 0
        if version == 0 {
            version = newest
        } else if forgets, version < newest {
            _ = await receive(.expired)
            return
        }
        var last: ObservedDaemonSet?
        while clock.now() < end {
            let deletions = state.withLock { $0.deletions }.filter { $0.name == name }
            for deletion in deletions where deletion.version > version {
                version = deletion.version
                if !(await receive(.deleted(uid: deletion.uid))) { return }
            }
            let now = clock.now()
            let wakeUp = WakeUp()
            let (seen, pause) = state.withLock { state in
                state.watches.append(wakeUp)
                return (state.current(name, at: now), state.pause(name, at: now))
            }
            if let seen, seen != last, !(await receive(.present(seen))) { return }
            last = seen
            do {
                try await clock.sleep(min(pause, end - clock.now()), orUntil: wakeUp)
            } catch { throw .givenUp }
            state.withLock { $0.watches.removeAll { $0 === wakeUp } }
        }
        guard life >= .seconds(seconds) else { return }
        let reached = state.withLock { $0.lastVersion }
        _ = await receive(.caughtUp(resourceVersion: "\(reached)"))
    }

    /// Has all watches look at what has changed.
    private func wakeWatches() {
        let watches = state.withLock { state in
            defer { state.watches = [] }
            return state.watches
        }
        for watch in watches { watch.end() }
    }

    // MARK: ClusterReads

    /// As the protocol says.
    public func pods(_ pass: PodPass) async throws(Failure) -> PodStep {
        try await arrive(.read)
        let now = clock.now()
        return state.withLock { state in
            guard state.settings.allowsReads else { return .done(.notAllowed("403 on list pods")) }
            var pass = pass
            for pod in state.pods(at: now) { pass.add(pod) }
            return state.settings.hasEndlessPods
                ? .more(pass) : .done(.report(pass.report(isComplete: true)))
        }
    }

    /// As the protocol says.
    public func pulls(_ pass: PullPass) async throws(Failure) -> PullStep {
        try await arrive(.pulls)
        let now = clock.now()
        return state.withLock { state in
            guard state.settings.allowsEvents else { return .done(.notAllowed("403 on list events")) }
            var pass = pass
            for event in state.pullEvents(at: now) { pass.add(event) }
            return state.settings.hasEndlessEvents ? .more(pass) : .done(.times(pass.times))
        }
    }

    /// As the protocol says.
    public func deployment(_ name: String) async throws(Failure) -> OwnerLookup {
        try await arrive(.read)
        let settings = state.withLock { $0.settings }
        guard settings.allowsReads else { return .notAllowed("403 on get deployments") }
        return settings.deployments[name].map { .found(uid: $0) } ?? .absent
    }

    /// As the protocol says.
    public func discovery() async throws(Failure) -> Discovery {
        try await arrive(.read)
        return state.withLock { $0.settings.discovery }
    }

    private func arrive(_ verb: Verb) async throws(Failure) {
        if Task.isCancelled { throw .ending }
        let (settings, number) = state.withLock { state in
            state.counts[verb, default: 0] += 1
            return (state.settings, state.counts[verb, default: 0])
        }
        if settings.latency > .zero {
            do { try await clock.sleep(settings.latency) } catch { throw .givenUp }
        }
        try settings.fault(verb, number)
    }

    private func depart(_ verb: Verb) throws(Failure) {
        let (settings, number) = state.withLock { ($0.settings, $0.counts[verb, default: 0]) }
        try settings.lateFault(verb, number)
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
            var template: Template
        }
        struct Template: Decodable {
            var spec: PodSpec
        }
        struct PodSpec: Decodable {
            var containers: [Container]
            var volumes: [Volume]?
        }
        struct Volume: Decodable {
            var image: Source?

            struct Source: Decodable {}
        }
        struct Container: Decodable {
            var name: String
            var image: String
        }
        struct Selector: Decodable {
            var matchLabels: [String: String]
        }
    }
}
