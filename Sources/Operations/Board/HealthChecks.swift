import KubernetesAPI
import PullerCore
import WorkerPool

/// One thing that has to be as it should.
public struct HealthCheck: Sendable, Equatable {
    /// Its stable name, such as `timers`.
    public var name: String
    /// Whether it is.
    public var isOK: Bool
    /// Why not, or what is known, for people.
    public var message: String
}

/// What probes ask.
public enum HealthChecks {
    /// Whether the pool as a whole acts. When it does not, a restart helps: one cluster that fails, or one worker that
    /// hangs, is not worth the restart of all.
    public static func live(_ status: PoolStatus) -> [HealthCheck] {
        PoolPulse.Part.allCases.map { part in
            guard let age = status.pulse.age(of: part) else {
                return HealthCheck(name: part.rawValue, isOK: true, message: "the puller is stopping")
            }
            let isOK = age < PoolPulse.patience
            return HealthCheck(
                name: part.rawValue,
                isOK: isOK,
                message: isOK ? "" : "the last sign of life was \(age.components.seconds) seconds ago"
            )
        }
    }

    /// Whether the pool can do its work: a configuration, and a token where one is needed. Not whether the clusters are
    /// ready: one that is down must neither fail an installation nor hide the metrics of all.
    public static func ready(_ status: PoolStatus) -> [HealthCheck] {
        // Without a valid one, the program ends before it listens.
        let configuration = HealthCheck(name: "configuration", isOK: true, message: "")
        return [configuration, token(status.tokens())]
    }

    private static func token(_ figures: TokenFigures?) -> HealthCheck {
        var check = HealthCheck(name: "token", isOK: true, message: "")
        guard let figures else {
            check.message = "none is used"
            return check
        }
        if let failure = figures.failure {
            check.message = displayText("the last fetch failed: \(failure.message)", limit: 600)
        } else if figures.successes == 0 {
            check.message = "none was fetched yet"
        }
        // One that was had once may still be good, and a restart would lose it.
        check.isOK = figures.successes > 0
        return check
    }
}
