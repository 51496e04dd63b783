import KubernetesAPI
import WorkerPool

/// One thing that has to be as it should.
public struct HealthCheck: Sendable, Equatable {
    /// Its stable name, such as `timers`.
    public var name: String
    /// Whether it is.
    public var isOK: Bool
}

/// What probes ask.
public enum HealthChecks {
    /// Whether the pool as a whole acts. When it does not, a restart helps: one cluster that fails, or one worker that
    /// hangs, is not worth the restart of all.
    public static func live(_ status: PoolStatus) -> [HealthCheck] {
        PoolPulse.Part.allCases.map { part in
            // A puller that is stopping has no age.
            HealthCheck(
                name: part.rawValue,
                isOK: status.pulse.age(of: part).map { $0 < PoolPulse.patience } ?? true
            )
        }
    }

    /// Whether the pool can do its work: a configuration, and a token where one is needed. Not whether the clusters are
    /// ready: one that is down must neither fail an installation nor hide the metrics of all.
    public static func ready(_ status: PoolStatus) -> [HealthCheck] {
        [
            // Without a valid one, the program ends before it listens.
            HealthCheck(name: "configuration", isOK: true),
            // One that was had once may still be good, and a restart would lose it.
            HealthCheck(name: "token", isOK: status.tokens().map { $0.successes > 0 } ?? true),
        ]
    }
}
