import MockFleetControl

extension MockFleetControl {
    /// Lets every request for a cluster fail from now on.
    func fail(_ cluster: String) async throws {
        try await addFault(#"{"kind":"status","status":503,"body":"html"}"#, user: cluster)
    }

    /// Ends that.
    func heal(_ cluster: String) async throws { try await clearFaults(user: cluster) }
}
