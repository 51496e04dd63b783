@testable import PullerCore

/// DaemonSets as a cluster reports them.
enum Observed {
    /// The desired one, ready on three nodes.
    static func right(
        _ desired: DesiredDaemonSet,
        _ slot: Slot = .primary,
        _ change: (inout ObservedDaemonSet) -> Void = { _ in }
    ) -> ObservedDaemonSet {
        var labels = desired.identity.labels(slot)
        let selector = labels
        labels[MetadataKey.managedBy] = MetadataKey.managedByValue
        labels[MetadataKey.daemonSet] = desired.baseName
        labels[MetadataKey.specHash] = desired.specHash
        var observed = ObservedDaemonSet(
            name: desired.name(slot),
            uid: "uid-\(slot.rawValue)",
            resourceVersion: "7",
            generation: 1,
            created: Timestamp(seconds: 1_800_000_000),
            isTerminating: false,
            labels: labels,
            annotations: [
                MetadataKey.specHash: desired.specHash, MetadataKey.placement: desired.placementHash,
                MetadataKey.generation: "0",
            ],
            selector: selector,
            imageVolumes: desired.imageVolumes,
            status: status(ready: 3, of: 3)
        )
        change(&observed)
        return observed
    }

    /// The status of a DaemonSet whose pods have all been created.
    static func status(ready: Int, of desired: Int) -> ObservedDaemonSet.Status {
        var status = ObservedDaemonSet.Status()
        status.observedGeneration = 1
        status.desired = desired
        status.scheduled = desired
        status.ready = ready
        return status
    }
}
