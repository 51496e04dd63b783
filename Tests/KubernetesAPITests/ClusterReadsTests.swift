import Foundation
import MockFleet
import PullerCore
import TestSupport
import Testing

@testable import KubernetesAPI

@Suite("The optional reads of a client")
struct ClusterReadsTests {
    private static let token = "the-token-that-no-text-may-show"

    private let source = TokenSource(
        issuer: .file("/token", readFile: { _ in token }),
        backoff: Backoff(initial: .seconds(1), maximum: .seconds(60)),
        clock: .system(),
        random: { 0.5 }
    )
    private let query = PodQuery(
        labels: ["b/c": "d", "a": "x"],
        ownerUID: "d1",
        images: PodImages(cached: [.init(name: "bad", reference: "quay.io/x/bad:1")])
    )

    private func client(_ wire: Wire, answerLimit: Int = 1 << 20) -> ClusterClient {
        ClusterClient(
            baseURL: wire.url,
            impersonatedUser: "jane",
            namespace: "k8s-image-puller",
            transport: wire.transport,
            tokens: source,
            answerLimit: answerLimit
        )
    }

    /// A page of pods, each on a node of its own.
    private static func page(_ nodes: Range<Int>, next: String = "", message: String = "not found") -> String
    {
        let pods = nodes.map { node in
            """
            {"metadata":{"ownerReferences":[{"uid":"d1","controller":true}]},"spec":{"nodeName":"node-\(node)"},
            "status":{"containerStatuses":[{"name":"bad","imageID":"",
            "state":{"waiting":{"reason":"ErrImagePull","message":"\(message)"}}}]}}
            """
        }
        return """
            {"kind":"PodList","apiVersion":"v1","metadata":{"continue":"\(next)"},"items":[\(pods.joined(separator: ","))]}
            """
    }

    private static let expired = """
        {"kind":"Status","status":"Failure","reason":"Expired","message":"too old","code":410}
        """

    private func report(_ reading: PodReading) throws -> PodReport {
        guard case .report(let report) = reading else { throw Problem(description: "\(reading)") }
        return report
    }

    private struct Problem: Error { var description: String }

    // MARK: Requests

