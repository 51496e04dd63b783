import KubernetesAPI
import PullerCore

extension DaemonSetAPIConformance {
    /// Two DaemonSets at the same time, and deletions that take time.
    static let names = [
        DaemonSetAPIConformance("DaemonSets under two names are created, observed and deleted independently")
        {
            subject in
            let (name, otherName) = (subject.desired.baseName, subject.otherName)
            let first = try await subject.create()
            let other = try await subject.create(other: true)
            try expect(first.uid != other.uid, "the same uid")
            try expect(other.name == otherName, "name \(other.name)")
            try expect(try await subject.observedUID(name) == first.uid, "another object under the name")
            try expect(
                try await subject.observedUID(otherName) == other.uid,
                "another object under the other"
            )

            let mixed = try await subject.delete(first.uid, name: otherName)
            try expect(mixed == .changed, "\(mixed)")
            let deletion = try await subject.delete(other.uid, name: otherName)
            try expect(deletion == .gone, "\(deletion)")
            try expect(try await subject.observedUID(otherName) == nil, "it is still there")
            try expect(try await subject.observedUID(name) == first.uid, "the first one is gone, too")

            let again = try await subject.create(other: true)
            let second = try await subject.delete(first.uid)
            try expect(second == .gone, "\(second)")
            try expect(try await subject.observedUID(otherName) == again.uid, "the other one is gone, too")
        },
        DaemonSetAPIConformance("a watch of one name reports no event of another name") { subject in
            let other = try await subject.create(other: true)
            let first = try await subject.create()
            let seen = Events()
            try await subject.watch(from: other.resourceVersion) { event in
                _ = seen.add(event)
                if case .deleted = event { return false }
                return true
            } meanwhile: {
                try await subject.clock.sleep(.milliseconds(500))
                _ = try await subject.delete(other.uid, name: subject.otherName)
                _ = try await subject.delete(first.uid)
            }
            try expect(seen.all.last == .deleted(uid: first.uid), "\(seen.all)")
            for case .present(let observed) in seen.all {
                try expect(observed.uid == first.uid, "an event of \(observed.name)")
            }
        },
        DaemonSetAPIConformance("a deletion with an outdated resource version deletes nothing") {
            subject in
            let created = try await subject.create()
            try await subject.edit()
            let stale = try await subject.delete(created.uid, resourceVersion: created.resourceVersion)
            try expect(stale == .changed, "\(stale)")
            try expect(try await subject.observedUID() == created.uid, "it is gone")
            // A status change also creates a new version, so this may conflict a few times.
            var deletion = Deletion.changed
            for _ in 0..<50 where deletion == .changed {
                let version = try await subject.api.observe(subject.desired.baseName).daemonSet?
                    .resourceVersion
                deletion = try await subject.delete(created.uid, resourceVersion: version)
            }
            try expect(deletion == .gone, "\(deletion)")
            try expect(try await subject.observedUID() == nil, "it is still there")
        },
        DaemonSetAPIConformance("a deleted object with a finalizer stays until the finalizer is removed") {
            subject in
            let finalizer = "example.com/hold"
            let created = try await subject.create()
            try await subject.setFinalizers([finalizer])
            // A second deletion has the same result.
            for _ in 0..<2 {
                let deletion = try await subject.delete(created.uid)
                try expect(deletion == .going(finalizers: [finalizer]), "\(deletion)")
            }
            let observed = try await subject.api.observe(subject.desired.baseName).daemonSet
            try expect(observed?.uid == created.uid, "another uid")
            try expect(observed?.isTerminating == true, "it is not terminating")
            try expect(observed?.finalizers == [finalizer], "held by \(observed?.finalizers ?? [])")
            let body = subject.desired.body()
            let creation = try await subject.api.create(body, name: subject.desired.baseName)
            try expect(creation == .beingDeleted, "\(creation)")
            try await subject.setFinalizers([])
            try expect(try await subject.observedUID() == nil, "it is still there")
            try expect(try await subject.create().uid != created.uid, "the same uid")
        },
    ]
}
