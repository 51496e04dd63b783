import KubernetesAPI
import PullerCore
import Synchronization
import Timing

/// One rule that every implementation of `DaemonSetAPI` and `ClusterReads` follows, in one sentence. The implementations are the in-memory
/// cluster, the client with the mock fleet, and the client with a real API server.
public struct DaemonSetAPIConformance: Sendable, CustomStringConvertible {
    /// A cluster under test, and what other users of the cluster can do to it.
    public struct Subject: Sendable {
        /// The implementation under test.
        public var api: any DaemonSetAPI & ClusterReads
        /// The DaemonSet to create; its name and namespace are those that the API uses.
        public var desired: DesiredDaemonSet
        /// The clock of the implementation.
        public var clock: MonotonicClock
        /// How long a watch may take to report a change.
        public var patience: Duration
        /// Keeps new pods from becoming ready.
        public var holdBack: @Sendable () async throws -> Void
        /// Allows all pods to become ready.
        public var makeReady: @Sendable () async throws -> Void
        /// Deletes the DaemonSet as another user would.
        public var delete: @Sendable () async throws -> Void
        /// Changes the spec of the DaemonSet as another user would.
        public var edit: @Sendable () async throws -> Void
        /// Starts a foreground deletion of the DaemonSet that does not complete by itself.
        public var terminate: @Sendable () async throws -> Void
        /// Sets the finalizers of the DaemonSet as another user would.
        public var setFinalizers: @Sendable ([String]) async throws -> Void
        /// Allows the account to list pods and to get Deployments, or takes these rights away, which it lacks at first.
        public var allowReads: @Sendable (Bool) async throws -> Void
        /// Creates a Deployment of this name, and returns its uid.
        public var createDeployment: @Sendable (String) async throws -> String

        /// Creates a subject.
        public init(
            api: any DaemonSetAPI & ClusterReads,
            desired: DesiredDaemonSet,
            clock: MonotonicClock,
            patience: Duration,
            holdBack: @escaping @Sendable () async throws -> Void,
            makeReady: @escaping @Sendable () async throws -> Void,
            delete: @escaping @Sendable () async throws -> Void,
            edit: @escaping @Sendable () async throws -> Void,
            terminate: @escaping @Sendable () async throws -> Void,
            setFinalizers: @escaping @Sendable ([String]) async throws -> Void,
            allowReads: @escaping @Sendable (Bool) async throws -> Void,
            createDeployment: @escaping @Sendable (String) async throws -> String
        ) {
            self.api = api
            self.desired = desired
            self.clock = clock
            self.patience = patience
            self.holdBack = holdBack
            self.makeReady = makeReady
            self.delete = delete
            self.edit = edit
            self.terminate = terminate
            self.setFinalizers = setFinalizers
            self.allowReads = allowReads
            self.createDeployment = createDeployment
        }
    }

    /// A violation of a rule.
    public struct Violation: Error, CustomStringConvertible {
        /// What was observed.
        public let description: String
    }

    /// The rule, as a sentence.
    public let description: String
    private let check: @Sendable (Subject) async throws -> Void

    init(_ description: String, _ check: @escaping @Sendable (Subject) async throws -> Void) {
        self.description = description
        self.check = check
    }

    /// Checks the rule on a cluster, which is cleared before and after.
    ///
    /// - Throws: `Violation` if the rule does not hold, and any error of the API and the closures.
    public func run(_ subject: Subject) async throws {
        try await subject.clear()
        try await check(subject)
        try await subject.clear()
    }

    /// All rules.
    public static let all = objects + others + names + watches + reads

