import MockFleet
import PullerCore
import TestSupport
import Testing

@testable import KubernetesAPI

@Suite("The requests of a client")
struct ClusterClientRequestTests {
    private let source = TokenSource(
        issuer: .file("/token", readFile: { _ in "the-token" }),
        backoff: Backoff(initial: .seconds(1), maximum: .seconds(60)),
        clock: .system(),
        random: { 0.5 }
    )

    private func requests(
        path: String = "",
        user: String? = "joe/ü & co",
        tokens: TokenSource?
    ) async throws -> [Seen] {
        let wire = try Wire(answer: .json(500, "{}"))
        let client = ClusterClient(
            baseURL: wire.url + path,
            impersonatedUser: user,
            namespace: "k8s-image-puller",
            transport: wire.transport,
            tokens: tokens,
            answerLimit: 1 << 20
        )
        let desired = DesiredDaemonSet(try Configuration.sample().daemonSet)
        _ = await failure { () async throws(Failure) in try await client.observe("kubernetes-image-puller") }
        _ = await failure { () async throws(Failure) in
            try await client.create(desired.body(), name: desired.baseName)
        }
        _ = await failure { () async throws(Failure) in
            try await client.delete(desired.baseName, uid: "1-2\"3", resourceVersion: nil)
        }
        _ = await failure { () async throws(Failure) in
            try await client.watch(desired.baseName, from: "12", seconds: 25) { _ in true }
        }
        return wire.requests
    }

    private let collection = "/apis/apps/v1/namespaces/k8s-image-puller/daemonsets"

    @Test("are four, and contain nothing that is not needed")
    func golden() async throws {
        let requests = try await requests(user: "Jane D.", tokens: source)
        #expect(
            requests.map { "\($0.method) \($0.target)" } == [
                "GET \(collection)/kubernetes-image-puller",
                "POST \(collection)",
                "DELETE \(collection)/kubernetes-image-puller",
                "GET \(collection)?watch=1&fieldSelector=metadata.name%3Dkubernetes-image-puller&resourceVersion=12"
                    + "&timeoutSeconds=25&allowWatchBookmarks=true",
            ]
        )
        #expect(
            requests.map { text($0.body) } == [
                "", text(DesiredDaemonSet(try Configuration.sample().daemonSet).body()),
                "{\"apiVersion\":\"v1\",\"kind\":\"DeleteOptions\",\"preconditions\":{\"uid\":\"1-2\\\"3\"},"
                    + "\"propagationPolicy\":\"Background\"}",
                "",
            ]
        )
        let ours = [
            "accept: application/json", "authorization: Bearer the-token", "impersonate-user: Jane D.",
        ]
        let plain: Set = [
            "host", "accept-encoding", "accept-language", "user-agent", "connection", "content-length",
        ]
        for request in requests {
            let type = request.body.isEmpty ? [] : ["content-type: application/json"]
            let sent = request.headers.fields.filter { !plain.contains($0.name) }
            #expect(sent.map { "\($0.name): \($0.value)" }.sorted() == (ours + type).sorted())
            #expect(
                request.headers["content-length"] == (request.body.isEmpty ? nil : "\(request.body.count)")
            )
        }
    }

    @Test("have no token and no user if none is set")
    func bare() async throws {
        for request in try await requests(user: nil, tokens: nil) {
            #expect(request.headers["authorization"] == nil)
            #expect(request.headers["impersonate-user"] == nil)
        }
    }

    @Test("go to the path of the cluster, with the user percent-encoded in it, and without the header")
    func path() async throws {
        let address = ProxyAddressText(template: "/k8s/clusters/{user}").filled("joe/ü & co?#")
        let requests = try await requests(path: address, user: nil, tokens: source)
        #expect(requests.count == 4)
        for request in requests {
            #expect(request.target.hasPrefix("/k8s/clusters/joe%2F%C3%BC%20%26%20co%3F%23\(collection)"))
            #expect(request.headers["impersonate-user"] == nil)
        }
    }

    @Test("reach the same clusters by path and by header")
    func fleetByPath() async throws {
        let bench = try FleetBench()
        _ = try await bench.client("jane").create(bench.desired.body(), name: bench.desired.baseName)
        let byPath = ClusterClient(
            baseURL: bench.fleet.pathURL.replacing("{user}", with: "jane"),
            impersonatedUser: nil,
            namespace: bench.desired.namespace,
            transport: bench.transport,
            tokens: bench.tokens,
            answerLimit: 1 << 20
        )
        #expect(try await byPath.observe(bench.desired.baseName).daemonSet?.generation == 1)
        #expect(bench.fleet.withFleet { $0.requestLog }.allSatisfy { $0.strayImpersonation.isEmpty })
    }
}

/// A proxy's address with a place for the user, as the configuration has it.
private struct ProxyAddressText {
    var template: String

    func filled(_ user: String) -> String { template.replacing("{user}", with: percentEncoded(user)) }
}

@Suite("A server that repeats a token")
struct EchoTests {
    private static let token = "eyJhbGciOi.eyJzdWIiOi-the_token.c2ln"

