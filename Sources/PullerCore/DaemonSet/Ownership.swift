/// The owner of a DaemonSet.
public enum Ownership: Sendable, Equatable {
    /// This puller.
    case ours
    /// A Go puller: the DaemonSet may be taken over.
    case goPuller
    /// Something else, and how that was recognised: the DaemonSet is never touched.
    case notOurs(String)

    /// Determines the owner of a DaemonSet from its labels and its selector.
    ///
    /// The selector counts first: a webhook may replace labels, but a selector cannot be changed.
    public init(of observed: ObservedDaemonSet, in slot: Slot, identity: CacheIdentity) {
        func mark(_ key: String) -> String? { observed.selector[key] ?? observed.labels[key] }
        guard let owner = mark(MetadataKey.installation) else {
            // Both the 2019 and the present Go puller select their pods by this label, and know one name only.
            let isGoPullers =
                slot == .primary && identity.placement == .base
                && observed.selector[MetadataKey.goPuller] == "daemonset-test"
            self =
                isGoPullers
                ? .goPuller : .notOurs("it does not carry the label \(MetadataKey.installation)")
            return
        }
        guard owner == identity.installationID else {
            self = .notOurs("it belongs to the installation \"\(displayText(owner))\"")
            return
        }
        // Versions with only one name used the first one, and did not set this label.
        let isOurs =
            switch (mark(MetadataKey.cache), mark(MetadataKey.slot)) {
            case (nil, nil): slot == .primary && identity.placement == .base
            case (let cache, let mark): cache == identity.cache && mark == identity.placement.slotLabel(slot)
            }
        self = isOurs ? .ours : .notOurs("it belongs to a puller with another DAEMONSET_NAME")
    }
}

/// Distinguishes this puller's DaemonSets of one placement from all others.
public struct CacheIdentity: Sendable, Equatable {
    /// `INSTALLATION_ID`.
    public var installationID: String
    /// Hash of `DAEMONSET_NAME`: label values have at most 63 characters, names may be longer.
    public var cache: String
    /// Which of a cluster's DaemonSets.
    public var placement: PlacementID

    /// The identity of a puller's DaemonSets.
    public init(installationID: String, daemonSetName: String, placement: PlacementID = .base) {
        self.installationID = installationID
        self.placement = placement
        cache = hexadecimal(stableHash(daemonSetName.utf8), digits: 16)
    }

    /// The labels of every DaemonSet in a slot and of its pods, which its selector matches.
    func labels(_ slot: Slot) -> [String: String] {
        [
            MetadataKey.name: MetadataKey.managedByValue,
            MetadataKey.installation: installationID,
            MetadataKey.cache: cache,
            MetadataKey.slot: placement.slotLabel(slot),
        ]
    }
}