    private static let objects = [
        DaemonSetAPIConformance("an absent DaemonSet is observed as nil, with the server's time") { subject in
            let observation = try await subject.api.observe(subject.desired.baseName)
            try expect(observation.daemonSet == nil, "a DaemonSet is there")
            try expect(observation.serverTime != nil, "no server time")
        },
        DaemonSetAPIConformance(
            "a created DaemonSet has generation 1, and the labels and annotations that were sent"
        ) {
            subject in
            let created = try await subject.create()
            try expect(created.name == subject.desired.baseName, "name \(created.name)")
            try expect(!created.uid.isEmpty && !created.resourceVersion.isEmpty, "no uid or version")
            try expect(created.generation == 1, "generation \(created.generation)")
            try expect(!created.isTerminating, "it is terminating")
            try expect(created.created != nil, "no creation time")
            let installation = created.labels[MetadataKey.installation]
            try expect(installation == subject.desired.identity.installationID, "labels \(created.labels)")
            let hash = created.annotations[MetadataKey.specHash]
            try expect(hash == subject.desired.specHash, "annotations \(created.annotations)")
            try expect(!created.selector.isEmpty, "no selector")
            let observed = try await subject.api.observe(subject.desired.baseName)
            try expect(observed.daemonSet?.uid == created.uid, "another uid")
            try expect(observed.daemonSet?.labels == created.labels, "other labels")
            try expect(observed.daemonSet?.created == created.created, "another creation time")
        },
        DaemonSetAPIConformance("a second creation finds that it already exists, and changes nothing") {
            subject in
            let created = try await subject.create()
            let second = try await subject.api.create(subject.desired.body(), name: subject.desired.baseName)
            try expect(second == .alreadyExists, "\(second)")
            try expect(try await subject.observedUID() == created.uid, "another object")
        },
        DaemonSetAPIConformance("a deletion with another uid deletes nothing") { subject in
            let created = try await subject.create()
            let deletion = try await subject.delete("11111111-2222-3333-4444-555555555555")
            try expect(deletion == .changed, "\(deletion)")
            try expect(try await subject.observedUID() == created.uid, "it is gone")
        },
        DaemonSetAPIConformance(
            "a deletion with the right uid takes effect at once, and the next one finds nothing"
        ) {
            subject in
            let created = try await subject.create()
            let first = try await subject.delete(created.uid)
            try expect(first == .gone, "\(first)")
            try expect(try await subject.observedUID() == nil, "it is still there")
            let second = try await subject.delete(created.uid)
            try expect(second == .absent, "\(second)")
        },
        DaemonSetAPIConformance("what is created after a deletion is another object, safe from the old uid") {
            subject in
            let old = try await subject.create()
            _ = try await subject.delete(old.uid)
            let new = try await subject.create()
            try expect(new.uid != old.uid, "the same uid")
            let deletion = try await subject.delete(old.uid)
            try expect(deletion == .changed, "\(deletion)")
            try expect(try await subject.observedUID() == new.uid, "it is gone")
        },
        DaemonSetAPIConformance("every request of a cancelled task fails as cancelled") { subject in
            let (api, desired) = (subject.api, subject.desired)
            let reasons = await withTaskGroup(of: [FailureReason?].self) { group in
                group.cancelAll()
                group.addTask {
                    [
                        await failure { () async throws(Failure) in
                            _ = try await api.observe(desired.baseName)
                        },
                        await failure { () async throws(Failure) in
                            _ = try await api.create(desired.body(), name: desired.baseName)
                        },
                        await failure { () async throws(Failure) in
                            _ = try await api.delete(desired.baseName, uid: "u", resourceVersion: nil)
                        },
                        await failure { () async throws(Failure) in
                            try await api.watch(desired.baseName, from: "1", seconds: 5) { _ in true }
                        },
                    ]
                }
                return await group.reduce(into: []) { $0 += $1 }
            }
            try expect(reasons.count == 4, "\(reasons.count) answers")
            try expect(reasons.allSatisfy { $0 == .cancelled }, "\(reasons)")
            try expect(try await subject.observedUID() == nil, "it was created")
        },
    ]

    private static let others = [
        DaemonSetAPIConformance("a DaemonSet that another user deletes is absent at once") { subject in
            _ = try await subject.create()
            try await subject.delete()
            try expect(try await subject.observedUID() == nil, "it is still there")
        },
        DaemonSetAPIConformance(
            "a DaemonSet that another user edits keeps its uid, and gets the next generation"
        ) {
            subject in
            let created = try await subject.create()
            try await subject.edit()
            let observed = try await subject.api.observe(subject.desired.baseName).daemonSet
            try expect(observed?.generation == 2, "generation \(observed?.generation ?? 0)")
            try expect(observed?.uid == created.uid, "another uid")
        },
        DaemonSetAPIConformance(
            "an object that is stuck in a deletion blocks its name, until it is deleted by uid"
        ) {
            subject in
            let created = try await subject.create()
            try await subject.terminate()
            let observed = try await subject.api.observe(subject.desired.baseName).daemonSet
            try expect(observed?.isTerminating == true, "it is not terminating")
            let creation = try await subject.api.create(
                subject.desired.body(),
                name: subject.desired.baseName
            )
            try expect(creation == .beingDeleted, "\(creation)")
            // The server removes the finalizer first, which creates another version.
            let ofVersion = try await subject.api.delete(
                subject.desired.baseName,
                uid: created.uid,
                resourceVersion: observed?.resourceVersion
            )
            try expect(ofVersion == .changed, "\(ofVersion)")
            let deletion = try await subject.delete(created.uid)
            try expect(deletion == .gone, "\(deletion)")
            try expect(try await subject.create().uid != created.uid, "the same uid")
        },
    ]

