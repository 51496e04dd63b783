import KubernetesAPI
import PullerCore

extension DaemonSetAPIConformance {
    /// What is read where the account may.
    static let reads = [
        DaemonSetAPIConformance(
            "without the rights, pods and Deployments are not allowed, which is no failure"
        ) {
            subject in
            let created = try await subject.create()
            let pods = try await subject.api.pods(subject.query(created))
            guard case .notAllowed(let why) = pods, why.contains("403"), why.contains("pods") else {
                throw Violation(description: "\(pods)")
            }
            let deployment = try await subject.api.deployment("kip")
            guard case .notAllowed(let why) = deployment, why.contains("403"), why.contains("deployments")
            else { throw Violation(description: "\(deployment)") }
            try expect(try await subject.observedUID() == created.uid, "the DaemonSet cannot be read")
        },
        DaemonSetAPIConformance("the pods of a DaemonSet that is ready have each of its images") { subject in
            try await subject.allowReads(true)
            let created = try await subject.create()
            try await subject.makeReady()
            let report = try await subject.report(created) { $0.nodes > 0 && $0.ready == $0.nodes }
            let names = subject.desired.manifestImageNames
            try expect(report.images.map(\.name) == names, "images \(report.images)")
            for image in report.images { try expect(image.present == report.nodes, "\(image)") }
            try expect(report.isComplete && report.problems.isEmpty && !report.isImagesFault, "\(report)")
            try await subject.allowReads(false)
        },
        DaemonSetAPIConformance("pods that are not ready yet are counted, without a problem") { subject in
            try await subject.allowReads(true)
            try await subject.holdBack()
            let created = try await subject.create()
            let report = try await subject.report(created) { $0.nodes > 0 }
            try expect(report.ready == 0, "\(report)")
            for image in report.images {
                try expect(image.present == 0 && image.failing == 0, "\(image)")
                try expect(image.pulling + image.waiting == report.nodes, "\(image)")
            }
            try expect(report.problems.isEmpty && !report.isImagesFault, "\(report)")
            try await subject.allowReads(false)
        },
        DaemonSetAPIConformance("the pods of another DaemonSet with the same labels do not count") {
            subject in
            try await subject.allowReads(true)
            let created = try await subject.create()
            try await subject.makeReady()
            let before = try await subject.report(created) { $0.nodes > 0 && $0.ready == $0.nodes }
            // They are on the same nodes, where the first ones are ready.
            try await subject.holdBack()
            let other = try await subject.create(other: true)
            let others = try await subject.report(other) { $0.nodes == before.nodes }
            try expect(others.ready == 0, "\(others.ready) pods of the other are ready")
            try await subject.makeReady()
            let after = try await subject.report(created) { $0.ready == before.nodes }
            try expect(after.nodes == before.nodes, "\(after.nodes) nodes instead of \(before.nodes)")
            try await subject.allowReads(false)
        },
        DaemonSetAPIConformance(
            "a Deployment is found by its name, with its uid, and an absent one is absent"
        ) {
            subject in
            try await subject.allowReads(true)
            let uid = try await subject.createDeployment("kip")
            let found = try await subject.allowed { try await subject.api.deployment("kip") }
            try expect(found == .found(uid: uid), "\(found) instead of \(uid)")
            let absent = try await subject.api.deployment("kip-other")
            try expect(absent == .absent, "\(absent)")
            try await subject.allowReads(false)
        },
        DaemonSetAPIConformance("every read of a cancelled task fails as cancelled") { subject in
            let api = subject.api
            let query = PodQuery(labels: ["a": "b"], ownerUID: "u", images: PodImages(subject.desired))
            let reasons = await withTaskGroup(of: [FailureReason?].self) { group in
                group.cancelAll()
                group.addTask {
                    [
                        await failure { () async throws(Failure) in _ = try await api.pods(query) },
                        await failure { () async throws(Failure) in _ = try await api.deployment("kip") },
                        await failure { () async throws(Failure) in _ = try await api.discovery() },
                    ]
                }
                return await group.reduce(into: []) { $0 += $1 }
            }
            try expect(reasons == [.cancelled, .cancelled, .cancelled], "\(reasons)")
        },
    ]
}

extension DaemonSetAPIConformance.Subject {
    func query(_ daemonSet: ObservedDaemonSet) -> PodQuery { PodQuery(daemonSet, desired: desired) }

    /// The report on a DaemonSet's pods, as soon as a condition holds.
    func report(
        _ daemonSet: ObservedDaemonSet,
        until condition: (PodReport) -> Bool
    ) async throws -> PodReport {
        let end = clock.now() + patience
        while true {
            let reading = try await api.pods(query(daemonSet))
            // An API server takes a moment to learn of a right.
            if case .report(let report) = reading, condition(report) { return report }
            guard clock.now() < end else {
                throw DaemonSetAPIConformance.Violation(description: "still \(reading)")
            }
            try await clock.sleep(.milliseconds(100))
        }
    }

    /// What is found out as soon as it is allowed.
    func allowed(_ look: () async throws -> OwnerLookup) async throws -> OwnerLookup {
        let end = clock.now() + patience
        while true {
            let found = try await look()
            guard case .notAllowed = found, clock.now() < end else { return found }
            try await clock.sleep(.milliseconds(100))
        }
    }
}

extension DesiredDaemonSet {
    /// The names of its containers.
    fileprivate var manifestImageNames: [String] { PodImages(self).cached.map(\.name) }
}
