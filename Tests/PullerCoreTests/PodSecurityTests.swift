import Testing

@testable import PullerCore

@Suite("The security of the pods")
struct PodSecurityTests {
    private static func templates(_ golden: GoldenManifest) throws -> [JSONValue] {
        try golden.cache().daemonSets.map { try #require($0.manifest().at("spec", "template")) }
    }

    @Test(
        "meets each published rule of the standard that the manifest is for",
        arguments: GoldenManifest.all
    )
    func meets(golden: GoldenManifest) throws {
        for template in try Self.templates(golden) {
            for rule in PodSecurityRule.all where rule.level == .baseline || golden.level == .restricted {
                #expect(rule.isMet(template), "\(rule.testDescription)")
            }
        }
    }

    @Test("meets \"restricted\" with a copied sleep and with image volumes, and by default only then")
    func levels() throws {
        for golden in GoldenManifest.all where golden.level == .baseline {
            let broken = try Self.templates(golden).flatMap { template in
                PodSecurityRule.all.filter { !$0.isMet(template) }
            }
            #expect(!broken.isEmpty, "\(golden.name)")
        }
    }

    @Test("each rule notices what breaks it", arguments: PodSecurityRule.all)
    func breaks(rule: PodSecurityRule) throws {
        let golden = try #require(GoldenManifest.all.first { $0.name == "copied-sleep" })
        let template = try #require(try Self.templates(golden).first)
        #expect(rule.isMet(template))
        #expect(!rule.isMet(template.setting(rule.broken.steps, to: rule.broken.value)))
    }

    @Test("each rule of single containers notices an init container that breaks it")
    func initContainers() throws {
        let golden = try #require(GoldenManifest.all.first { $0.name == "copied-sleep" })
        let template = try #require(try Self.templates(golden).first)
        for rule in PodSecurityRule.all {
            var steps = rule.broken.steps
            guard steps.count > 1, case .member("containers") = steps[1] else { continue }
            steps[1] = "initContainers"
            #expect(!rule.isMet(template.setting(steps, to: rule.broken.value)), "\(rule.name)")
        }
    }

    @Test("leaves user and groups to the SCC on OpenShift, and asks only for a user that is not root")
    func openShift() throws {
        let golden = try #require(GoldenManifest.all.first { $0.name == "copied-sleep-openshift" })
        let template = try #require(try Self.templates(golden).first)
        #expect(
            template.at("spec", "securityContext")?.members == [
                "runAsNonRoot": .bool(true), "seccompProfile": .object(["type": "RuntimeDefault"]),
            ]
        )
    }
}