    private static let watches = [
        DaemonSetAPIConformance("a watch that starts at the creation reports when all pods are ready") {
            subject in
            try await subject.holdBack()
            let created = try await subject.create()
            let seen = Events()
            try await subject.watch(from: created.resourceVersion) { event in
                // The first event shows that the watch has started.
                if seen.add(event) == 1 { try? await subject.makeReady() }
                guard case .present(let observed) = event else { return true }
                return !Health(of: observed).isReady
            } meanwhile: {
                // If nothing changes by itself, there is no first event.
                try await subject.clock.sleep(.milliseconds(500))
                try await subject.makeReady()
            }
            guard case .present(let last)? = seen.all.last, Health(of: last).isReady else {
                throw Violation(description: "it does not become ready: \(seen.all)")
            }
            try expect(last.uid == created.uid, "another uid")
        },
        DaemonSetAPIConformance("a watch reports a deletion while it is on") { subject in
            let created = try await subject.create()
            let seen = Events()
            try await subject.watch(from: created.resourceVersion) { event in
                _ = seen.add(event)
                if case .deleted = event { return false }
                return true
            } meanwhile: {
                try await subject.clock.sleep(.milliseconds(500))
                try await subject.delete()
            }
            try expect(seen.all.last == .deleted(uid: created.uid), "\(seen.all)")
        },
        DaemonSetAPIConformance("a watch reports a deletion that came before it began") { subject in
            let created = try await subject.create()
            try await subject.delete()
            let seen = Events()
            try await subject.watch(from: created.resourceVersion) { event in
                _ = seen.add(event)
                if case .deleted = event { return false }
                return true
            }
            try expect(seen.all.last == .deleted(uid: created.uid), "\(seen.all)")
        },
        DaemonSetAPIConformance("a watch from 0 on begins with what is there") { subject in
            let created = try await subject.create()
            let seen = Events()
            try await subject.watch(from: "0") { event in
                _ = seen.add(event)
                return false
            }
            guard case .present(let observed)? = seen.all.first else {
                throw Violation(description: "\(seen.all)")
            }
            try expect(observed.uid == created.uid, "another uid")
        },
        DaemonSetAPIConformance("a watch that begins where the last one ended misses nothing") { subject in
            let created = try await subject.create()
            let version = try await lastVersion(of: subject, since: created.resourceVersion)
            try await subject.delete()
            let later = Events()
            try await subject.watch(from: version) { event in
                _ = later.add(event)
                if case .deleted = event { return false }
                return true
            }
            try expect(later.all.last == .deleted(uid: created.uid), "\(later.all)")
        },
        DaemonSetAPIConformance("a watch ends after about its seconds") { subject in
            let created = try await subject.create()
            let began = subject.clock.now()
            do throws(Failure) {
                try await subject.api.watch(
                    subject.desired.baseName,
                    from: created.resourceVersion,
                    seconds: 2
                ) { _ in true }
            } catch {
                // On a busy machine, the server may be late, and the client ends the watch.
                try expect(error.reason == .timeout, "\(error)")
            }
            let life = subject.clock.now() - began
            try expect(life > .seconds(1) && life < .seconds(30), "\(life)")
        },
        DaemonSetAPIConformance("a watch ends when its receiver returns false") { subject in
            let created = try await subject.create()
            try await subject.delete()
            let seen = Events()
            let began = subject.clock.now()
            try await subject.api.watch(
                subject.desired.baseName,
                from: created.resourceVersion,
                seconds: 60
            ) { event in
                _ = seen.add(event)
                return false
            }
            try expect(seen.all.count == 1, "\(seen.all)")
            try expect(subject.clock.now() - began < .seconds(30), "it did not end")
        },
    ]

    static func expect(_ condition: Bool, _ what: @autoclosure () -> String) throws {
        if !condition { throw Violation(description: what()) }
    }

    /// The version with which a watch of a DaemonSet is up to date. A server that is busy may end a watch before it says that, or
    /// end it late; then another one is tried.
    static func lastVersion(of subject: Subject, since version: String) async throws -> String {
        let end = subject.clock.now() + subject.patience
        while true {
            let seen = Events()
            do throws(Failure) {
                try await subject.api.watch(subject.desired.baseName, from: version, seconds: 5) { event in
                    _ = seen.add(event)
                    if case .caughtUp = event { return false }
                    return true
                }
            } catch {
                guard error.reason == .timeout else { throw error }
            }
            if case .caughtUp(let last)? = seen.all.last { return last }
            guard subject.clock.now() < end else { throw Violation(description: "\(seen.all)") }
        }
    }

    static func failure(_ body: () async throws(Failure) -> Void) async -> FailureReason? {
        do throws(Failure) {
            try await body()
            return nil
        } catch {
            return error.reason
        }
    }

    /// The events of a watch.
    final class Events: Sendable {
        private let events = Mutex<[WatchEvent]>([])

        var all: [WatchEvent] { events.withLock { $0 } }

        /// - Returns: The number of events so far.
        func add(_ event: WatchEvent) -> Int {
            events.withLock { events in
                events.append(event)
                return events.count
            }
        }
    }
}