    @Test("are three GETs, with sorted labels, bounded pages and an encoded continuation")
    func golden() async throws {
        let pages = [Self.page(0..<1, next: "a+/="), Self.page(1..<2)]
        let wire = try Wire { request, responder in
            if request.path.hasSuffix("/pods") {
                responder.respond(.json(200, pages[request.target.contains("continue") ? 1 : 0]))
            } else {
                responder.respond(.json(500, "{}"))
            }
        }
        let report = try report(try await client(wire).pods(query))
        #expect(report.nodes == 2)
        #expect(report.isComplete)
        _ = await failure { () async throws(Failure) in try await client(wire).deployment("kip/x") }
        _ = await failure { () async throws(Failure) in try await client(wire).discovery() }
        let pods = "/api/v1/namespaces/k8s-image-puller/pods?limit=16&labelSelector=a%3Dx%2Cb%2Fc%3Dd"
        #expect(
            wire.requests.map { "\($0.method) \($0.target)" } == [
                "GET \(pods)", "GET \(pods)&continue=a%2B%2F%3D",
                "GET /apis/apps/v1/namespaces/k8s-image-puller/deployments/kip%2Fx", "GET /apis",
            ]
        )
        for request in wire.requests {
            #expect(request.headers["authorization"] == "Bearer \(Self.token)")
            #expect(request.headers["impersonate-user"] == "jane")
            #expect(request.headers["accept"] == "application/json")
        }
    }

    @Test("ask for a page again with fewer pods when it is too large, and fail when one pod is")
    func tooLarge() async throws {
        let large = String(repeating: " ", count: ClusterClient.longestList + 1)
        let wire = try Wire(bytes: ClusterClient.longestList) { request, responder in
            responder.respond(.json(200, request.target.contains("limit=2&") ? Self.page(0..<2) : large))
        }
        let report = try report(try await client(wire).pods(query))
        #expect(report.nodes == 2)
        #expect(wire.requests.count == 2)
        let never = try Wire(bytes: ClusterClient.longestList) { $1.respond(.json(200, large)) }
        let failed = await failure { () async throws(Failure) in try await client(never).pods(query) }
        #expect(failed?.reason == .responseTooLarge)
        #expect(never.requests.count == 3)
    }

    // MARK: Pages

    @Test("begin anew once when the continuation has expired, and then say what is known")
    func expired() async throws {
        let wire = try Wire { request, responder in
            responder.respond(
                request.target.contains("continue")
                    ? .json(410, Self.expired) : .json(200, Self.page(0..<3, next: "x"))
            )
        }
        let report = try report(try await client(wire).pods(query))
        #expect(report.nodes == 3)
        #expect(!report.isComplete)
        #expect(wire.requests.count == 4)
        #expect(report.text() == "image bad (quay.io/x/bad:1): not found, on 3 of the first 3 nodes")
    }

    @Test("take a 410 for a failure when nothing can have expired, or when it is a page's")
    func gone() async throws {
        let first = try Wire(answer: .json(410, Self.expired))
        let failed = await failure { () async throws(Failure) in try await client(first).pods(query) }
        #expect(failed?.reason == .rejected)
        let page = try Wire { request, responder in
            responder.respond(
                request.target.contains("continue")
                    ? .text(410, "<html>gone</html>") : .json(200, Self.page(0..<3, next: "x"))
            )
        }
        let refused = await failure { () async throws(Failure) in try await client(page).pods(query) }
        #expect(refused?.reason == .rejected)
    }

    @Test("end after a number of pods, and after a number of pages, and say that there may be more")
    func bounded() async throws {
        let count = Recorded<Int>()
        let many = try Wire(bytes: 8 << 20) { _, responder in
            count.add(0)
            let start = count.count * 1000
            responder.respond(.json(200, Self.page(start..<start + 1000, next: "x")))
        }
        let report = try report(try await client(many).pods(query))
        #expect(report.nodes == ClusterClient.mostPods)
        #expect(!report.isComplete)
        #expect(many.requests.count == 6)
        let empty = try Wire(answer: .json(200, Self.page(0..<0, next: "x")))
        #expect(!(try self.report(try await client(empty).pods(query)).isComplete))
        #expect(empty.requests.count == ClusterClient.mostPages)
    }

    @Test("hide the token in the texts of pods, also where it was cut")
    func secrets() async throws {
        let echoed = try Wire(answer: .json(200, Self.page(0..<1, message: "odd \(Self.token) thing")))
        let shown = try report(try await client(echoed).pods(query)).text()
        #expect(shown.contains("odd <redacted> thing"))
        // The message was cut within the token.
        var pod = ObservedPod(node: "node-0", ownerUID: "d1")
        let filler = String(repeating: "x", count: ObservedPod.longestMessage - 20)
        pod.message = String((filler + Self.token).prefix(ObservedPod.longestMessage))
        #expect(pod.message.hasSuffix("xthe-token-that-no-te"))
        #expect(Confidences([Secret(Self.token)]).hidden(in: pod).message == filler)
        let refused = try Wire(answer: .json(403, "{\"message\":\"not \(Self.token)\"}"))
        #expect(try await client(refused).pods(query) == .notAllowed("403 on list pods: not <redacted>"))
    }

    // MARK: Answers

    private static let unnamed = """
        {"kind":"Status","status":"Failure","reason":"NotFound","details":{"name":"other","kind":"deployments"}}
        """

    /// Answers to all three reads, and the reasons of their failures; `nil` for none.
    private static let rows: [(name: String, answer: Answer, reasons: [FailureReason?])] = [
        ("403", .json(403, "{\"kind\":\"Status\",\"message\":\"no\"}"), [nil, nil, nil]),
        ("403 page", .text(403, "<html><title>no</title></html>"), [nil, nil, nil]),
        ("404 page", .text(404, "<html>?</html>"), [.proxyNotFound, .proxyNotFound, nil]),
        ("404 about another", .json(404, unnamed), [.proxyNotFound, .proxyNotFound, nil]),
        ("401", .text(401, ""), [.unauthorized, .unauthorized, .unauthorized]),
        ("500", .json(500, "{}"), [.serverError, .serverError, .serverError]),
        ("429", .json(429, "{}", headers: [("Retry-After", "7")]), [.throttled, .throttled, .throttled]),
        ("200 page", .text(200, "<html>Sign in</html>"), [.malformedResponse, .malformedResponse, nil]),
        ("200 without a body", .text(200, ""), [.malformedResponse, .malformedResponse, nil]),
        (
            "200 of another kind",
            .json(200, "{\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"kip\"},\"items\":[]}"),
            [.malformedResponse, .malformedResponse, nil]
        ),
        ("half of the JSON", .json(200, "{\"kind\":\"PodLi"), [.malformedResponse, .malformedResponse, nil]),
        ("204", .text(204, ""), [.malformedResponse, .malformedResponse, nil]),
        (
            "redirect",
            Answer(status: 307, headers: ["Location": "http://elsewhere.test/login"], body: []),
            [.redirect, .redirect, nil]
        ),
    ]

    @Test("are failures or refusals, as the answer is", arguments: rows.indices)
    func answers(row: Int) async throws {
        let (name, answer, reasons) = Self.rows[row]
        let wire = try Wire(answer: answer)
        let client = client(wire)
        let pods = await failure { () async throws(Failure) in
            guard case .notAllowed = try await client.pods(query) else {
                throw Failure(.cancelled, "a report")
            }
        }
        let deployment = await failure { () async throws(Failure) in
            guard case .notAllowed = try await client.deployment("kip") else {
                throw Failure(.cancelled, "an owner")
            }
        }
        let discovery = await failure { () async throws(Failure) in
            guard case .unknown(let why) = try await client.discovery(), !why.isEmpty else {
                throw Failure(.cancelled, "known groups")
            }
        }
        #expect([pods?.reason, deployment?.reason, discovery?.reason] == reasons, "\(name)")
    }

    @Test("name what they asked for")
    func wording() async throws {
        let page = try Wire(answer: .text(200, "<html>Sign in</html>"))
        let pods = await failure { () async throws(Failure) in try await client(page).pods(query) }
        #expect(pods?.message.contains("the answer to list is not a list of pods but text/") == true)
        let lost = try Wire(answer: .text(404, "lost"))
        let deployment = await failure { () async throws(Failure) in try await client(lost).deployment("kip")
        }
        #expect(
            deployment?.message == "404 that is not the cluster's answer about this Deployment: lost"
        )
        let refusing = try Wire(answer: .text(403, "no"))
        #expect(try await client(refusing).discovery() == .unknown("403 on get /apis: no"))
    }

    @Test("know a Deployment only by its name and a uid")
    func deployment() async throws {
        func answer(_ text: String) async throws -> Result<OwnerLookup, Failure> {
            let wire = try Wire(answer: .json(200, text))
            do throws(Failure) {
                return .success(try await client(wire).deployment("kip"))
            } catch {
                return .failure(error)
            }
        }
        let right = "{\"kind\":\"Deployment\",\"metadata\":{\"name\":\"kip\",\"uid\":\"u-1\"}}"
        #expect(try await answer(right) == .success(.found(uid: "u-1")))
        for wrong in [
            right.replacing("\"kip\"", with: "\"other\""), right.replacing("u-1", with: ""),
            right.replacing("u-1", with: String(repeating: "u", count: 257)),
            right.replacing(",\"uid\":\"u-1\"", with: ""), right.replacing("Deployment", with: "DaemonSet"),
        ] {
            guard case .failure(let failure) = try await answer(wrong) else {
                Issue.record("accepted: \(wrong)")
                continue
            }
            #expect(failure.reason == .malformedResponse)
        }
    }

    // MARK: With the simulated fleet

    @Test("report the images that a cluster cannot pull, and the node without room, page by page")
    func fleet() async throws {
        let bench = try FleetBench { $0.nodes = 130 }
        try bench.set([
            "podsReadable": true, "images": ["eclipse/che-theia:7.0.0": "notFound"], "nodes": ["7": "full"],
        ])
        guard
            case .created(let created) = try await bench.client().create(
                bench.desired.body(),
                name: bench.desired.baseName
            )
        else { return }
        let query = PodQuery(created, desired: bench.desired)
        var last = PodReport()
        try await poll(within: .seconds(60), "trouble on all nodes") {
            if case .report(let report) = try await bench.client().pods(query) { last = report }
            return last.troubled >= 130
        }
        #expect(
            last.text()
                == "image theia (eclipse/che-theia:7.0.0): not found, on 129 of 130 nodes; "
                + "no room on the node: Insufficient memory, on 1 of 130 nodes"
        )
        #expect(last.images.map(\.present) == [129, 0])
        #expect(last.isComplete && last.isImagesFault)
        let pages = bench.fleet.withFleet { $0.requestLog }.filter { $0.target.contains("/pods?") }
        #expect(pages.contains { $0.target.contains("continue=") })
    }

    @Test("find OpenShift by its API groups")
    func openShift() async throws {
        let bench = try FleetBench()
        guard case .unknown(let why) = try await bench.client().discovery() else {
            Issue.record("discovered")
            return
        }
        #expect(why.contains("403 on get /apis"))
        try bench.set(["discovery": "kubernetes"])
        #expect(try await bench.client().discovery() == .kubernetes)
        try bench.set(["discovery": "openshift"])
        #expect(try await bench.client().discovery() == .openShift(group: "route.openshift.io"))
    }
}