    /// A client of a server that says its token again in every place where it can.
    private func failures(status: Int, verb: FleetBench.Verb) async throws -> (Failure?, [String]) {
        let quoted = "Bearer \(Self.token) \(Self.token)"
        let body = """
            {"kind":"Status","reason":"\(quoted)","message":"\(quoted)","status":"Failure","metadata":{"name":"\(quoted)"},
             "details":{"name":"\(quoted)","kind":"\(quoted)",
                        "causes":[{"field":"\(quoted)","message":"\(quoted)"}]}}
            """
        let object = """
            {"kind":"DaemonSet","metadata":{"name":"\(quoted)","uid":"\(quoted)","resourceVersion":"1",
             "labels":{"kubernetes-image-puller/installation":"\(quoted)"}}}
            """
        let headers = [
            ("Location", "http://login/?\(Self.token)"), ("Warning", "299 - \"\(quoted)\""),
            ("Retry-After", quoted),
        ]
        let wire = try Wire(answer: .json(status, status < 300 ? object : body, headers: headers))
        let warnings = Recorded<String>()
        let client = ClusterClient(
            baseURL: wire.url,
            impersonatedUser: "jane",
            namespace: "n",
            transport: wire.transport,
            tokens: TokenSource(
                issuer: .file("/token", readFile: { _ in Self.token }),
                backoff: Backoff(initial: .seconds(1), maximum: .seconds(60)),
                clock: .hurried,
                random: { 0.5 }
            ),
            answerLimit: 1 << 20,
            hearWarning: { warnings.add($0) }
        )
        let failure = await failure { () async throws(Failure) in
            switch verb {
            case .get: _ = try await client.observe("puller")
            case .create: _ = try await client.create([], name: "puller")
            case .delete: _ = try await client.delete("puller", uid: "u", resourceVersion: nil)
            case .watch: try await client.watch("puller", from: "1", seconds: 20) { _ in true }
            }
        }
        return (failure, warnings.all)
    }

    @Test(
        "cannot get it into a failure, nor into a warning",
        arguments: [200, 201, 302, 307, 400, 401, 403, 404, 409, 422, 429, 500, 503]
    )
    func echo(status: Int) async throws {
        for verb in FleetBench.Verb.allCases where !(status == 200 && verb == .watch) {
            let (failure, warnings) = try await failures(status: status, verb: verb)
            #expect(failure != nil)
            #expect("\(failure.map { "\($0)" } ?? "") \(warnings)".contains("the_token") == false, "\(verb)")
            if verb != .watch { #expect(warnings.first?.contains("<redacted>") == true) }
        }
    }

    @Test("cannot get it into the target of a redirect, of which URL would encode a part")
    func redirectTarget() {
        let secret = "s3cret+0f/the token=="
        for location in ["http" + secret, "/login?t=\(secret)", "https://\(secret)/", "x/\(secret)#a"] {
            var response = HTTPResponse(
                head: HTTPResponseHead(status: 307, headers: ["location": location]),
                body: [],
                url: "https://proxy.example.com/apis"
            )
            response.confidences = Confidences([Secret(secret)])
            let message = Failure(response, verb: "get", namespace: "n").message
            #expect(!message.contains("0f/the"), "\(message)")
        }
    }

    private func client(_ wire: Wire, token: String) -> ClusterClient {
        ClusterClient(
            baseURL: wire.url,
            impersonatedUser: nil,
            namespace: "n",
            transport: wire.transport,
            tokens: TokenSource(
                issuer: .file("/token", readFile: { _ in token }),
                backoff: Backoff(initial: .seconds(1), maximum: .seconds(60)),
                clock: .system(),
                random: { 0.5 }
            ),
            answerLimit: 1 << 20
        )
    }

    private func object(owner: String, finalizer: String) -> String {
        """
        {"kind":"DaemonSet","metadata":{"name":"puller","uid":"u","resourceVersion":"1",
         "finalizers":["\(finalizer)"],"labels":{"kubernetes-image-puller/installation":"\(owner)"}}}
        """
        .replacing("\n", with: " ")
    }

    @Test("cannot get it into what is shown of an observation either, by a foreign label or by finalizers")
    func shownTexts() async throws {
        let object = object(owner: "of \(Self.token)!", finalizer: "x/\(Self.token)")
        let wire = try Wire { request, responder in
            let isWatch = request.target.contains("watch=1")
            responder.respond(.json(200, isWatch ? "{\"type\":\"ADDED\",\"object\":\(object)}\n" : object))
        }
        let client = client(wire, token: Self.token)
        let events = Recorded<WatchEvent>()
        try await client.watch("puller", from: "1", seconds: 20) {
            events.add($0)
            return false
        }
        guard case .present(let watched)? = events.all.first else {
            Issue.record("no event")
            return
        }
        let looked = try #require(try await client.observe("puller").daemonSet)
        for observed in [watched, looked] {
            #expect(observed.labels == ["kubernetes-image-puller/installation": "of <redacted>!"])
            #expect(observed.finalizers == ["x/<redacted>"])
        }
        let deletion = try await client.delete("puller", uid: "u", resourceVersion: nil)
        #expect(deletion == .going(finalizers: ["x/<redacted>"]))
    }

    @Test("cannot get a part of it into a text that is cut", arguments: [0, 1, 100, 250, 255, 256])
    func cutTexts(before: Int) async throws {
        let token = "eyJ" + String(repeating: "0123456789", count: 100)
        let text = String(repeating: "-", count: before) + token
        let wire = try Wire(answer: .json(200, object(owner: text, finalizer: text)))
        let observed = try await client(wire, token: token).observe("puller").daemonSet
        let rest = String(repeating: "-", count: before)
        #expect(observed?.labels.values.map { $0 } == [rest])
        #expect(observed?.finalizers == [rest])
    }
}
