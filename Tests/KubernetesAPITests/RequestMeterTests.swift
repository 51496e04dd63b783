import MockFleet
import PullerCore
import TestSupport
import Testing

@testable import KubernetesAPI

@Suite("The meter of requests")
struct RequestMeterTests {
    private let meter = RequestMeter()

    private func client(_ wire: Wire, tokens: TokenSource? = nil) -> ClusterClient {
        ClusterClient(
            baseURL: wire.url,
            impersonatedUser: nil,
            namespace: "k8s-image-puller",
            transport: wire.transport,
            tokens: tokens,
            answerLimit: 1 << 20,
            meter: meter
        )
    }

    /// What was counted, such as `get 200: 1`, sorted.
    private var counted: [String] {
        meter.figures.requests.map { "\($0.key.verb.rawValue) \($0.key.code): \($0.value)" }.sorted()
    }

    @Test("counts each kind of request, optional reads included, by the status of its answer")
    func verbs() async throws {
        let wire = try Wire(answer: .json(500, "{}"))
        let client = client(wire)
        _ = await failure { () async throws(Failure) in try await client.observe("a") }
        _ = await failure { () async throws(Failure) in try await client.create([], name: "a") }
        _ = await failure { () async throws(Failure) in
            try await client.delete("a", uid: "1", resourceVersion: nil)
        }
        _ = await failure { () async throws(Failure) in
            try await client.watch("a", from: "1", seconds: 20) { _ in true }
        }
        let pods = PodPass(PodQuery(labels: [:], ownerUID: "1", images: PodImages(cached: [])))
        _ = await failure { () async throws(Failure) in try await client.pods(pods) }
        _ = await failure { () async throws(Failure) in try await client.deployment("a") }
        _ = await failure { () async throws(Failure) in try await client.discovery() }
        #expect(counted == ["create 500: 1", "delete 500: 1", "get 500: 3", "list 500: 1", "watch 500: 1"])
        let durations = meter.figures.durations
        #expect(durations.mapValues(\.count) == [.create: 1, .delete: 1, .get: 3, .list: 1])
        #expect(durations.values.allSatisfy { $0.sum > 0 })
    }

    @Test("counts a watch that ends in order under the status of its answer")
    func watch() async throws {
        let wire = try Wire(answer: .json(200, ""))
        try await client(wire).watch("a", from: "1", seconds: 20) { _ in true }
        #expect(counted == ["watch 200: 1"])
    }

    @Test("counts a request without an answer under the reason of its failure")
    func noAnswer() async throws {
        let silent = try Wire(limit: .milliseconds(50)) { _, _ in }
        let client = client(silent)
        _ = await failure { () async throws(Failure) in try await client.observe("a") }
        #expect(counted == ["get Timeout: 1"])
        let gone = try Wire { _, _ in }
        gone.stopServer()
        let other = self.client(gone)
        _ = await failure { () async throws(Failure) in try await other.observe("a") }
        #expect(counted == ["get Timeout: 1", "get Unreachable: 1"])
    }

    @Test("counts the request that a 401 was the answer to, and the one that repeats it")
    func repeated() async throws {
        let tokens = Recorded<String>()
        let source = TokenSource(
            issue: { () async throws(Failure) in
                tokens.add("t")
                return IssuedToken(
                    value: Secret("token-\(tokens.count)"),
                    renewAfter: .seconds(60),
                    expiresAfter: nil
                )
            },
            refetchPause: .seconds(60),
            renewsInBackground: true,
            backoff: Backoff(initial: .seconds(1), maximum: .seconds(60)),
            clock: .hurried,
            random: { 0.5 }
        )
        let wire = try Wire { request, responder in
            let isFirst = request.headers["authorization"] == "Bearer token-1"
            responder.respond(.json(isFirst ? 401 : 403, "{}"))
        }
        let client = client(wire, tokens: source)
        _ = await failure { () async throws(Failure) in try await client.observe("a") }
        #expect(counted == ["get 401: 1", "get 403: 1"])
    }

    @Test("does not count what was not sent")
    func notSent() async throws {
        let wire = try Wire(answer: .json(200, "{}"))
        wire.transport.close()
        let client = client(wire)
        let failure = await failure { () async throws(Failure) in try await client.observe("a") }
        #expect(failure?.reason == .cancelled)
        #expect(counted.isEmpty)
    }

    @Test("keeps few codes apart, whatever servers answer")
    func bounded() {
        let codes = Set((-1...1000).map { RequestMeter.Key(.get, status: $0).code })
        #expect(codes.count < 100)
        #expect(RequestMeter.Key(.get, status: 429).code == "429")
        #expect(RequestMeter.Key(.get, status: 299).code == "2xx")
        #expect(RequestMeter.Key(.get, status: 599).code == "5xx")
        #expect(RequestMeter.Key(.get, status: 600).code == "other")
    }
}
