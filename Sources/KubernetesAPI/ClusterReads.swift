import PullerCore

/// What else a cluster is asked, where the account may: each needs a permission beyond the four verbs of ``DaemonSetAPI``,
/// and nothing depends on it.
///
/// Every method throws `Failure`, with the reason `cancelled` when the task was. That the account may not read something is
/// a result, and not a failure of the cluster.
public protocol ClusterReads: Sendable {
    /// Reads one page of the pods of a DaemonSet, or what is left of them; needs `list` on `pods`.
    func pods(_ pass: PodPass) async throws(Failure) -> PodStep

    /// Reads one page of the events about pulls, or what is left of them; needs `list` on `events`.
    func pulls(_ pass: PullPass) async throws(Failure) -> PullStep

    /// The uid of a Deployment in the DaemonSets' namespace; needs `get` on `deployments.apps`.
    func deployment(_ name: String) async throws(Failure) -> OwnerLookup

    /// Whether the cluster has API groups of OpenShift; needs `get` on `/apis`, which every account has by default.
    ///
    /// - Throws: Only what may pass, such as a timeout or a bad token; a refusal is ``Discovery/unknown(_:)``.
    func discovery() async throws(Failure) -> Discovery
}
