import KubernetesAPI
import PullerCore

// What a cluster is asked before anything is decided, once.
extension ClusterWorker {
    /// Asks what is still open. An answer that was had is kept when a later question fails.
    func askWhatIsOpen(_ turn: Turn) async throws(Failure) {
        guard survey.next != nil else { return }
        while let question = survey.next {
            let answer = try await request(turn) { () async throws(Failure) in try await question.put(to: api)
            }
            if let note = survey.take(answer) { context.report(PoolEvent(.surveyed(note), id)) }
        }
        context.cache.learn(survey.facts)
        turn.settings = keeper.wanted(context.cache.settings, at: context.clock.now())
    }

    /// Asks whether the owner is still there, before something is created for it.
    func confirmOwner(_ turn: Turn) async throws(Failure) {
        guard let question = survey.ownerQuestion else { return }
        let answer = try await request(turn) { () async throws(Failure) in try await question.put(to: api) }
        guard let note = try survey.confirm(answer) else { return }
        context.report(PoolEvent(.surveyed(note), id))
        context.cache.learn(survey.facts)
        // Something else may be wanted by now: then the turn ends before the next step.
        let wanted = keeper.wanted(context.cache.settings, at: context.clock.now())
        turn.settings = turn.settings.rendered(wanted.cache, fallback: wanted.fallback?.cache)
    }
}

extension Survey.Question {
    /// Asks a cluster. An answer that makes no sense about what is optional is as good as a refusal.
    func put(to api: any ClusterReads) async throws(Failure) -> Survey.Answer {
        switch self {
        case .apiGroups: return .apiGroups(try await api.discovery())
        case .deployment(let name):
            do throws(Failure) {
                return .deployment(try await api.deployment(name))
            } catch {
                switch error.reason {
                case .responseTooLarge, .malformedResponse, .rejected, .denied, .invalid:
                    return .deployment(.notAllowed(error.message))
                default: throw error
                }
            }
        }
    }
}
