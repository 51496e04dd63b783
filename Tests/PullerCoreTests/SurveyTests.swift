import Testing

@testable import PullerCore

@Suite("What a cluster is asked before anything is decided")
struct SurveyTests {
    private func pods(
        _ platform: PlatformChoice = .auto,
        _ level: PodSecurity.Level = .restricted,
        deployment: String? = nil
    ) -> PodSettings {
        var pods = PodSettings()
        pods.platform = platform
        pods.security.level = level
        pods.deploymentName = deployment
        return pods
    }

    private func survey(_ pods: PodSettings, isFleet: Bool = false) -> Survey {
        Survey(pods, namespace: "cache", isFleet: isFleet)
    }

    /// All questions, in order, whatever is answered.
    private func questions(_ survey: Survey) -> [Survey.Question] {
        var survey = survey
        var all: [Survey.Question] = []
        while let question = survey.next {
            all.append(question)
            switch question {
            case .apiGroups: _ = survey.take(.apiGroups(.kubernetes))
            case .deployment: _ = survey.take(.deployment(.absent))
            }
        }
        return all
    }

    @Test("is nothing with the defaults, and nothing that the pods do not depend on")
    func asksNothing() {
        #expect(questions(.none) == [])
        #expect(questions(survey(pods(.auto, .baseline))) == [])
        #expect(questions(survey(pods(.kubernetes))) == [])
        #expect(questions(survey(pods(.openshift))) == [])
        #expect(survey(pods(.auto, .baseline)).finding == nil)
    }

    @Test(
        "is the API groups where the pods depend on the platform, and the Deployment that is to be the owner"
    )
    func asks() {
        #expect(questions(survey(pods())) == [.apiGroups])
        #expect(questions(survey(pods(.auto, .baseline, deployment: "kip"))) == [.deployment("kip")])
        #expect(questions(survey(pods(deployment: "kip"))) == [.apiGroups, .deployment("kip")])
    }

    @Test("is nothing in a fleet, where no cluster has the owner; and what was decided is known at once")
    func fleet() {
        let auto = survey(pods(deployment: "kip"), isFleet: true)
        #expect(auto.next == nil)
        #expect(auto.facts == ClusterFacts(platform: .openshift))
        #expect(
            auto.finding?.text.hasPrefix("platform: openshift, because PLATFORM is auto, and many") == true
        )
        let chosen = survey(pods(.kubernetes), isFleet: true)
        #expect(chosen.facts.platform == .kubernetes)
        #expect(chosen.finding?.text == "platform: kubernetes, because PLATFORM says so")
        #expect(survey(pods(.auto, .baseline), isFleet: true).finding == nil)
    }

    @Test("decides on the platform, and keeps that when the owner is asked for again")
    func platform() {
        var survey = survey(pods(deployment: "kip"))
        #expect(survey.facts == ClusterFacts(platform: .kubernetes))
        let note = survey.take(.apiGroups(.openShift(group: "route.openshift.io")))
        #expect(note?.text == "platform: openshift, because the API group route.openshift.io is there")
        #expect(note?.isWarning == false)
        #expect(survey.next == .deployment("kip"))
        #expect(survey.facts.platform == .openshift)
    }

    @Test("gives the DaemonSets their owner, or says why they have none")
    func owner() {
        let open = survey(pods(.auto, .baseline, deployment: "kip"))
        var found = open
        let owned = found.take(.deployment(.found(uid: "u-1")))
        #expect(found.facts.owner == ClusterFacts.Owner(name: "kip", uid: "u-1"))
        #expect(owned?.text == "new DaemonSets belong to the Deployment kip, and are deleted with it")
        #expect(owned?.isWarning == false)

        var absent = open
        let none = absent.take(.deployment(.absent))
        #expect(absent.facts.owner == nil)
        #expect(absent.next == nil)
        #expect(none?.isWarning == true)
        #expect(
            none?.text
                == "the DaemonSets have no owner, because there is no Deployment kip in the namespace cache, and an "
                + "owner has to be in the namespace of the DaemonSets; they stay when the Deployment is deleted"
        )
        var refused = open
        #expect(
            refused.take(.deployment(.notAllowed("403")))?.text
                == "the DaemonSets have no owner, because the Deployment kip cannot be read: 403; they stay when the "
                + "Deployment is deleted"
        )
        #expect(refused.facts.owner == nil)
    }

    @Test("asks for the owner again before each creation, and creates nothing for one that is gone")
    func confirmation() throws {
        var survey = survey(pods(.auto, .baseline, deployment: "kip"))
        #expect(survey.ownerQuestion == nil)
        _ = survey.take(.deployment(.found(uid: "u-1")))
        #expect(survey.ownerQuestion == .deployment("kip"))
        #expect(try survey.confirm(.deployment(.found(uid: "u-1"))) == nil)
        // The right was taken away: there is no better knowledge.
        #expect(try survey.confirm(.deployment(.notAllowed("403"))) == nil)
        let next = ClusterFacts.Owner(name: "kip", uid: "u-2")
        #expect(try survey.confirm(.deployment(.found(uid: "u-2"))) == .owned(next))
        #expect(survey.facts.owner == next)
        let gone = #expect(throws: Failure.self) { try survey.confirm(.deployment(.absent)) }
        #expect(gone?.reason == .conflict)
        #expect(survey.facts.owner == next)
    }
}
