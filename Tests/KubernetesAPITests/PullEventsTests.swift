import MockFleet
import PullerCore
import TestSupport
import Testing

@testable import KubernetesAPI

@Suite("Events about pulls, as a client reads them")
struct PullEventsTests {
    private let source = TokenSource(
        issuer: .file("/token", readFile: { _ in "the-token" }),
        backoff: Backoff(initial: .seconds(1), maximum: .seconds(60)),
        clock: .system(),
        random: { 0.5 }
    )
    private let query: PullQuery

    init() throws {
        query = PullQuery(
            DesiredCache(try Configuration.sample().daemonSet, ClusterFacts(platform: .kubernetes))
        )
    }

    private func client(_ wire: Wire) -> ClusterClient {
        ClusterClient(
            baseURL: wire.url,
            impersonatedUser: "jane",
            namespace: "k8s-image-puller",
            transport: wire.transport,
            tokens: source,
            answerLimit: 1 << 20
        )
    }

    private static let image = "eclipse/che-theia:7.0.0"

    private static func page(_ nodes: Range<Int>, next: String = "") -> String {
        let events = nodes.map { node in
            #"""
            {"reason":"Pulled","involvedObject":{"kind":"Pod","name":"kubernetes-image-puller-abcde"},
            "source":{"host":"node-\#(node)"},"message":"Successfully pulled image \"\#(image)\" in \#(node + 1)s"}
            """#
        }
        return
            #"{"kind":"EventList","apiVersion":"v1","metadata":{"continue":"\#(next)"},"items":[\#(events.joined(separator: ","))]}"#
    }

    private func known(_ reading: PullReading) throws -> PullTimes {
        guard case .times(let times?) = reading else { throw Problem(description: "\(reading)") }
        return times
    }

    private struct Problem: Error { var description: String }

    @Test("are asked for by kind and reason, page by page")
    func golden() async throws {
        let pages = [Self.page(0..<1, next: "a+/="), Self.page(1..<3)]
        let wire = try Wire { request, responder in
            responder.respond(.json(200, pages[request.target.contains("continue") ? 1 : 0]))
        }
        let times = try known(try await client(wire).pulls(query))
        #expect(times.images.map(\.name) == ["theia"])
        #expect(times.images.map(\.total) == [.seconds(6)])
        #expect(times.coldStart == nil)
        let events =
            "/api/v1/namespaces/k8s-image-puller/events?limit=500&fieldSelector=involvedObject.kind%3DPod%2Creason%3DPulled"
        #expect(
            wire.requests.map { "\($0.method) \($0.target)" } == [
                "GET \(events)", "GET \(events)&continue=a%2B%2F%3D",
            ]
        )
        #expect(wire.requests.allSatisfy { $0.headers["impersonate-user"] == "jane" })
    }

    @Test("are asked for again with fewer when a page is too large, and fail when one event is")
    func tooLarge() async throws {
        let large = String(repeating: " ", count: ClusterClient.longestList + 1)
        let wire = try Wire(bytes: ClusterClient.longestList) { request, responder in
            responder.respond(.json(200, request.target.contains("limit=62&") ? Self.page(0..<2) : large))
        }
        #expect(try known(try await client(wire).pulls(query)).nodes == 2)
        #expect(wire.requests.count == 2)
        let never = try Wire(bytes: ClusterClient.longestList) { $1.respond(.json(200, large)) }
        let failed = await failure { () async throws(Failure) in try await client(never).pulls(query) }
        #expect(failed?.reason == .responseTooLarge)
        #expect(never.requests.count == 4)
    }

    @Test("end where the continuation has expired, and after a number of events and of pages")
    func bounded() async throws {
        let expired =
            #"{"kind":"Status","status":"Failure","reason":"Expired","message":"too old","code":410}"#
        let wire = try Wire { request, responder in
            responder.respond(
                request.target.contains("continue")
                    ? .json(410, expired) : .json(200, Self.page(0..<3, next: "x"))
            )
        }
        #expect(try known(try await client(wire).pulls(query)).nodes == 3)
        #expect(wire.requests.count == 2)
        let endless = try Wire { $1.respond(.json(200, Self.page(0..<1, next: "x"))) }
        #expect(try known(try await client(endless).pulls(query)).nodes == 1)
        #expect(endless.requests.count == ClusterClient.mostPullPages)
        let first = try Wire(answer: .json(410, expired))
        let failed = await failure { () async throws(Failure) in try await client(first).pulls(query) }
        #expect(failed?.reason == .rejected)
    }

    @Test(
        "are failures or refusals, as the answer is",
        arguments: [
            (403, #"{"kind":"Status","message":"no"}"#, nil), (404, "<html>?</html>", .proxyNotFound),
            (401, "", .unauthorized), (500, "{}", .serverError),
            (200, "<html>Sign in</html>", .malformedResponse),
            (200, "", .malformedResponse), (200, #"{"kind":"PodList","items":[]}"#, .malformedResponse),
            (200, #"{"kind":"EventList","items":[{"message":7}]}"#, .malformedResponse),
            (200, #"{"kind":"EventLi"#, .malformedResponse),
        ] as [(Int, String, FailureReason?)]
    )
    func answers(status: Int, body: String, reason: FailureReason?) async throws {
        let wire = try Wire(answer: .json(status, body))
        let client = client(wire)
        let failed = await failure { () async throws(Failure) in
            guard case .notAllowed(let why) = try await client.pulls(query),
                why.contains("403 on list events")
            else {
                throw Failure(.cancelled, "times")
            }
        }
        #expect(failed?.reason == reason)
        if reason == .malformedResponse {
            #expect(failed?.message.contains("the answer to list is not a list of events") == true)
        }
    }

    @Test("of a simulated cluster say how long each image took on each node, once that is allowed")
    func fleet() async throws {
        let bench = try FleetBench { $0.nodes = 300 }
        guard case .notAllowed = try await bench.client().pulls(query) else {
            Issue.record("allowed")
            return
        }
        try bench.set(["events": "readable"])
        guard
            case .created = try await bench.client().create(
                bench.desired.body(),
                name: bench.desired.baseName
            )
        else { return }
        var known: PullTimes?
        try await poll(within: .seconds(60), "figures of all nodes") {
            if case .times(let times) = try await bench.client().pulls(query) { known = times }
            return known?.coldStart?.nodes == 300
        }
        #expect(known?.images.map(\.nodes) == [300, 300])
        #expect(known?.images.map(\.bytes) == [1_000_000, 2_000_000])
        #expect(known?.coldStart?.nodes == 300)
        try bench.set(["events": "hostile"])
        #expect(try await bench.client().pulls(query) == .times(nil))
        for (events, reason) in [("malformed", FailureReason.malformedResponse), ("huge", .responseTooLarge)]
        {
            try bench.set(["events": .string(events)])
            let failed = await failure { () async throws(Failure) in try await bench.client().pulls(query) }
            #expect(failed?.reason == reason)
        }
    }
}
