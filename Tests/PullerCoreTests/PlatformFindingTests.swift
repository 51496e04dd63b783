import Testing

@testable import PullerCore

@Suite("The platform")
struct PlatformFindingTests {
    @Test(
        "is what PLATFORM says, whatever the cluster says",
        arguments: [
            (PlatformChoice.kubernetes, ClusterFacts.Platform.kubernetes), (.openshift, .openshift),
        ]
    )
    func chosen(choice: PlatformChoice, platform: ClusterFacts.Platform) {
        for discovery in [nil, .kubernetes, .openShift(group: "route.openshift.io"), .unknown("x")]
            as [Discovery?]
        {
            for isFleet in [true, false] {
                let found = PlatformFinding(choice, isFleet: isFleet, discovery: discovery)
                #expect(found.platform == platform)
                #expect(found.text == "platform: \(platform.rawValue), because PLATFORM says so")
            }
        }
    }

    @Test("of one cluster is what its API groups say, and the log names the group")
    func discovered() {
        let openShift = PlatformFinding(
            .auto,
            isFleet: false,
            discovery: Discovery(groups: ["apps", "security.openshift.io", "route.openshift.io"])
        )
        #expect(openShift.text == "platform: openshift, because the API group route.openshift.io is there")
        let early = Discovery(groups: ["security.openshift.io"])
        #expect(early == .openShift(group: "security.openshift.io"))
        let plain = PlatformFinding(.auto, isFleet: false, discovery: Discovery(groups: ["apps", "batch"]))
        #expect(plain.platform == .kubernetes)
        #expect(
            plain.text
                == "platform: kubernetes, because neither the API group route.openshift.io nor security.openshift.io "
                + "is there"
        )
    }

    @Test("that is not known is openshift, and the log says why it is not known")
    func unknown() {
        let found = PlatformFinding(.auto, isFleet: false, discovery: .unknown("403 on get /apis"))
        #expect(found.platform == .openshift)
        #expect(found.text.contains("(403 on get /apis)"))
        #expect(PlatformFinding(.auto, isFleet: false).platform == .openshift)
    }

    @Test("of many clusters is openshift, even if one of them says something else")
    func fleet() {
        let found = PlatformFinding(.auto, isFleet: true, discovery: .kubernetes)
        #expect(found.platform == .openshift)
        #expect(found.text.contains("fabric8-oso-proxy"))
    }
}
