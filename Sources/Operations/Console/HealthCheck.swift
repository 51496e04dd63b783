import KubernetesAPI
import PullerCore
import WorkerPool

/// One thing that a probe looks at. Everybody may read it, so it names no user, no server and nothing that a server said.
public struct HealthCheck: Sendable, Equatable {
    /// The stable name.
    public var name: String
    /// Whether it is as it should be.
    public var isOK: Bool
    /// What is wrong, for people.
    public var message: String

    /// A check.
    public init(_ name: String, isOK: Bool, _ message: String = "") {
        self.name = name
        self.isOK = isOK
        self.message = message
    }
}

extension PoolStatus {
    /// What `/livez` looks at: whether the pool as a whole acts. One cluster that is stuck, or all that are down, are not
    /// worth a restart, which would not help.
    public func liveChecks() -> [HealthCheck] {
        [HealthCheck("ping", isOK: true)]
            + PoolPulse.Part.allCases.map { part in
                let age = pulse.age(of: part) ?? .zero
                return HealthCheck(
                    part.rawValue,
                    isOK: age < PoolPulse.patience,
                    "has not acted for \(age.components.seconds) s"
                )
            }
    }

    /// What `/readyz` looks at. A pool that is ready may still have clusters that are not.
    public func readyChecks() -> [HealthCheck] {
        let tokens = tokens()
        let needsToken = tokens.map { $0.successes == 0 } ?? false
        return [
            HealthCheck("ping", isOK: true),
            // There would be no pool without.
            HealthCheck("configuration", isOK: true),
            HealthCheck("token", isOK: !needsToken, needsToken ? "none could be had yet" : ""),
        ]
    }
}
