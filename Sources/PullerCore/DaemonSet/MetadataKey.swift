/// Keys and values that this program writes into the metadata of what it owns.
public enum MetadataKey {
    /// What all keys begin with that only this program writes.
    public static let prefix = "kubernetes-image-puller/"
    /// Label, in the selector too: which installation owns the object (`INSTALLATION_ID`).
    public static let installation = "kubernetes-image-puller/installation"
    /// Label, in the selector too: a hash of `DAEMONSET_NAME`, so that two pullers of one installation whose names
    /// differ never take each other's DaemonSets.
    public static let cache = "kubernetes-image-puller/cache"
    /// Label, in the selector too: which of a cluster's DaemonSets this is, and which of the two names it
    /// has: see ``PlacementID`` and ``Slot``.
    public static let slot = "kubernetes-image-puller/slot"
    /// Label, for people: `DAEMONSET_NAME`, as far as a label value can hold it. The name itself alternates.
    public static let daemonSet = "kubernetes-image-puller/daemonset"
    /// Annotation and label: ``DesiredDaemonSet/specHash`` at creation.
    public static let specHash = "kubernetes-image-puller/spec-hash"
    /// Annotation: a hash of the settings that decide which nodes are desired.
    public static let placement = "kubernetes-image-puller/placement"
    /// Annotation, where there is more than one: every placement of the configuration, such as `base,p01234567`, so that a DaemonSet of an older
    /// configuration names what to remove when a placement is gone. See ``PlacementID``.
    public static let placements = "kubernetes-image-puller/placements"
    /// Annotation: how many replacements came before this object.
    public static let generation = "kubernetes-image-puller/generation"
    /// Annotation: why the object was created as a replacement.
    public static let recreatedBecause = "kubernetes-image-puller/recreated-because"
    /// Annotation: how many pods of the predecessor were ready, such as `1/5`.
    public static let readyBefore = "kubernetes-image-puller/ready-before"
    /// Label: name of the application, as Kubernetes recommends.
    public static let name = "app.kubernetes.io/name"
    /// Label: what manages the object, as Kubernetes recommends.
    public static let managedBy = "app.kubernetes.io/managed-by"
    /// Value of ``name`` and ``managedBy``.
    public static let managedByValue = "kubernetes-image-puller"
    /// Selector of the Go puller's DaemonSets.
    public static let goPuller = "test"

    /// Every key that a decision may look at; a cluster's other labels and annotations are not kept.
    public static let all = [
        installation, cache, slot, daemonSet, specHash, placement, placements, generation, recreatedBecause,
        readyBefore,
        name, managedBy, goPuller,
    ]
}
