/// What one answer says about one of the two names.
public enum View: Sendable, Equatable {
    /// There is nothing.
    case absent
    /// There is a DaemonSet of this puller, or one of a Go puller that may be taken over.
    case ours(ObservedDaemonSet, Verdict)
    /// There is a DaemonSet of another owner, and how that was recognised.
    case notOurs(String)
    /// The account may not read it, and which permissions it needs.
    case forbidden(String)

    var daemonSet: ObservedDaemonSet? {
        if case .ours(let observed, _) = self { observed } else { nil }
    }

    var isRight: Bool {
        if case .ours(_, .right) = self { true } else { false }
    }
}

/// Whether a DaemonSet of ours is what is desired, whatever its age and its health.
public enum Verdict: Sendable, Equatable {
    /// It is.
    case right
    /// It is not.
    case wrong(ReplaceReason)

    /// Judges a DaemonSet of ours.
    ///
    /// - Parameter isCreatedHere: Whether this process created it: it is then right even if a webhook dropped or changed
    ///   the hash.
    init(of observed: ObservedDaemonSet, desired: DesiredDaemonSet, isCreatedHere: Bool) {
        if observed.isTerminating {
            self = .wrong(.terminating)
        } else if !Self.hasHash(of: desired, observed, isCreatedHere) {
            self = .wrong(.newConfiguration)
        } else if observed.generation > 1 {
            // This program never updates a DaemonSet, so something else did.
            self = .wrong(.edited)
        } else if desired.lacksImageVolumes(observed) {
            self = .wrong(.unmounted)
        } else {
            self = .right
        }
    }

    /// The hash is in an annotation and in a label, because a webhook may drop one of them.
    private static func hasHash(
        of desired: DesiredDaemonSet,
        _ observed: ObservedDaemonSet,
        _ isCreatedHere: Bool
    ) -> Bool {
        isCreatedHere || observed.specHashes.contains(desired.specHash)
    }
}

extension ObservedDaemonSet {
    /// The nodes that its pods serve, including nodes that have become NotReady or tainted, as these still
    /// hold their images. A foreground deletion removes the pods first, and the status is no longer updated.
    var served: Int {
        isTerminating && finalizers.contains("foregroundDeletion") ? 0 : status.ready + status.misscheduled
    }

    /// Whether the DaemonSet controller has created all desired pods, and desires at least one.
    var isFullyScheduled: Bool {
        status.observedGeneration >= generation && status.desired > 0 && status.scheduled == status.desired
    }

    /// Whether the DaemonSet controller still has pods to create.
    var lacksPods: Bool {
        status.observedGeneration < generation || status.scheduled < status.desired
    }

    /// What it was created from: the hash is in an annotation and in a label.
    var specHashes: Set<String> {
        Set([annotations, labels].compactMap { $0[MetadataKey.specHash] })
    }

    /// The placements of the configuration that it was created from.
    public var placements: Set<PlacementID> {
        let texts = annotations[MetadataKey.placements]?.split(separator: ",") ?? []
        return Set(texts.compactMap { PlacementID($0) }.prefix(PlacementID.mostListed))
    }

    /// Why it was created, by the stable name of a ``ReplaceReason``.
    var creationReason: String? { annotations[MetadataKey.recreatedBecause] }

    /// How many replacements came before it.
    var replacements: Int { annotations[MetadataKey.generation].flatMap { Int($0) } ?? 0 }

    /// Whether it was created as a replacement.
    func isNewer(than other: ObservedDaemonSet) -> Bool {
        let (own, others) = (created?.seconds ?? 0, other.created?.seconds ?? 0)
        return (own, replacements, uid) > (others, other.replacements, other.uid)
    }
}
