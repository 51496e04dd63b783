import PullerCore
import TestSupport
import Testing

@testable import KubernetesAPI

@Suite("The length limit for answers about a DaemonSet")
struct AnswerLimitTests {
    /// A DaemonSet with this many bytes, most of them in its managed fields.
    private func object(bytes: Int) -> String {
        let start =
            #"{"kind":"DaemonSet","metadata":{"name":"puller","uid":"u","resourceVersion":"1","managedFields":[""#
        let end = #""]}}"#
        return start + String(repeating: "x", count: bytes - start.utf8.count - end.utf8.count) + end
    }

    private func client(_ wire: Wire, limit: Int) -> ClusterClient {
        ClusterClient(
            baseURL: wire.url,
            impersonatedUser: nil,
            namespace: "n",
            transport: wire.transport,
            tokens: nil,
            answerLimit: limit
        )
    }

    @Test("is enough for two hundred images with everything that a server adds")
    func twoHundredImages() async throws {
        let images = (0..<200).map { "image-\($0)=quay.io/eclipse/che-java11-maven-\($0):nightly" }
        let changes = ["IMAGES": images.joined(separator: ";")]
        let desired = DesiredDaemonSet(try Configuration.sample(changes).daemonSet)
        let body = desired.body()
        let limit = ClusterClient.answerLimit(bodyLength: body.count)
        let bench = try FleetBench(bytes: 1000)
        let client = ClusterClient(
            baseURL: bench.fleet.proxyURL,
            impersonatedUser: "jane",
            namespace: desired.namespace,
            transport: bench.transport,
            tokens: bench.tokens,
            answerLimit: limit
        )
        guard case .created = try await client.create(body, name: desired.baseName) else {
            Issue.record("not created")
            return
        }
        #expect(try await client.observe(desired.baseName).daemonSet?.generation == 1)
        // The mock fleet has no managed fields.
        let wire = try Wire(bytes: 1000, answer: .json(200, object(bytes: body.count * 31 / 10)))
        #expect(try await self.client(wire, limit: limit).observe("puller").daemonSet?.uid == "u")
        #expect(limit < 1 << 20)
        #expect(ClusterClient.answerLimit(bodyLength: 1500) < 150_000)
    }

    @Test(
        "holds to the byte, for each verb, whether the length is announced or not",
        arguments: [true, false]
    )
    func bound(isAnnounced: Bool) async throws {
        for (bytes, isTaken) in [(10_000, true), (10_001, false)] {
            let body = Array(object(bytes: bytes).utf8)
            let wire = try Wire(limit: .seconds(60)) { request, responder in
                let status = request.method == "POST" ? 201 : 200
                if isAnnounced { return responder.respond(Answer(status: status, body: body)) }
                responder.start(Answer(status: status))
                responder.write(body)
                responder.finish()
            }
            let client = client(wire, limit: 10_000)
            let failures = [
                await failure { () async throws(Failure) in _ = try await client.observe("puller") },
                await failure { () async throws(Failure) in _ = try await client.create([], name: "puller") },
                await failure { () async throws(Failure) in
                    _ = try await client.delete("puller", uid: "u", resourceVersion: nil)
                },
            ]
            #expect(
                failures.map { $0?.reason } == .init(repeating: isTaken ? nil : .responseTooLarge, count: 3)
            )
            #expect(await wire.isIdle())
        }
    }

    @Test("applies to each line of a watch, of which some may wait at the same time")
    func watch() async throws {
        let frame = #"{"type":"ADDED","object":}"#.utf8.count
        for (bytes, isTaken) in [(10_000, true), (10_001, false)] {
            let line = #"{"type":"ADDED","object":\#(object(bytes: bytes - frame))}"# + "\n"
            let wire = try Wire(limit: .seconds(60)) { _, responder in
                responder.start(Answer(status: 200))
                responder.write(Array((line + line + line).utf8))
                responder.finish()
            }
            let client = client(wire, limit: 10_000)
            let events = Recorded<WatchEvent>()
            let failure = await failure { () async throws(Failure) in
                try await client.watch("puller", from: "1", seconds: 60) {
                    events.add($0)
                    return true
                }
            }
            #expect(failure?.reason == (isTaken ? nil : .responseTooLarge))
            #expect(events.count == (isTaken ? 3 : 0))
        }
    }
}
