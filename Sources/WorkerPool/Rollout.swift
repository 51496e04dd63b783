import KubernetesAPI
import PullerCore

/// One rollout as it is followed: what was seen last, and whether it still moves.
struct Rollout: Sendable {
    /// A rollout that has not moved for so long gives its slot to others, and is looked at again later.
    static let patience = Duration.seconds(60)

    private(set) var observed: ObservedDaemonSet
    /// What became of it besides its figures: it was deleted, or is not the right one any more.
    private(set) var isLost = false
    private let began: Duration
    private var lastMove: Duration

    init(_ created: ObservedDaemonSet, at now: Duration) {
        observed = created
        began = now
        lastMove = now
    }

    var health: Health { Health(of: observed) }

    /// Whether there is nothing more to wait for.
    var isOver: Bool { isLost || health.isReady || health.condition == .noNodes }

    /// Time left, by the rollout's deadline and by patience.
    func timeLeft(at now: Duration, timeout: Duration) -> Duration {
        min(began + timeout, lastMove + Self.patience) - now
    }

    /// Takes in what is there now; `isRight` tells whether it is still what was created.
    mutating func see(_ seen: ObservedDaemonSet?, isRight: Bool, at now: Duration) {
        guard let seen, seen.uid == observed.uid, isRight else {
            isLost = true
            return
        }
        if seen.status != observed.status { lastMove = now }
        observed = seen
    }

    /// Takes in that an object is gone.
    mutating func seeDeletion(of uid: String) {
        if uid == observed.uid { isLost = true }
    }
}
