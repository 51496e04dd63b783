import KubernetesAPI
import PullerCore
import Timing

/// What is to be asked of the events of a cluster's kubelets, once after each rollout.
struct PullQuestion {
    /// Whether something was created since it was last asked, or was found that is not old.
    var isOpen = false
    /// When it is asked again whether the account may list events; `nil` while it may, as far as is known.
    var refusedUntil: Duration?

    /// How long a refusal counts.
    static let patience = Duration.seconds(24 * 3600)

    /// How long a server keeps events, if it is not told otherwise (`--event-ttl` of kube-apiserver).
    private static let memory = Duration.seconds(3600)

    /// Whether a server may still have events of the rollout of a DaemonSet that was found.
    static func isRecent(_ found: ObservedDaemonSet, at serverTime: Timestamp?) -> Bool {
        guard let serverTime, let created = found.created else { return false }
        return (.zero..<memory).contains(serverTime - created)
    }

    /// Whether it is to be asked now.
    ///
    /// - Parameter hasEnded: Whether the rollout is complete, or its time is up.
    func isDue(_ hasEnded: Bool, at now: Duration) -> Bool {
        isOpen && hasEnded && refusedUntil.map { now >= $0 } ?? true
    }
}

// Reading how long pulls took, where that is wanted and allowed. It comes after a round, holds no slot to roll out in, and
// nothing depends on it.
extension ClusterWorker {
    /// How long the pages of one list are waited for; what is known by then has to do.
    static let patienceWithPulls = Duration.seconds(30)

    /// Whether a rollout has ended, and how long its pulls took is to be read.
    @inline(never)  // See ClusterWorker+keep.swift.
    func mustReadPulls(_ turn: Turn) -> Bool {
        let now = context.clock.now()
        guard isKeeping(turn), !turn.wasCalled, let outcome = turn.outcome else { return false }
        return pullQuestion.isDue(hasRolledOut(outcome, turn, at: now), at: now)
    }

    /// Reads how long pulls took, and reports it.
    func readPulls(_ turn: Turn) async {
        pullQuestion.isOpen = false
        do throws(Failure) {
            switch try await pulls(PullQuery(turn.settings.cache), turn) {
            case .times(let times):
                pullQuestion.refusedUntil = nil
                if let times { context.report(PoolEvent(.pulled(times), id)) }
            case .notAllowed(let why):
                pullQuestion.refusedUntil = context.clock.now() + PullQuestion.patience
                context.report(PoolEvent(.pullsNotReadable(why), id))
            }
        } catch {
            if error.reason != .cancelled { context.report(PoolEvent(.pullsUnread(error), id)) }
        }
    }

    private func hasRolledOut(_ outcome: RoundOutcome, _ turn: Turn, at now: Duration) -> Bool {
        switch outcome {
        case .ready: true
        // The images that can be pulled have been.
        case .unready: keeper.pullingTimeLeft(at: now, turn.settings) == nil
        case .contested, .failed: false
        }
    }

    private func pulls(_ query: PullQuery, _ turn: Turn) async throws(Failure) -> PullReading {
        let end = context.clock.now() + Self.patienceWithPulls
        var pass = PullPass(query)
        var lane = lane(hasAnswered: turn.hasAnswered)
        while true {
            let current = pass
            noteStep()
            let step = try await context.request(lane) { () async throws(Failure) in
                try await api.pulls(current)
            }
            // A cluster that has ever more of them does not keep those waiting that work.
            lane = .suspect
            switch step {
            case .done(let reading): return reading
            case .more(let next):
                guard isKeeping(turn), !turn.wasCalled, context.clock.now() < end else {
                    return .times(next.times)
                }
                pass = next
            }
        }
    }
}
