/// Keys and values that this program writes into the metadata of what it owns.
public enum MetadataKey {
    /// Label: which installation owns the object (`INSTALLATION_ID`).
    public static let installation = "kubernetes-image-puller/installation"
    /// Annotation: ``DesiredDaemonSet/specHash`` at creation.
    public static let specHash = "kubernetes-image-puller/spec-hash"
    /// Annotation: why the object was created again.
    public static let recreatedBecause = "kubernetes-image-puller/recreated-because"
    /// Annotation: how many pods of the object before were ready, as `1/5`.
    public static let readyBefore = "kubernetes-image-puller/ready-before"
    /// Label: name of the application, as Kubernetes recommends.
    public static let name = "app.kubernetes.io/name"
    /// Label: what manages the object, as Kubernetes recommends.
    public static let managedBy = "app.kubernetes.io/managed-by"
    /// Value of ``name`` and ``managedBy``.
    public static let managedByValue = "kubernetes-image-puller"
}
