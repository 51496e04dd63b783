import Testing

@testable import PullerCore

@Suite("What a pod requests")
struct PodRequestsTests {
    private func requests(_ changes: [String: String]) throws -> PodRequests {
        let settings = try Configuration.sample(
            ["CACHING_CPU_REQUEST": "20m", "CACHING_MEMORY_REQUEST": "5Mi"].merging(changes) { $1 }
        ).daemonSet
        return PodRequests(of: DesiredDaemonSet(settings))
    }

    @Test("is the sum of its containers, with what a single image has of its own")
    func sum() throws {
        #expect(try requests(["IMAGES": "a=a:1;b=b:1;c=c:1"]).text == "60m CPU and 15Mi memory")
        #expect(
            try requests(["IMAGES": "a=a:1", "CACHING_CPU_REQUEST": "0"]).text == "0m CPU and 5120Ki memory"
        )
    }

    @Test("does not count an init container beside the others, since it has ended when they start")
    func initContainer() throws {
        let plain = try requests(["IMAGES": "a=a:1;b=b:1"])
        #expect(try requests(["IMAGES": "a=a:1;b=b:1", "KIP_IMAGE": "kip:1"]) == plain)
    }

    @Test("is that of one container with image volumes")
    func imageVolumes() throws {
        let all = ["IMAGES": "a=a:1;b=b:1;c=c:1", "KIP_IMAGE": "kip:1", "CACHE_MODE": "image-volumes"]
        #expect(try requests(all) == requests(["IMAGES": "a=a:1"]))
    }

    @Test(
        "is rounded up, in a unit that gives at most four digits",
        arguments: [
            (0.05, 10, "50m CPU and 10Mi memory"), (0.0001, 0.000001, "1m CPU and 1Ki memory"),
            (2.5, 20_000, "2500m CPU and 20Gi memory"), (150.2, 9_999, "151 CPU and 9999Mi memory"),
            (1e30, 1e60, "1000000000000000 CPU and 1000000000000000Ti memory"),
        ] as [(Double, Double, String)]
    )
    func text(cpu: Double, mebibytes: Double, text: String) {
        #expect(PodRequests(cpu: cpu, memory: mebibytes * 1_048_576).text == text)
    }

    @Test("of a DaemonSet with small limits is told by the names of its containers")
    func smallLimits() throws {
        let settings = try Configuration.sample([
            "IMAGES": "b=b:1;a=a:1", "CACHING_MEMORY_REQUEST": "1Mi", "CACHING_MEMORY_LIMIT": "4095Ki",
        ]).daemonSet
        let desired = DesiredDaemonSet(settings)
        #expect(desired.containers(limitedBelow: 4 * 1024 * 1024) == ["a", "b"])
        #expect(desired.containers(limitedBelow: 4095 * 1024) == [])
    }
}
