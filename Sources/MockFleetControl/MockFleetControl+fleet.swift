extension MockFleetControl {
    /// Counts of clusters.
    public struct Summary: Decodable, Sendable {
        /// Clusters with at least one DaemonSet, in each of which all nodes are ready.
        public var ready: Int
        /// Clusters with a DaemonSet.
        public var present: Int
    }

    /// How many requests arrived in each second.
    public struct RequestsPerSecond: Decodable, Sendable {
        /// From the last reset on.
        public var requests: [Int]
    }

    /// The paths of the control endpoints that several programs use, relative to the control URL.
    public enum Path {
        /// GET: requests by verb since the last reset. DELETE: resets them.
        public static let counts = "counts"
        /// GET: the ``RequestsPerSecond`` since the last reset.
        public static let seconds = "seconds"
        /// GET: a ``Summary``.
        public static let summary = "summary"
        /// GET: every cluster.
        public static let users = "users"

        /// POST: adds a fault for one user, or for all (`*`). DELETE: removes all of them.
        public static func faults(of user: String) -> String { "users/\(user)/faults" }
    }

    /// Counts of clusters.
    public func summary() async throws -> Summary { try await get(Path.summary, as: Summary.self) }

    /// Adds a fault, for one user or for all.
    public func addFault(_ json: String, user: String = "*") async throws {
        try await send("POST", Path.faults(of: user), json)
    }

    /// Removes the faults of one user, or those of all.
    public func clearFaults(user: String = "*") async throws {
        try await send("DELETE", Path.faults(of: user))
    }

    /// Begins to count requests anew.
    public func resetCounts() async throws { try await send("DELETE", Path.counts) }
}
