import MockFleet
import PullerCore
import TestSupport
import Testing

@testable import KubernetesAPI

/// What a cluster, or what stands before it, can answer, and what that is called.
struct FaultRow: CustomTestStringConvertible, Sendable {
    var name: String
    var fault: JSON
    var verbs = FleetBench.Verb.allCases
    var reason: FailureReason
    var retryAfter: Duration?
    var says = ""

    var testDescription: String { name }

    static let status: [FaultRow] = [
        FaultRow(
            name: "403",
            fault: ["kind": "status", "status": 403],
            reason: .forbidden,
            says: "daemonsets"
        ),
        FaultRow(
            name: "404 in plain text",
            fault: ["kind": "status", "status": 404, "body": "text"],
            reason: .proxyNotFound
        ),
        FaultRow(
            name: "404 page",
            fault: ["kind": "status", "status": 404, "body": "html"],
            reason: .proxyNotFound
        ),
        FaultRow(
            name: "404 without a body",
            fault: ["kind": "status", "status": 404, "body": "empty"],
            reason: .proxyNotFound
        ),
        FaultRow(
            name: "404 about a Pod of that name",
            fault: [
                "kind": "status", "status": 404,
                "content": .string(
                    """
                    {"kind":"Status","status":"Failure","reason":"NotFound","message":"pods not found",
                     "details":{"name":"kubernetes-image-puller","kind":"pods"},"code":404}
                    """
                ),
            ],
            reason: .proxyNotFound,
            says: "pods not found"
        ),
        FaultRow(
            name: "404 about another DaemonSet",
            fault: [
                "kind": "status", "status": 404,
                "content": .string(
                    """
                    {"kind":"Status","status":"Failure","reason":"NotFound",
                     "details":{"name":"other","group":"apps","kind":"daemonsets"},"code":404}
                    """
                ),
            ],
            reason: .proxyNotFound
        ),
        FaultRow(
            name: "409 of no known kind",
            fault: ["kind": "status", "status": 409, "body": "text"],
            reason: .conflict,
            says: "409"
        ),
        FaultRow(
            name: "422 with its causes",
            fault: [
                "kind": "status", "status": 422,
                "content": .string(
                    """
                    {"kind":"Status","status":"Failure","reason":"Invalid","message":"long","code":422,
                     "details":{"causes":[{"field":"spec.a","message":"must not"},{"message":"nor this"}]}}
                    """
                ),
            ],
            reason: .invalid,
            says: "422: spec.a: must not; ?: nor this"
        ),
        FaultRow(
            name: "422 without causes",
            fault: ["kind": "status", "status": 422],
            reason: .invalid,
            says: "a fault was asked for"
        ),
        FaultRow(
            name: "400",
            fault: ["kind": "status", "status": 400],
            reason: .malformedResponse,
            says: "400"
        ),
        FaultRow(
            name: "200 page",
            fault: ["kind": "status", "status": 200, "body": "html"],
            verbs: [.get, .delete],
            reason: .malformedResponse
        ),
        FaultRow(
            name: "200 without a body",
            fault: ["kind": "status", "status": 200, "body": "empty"],
            verbs: [.get, .delete],
            reason: .malformedResponse
        ),
        FaultRow(
            name: "204",
            fault: ["kind": "status", "status": 204, "body": "empty"],
            reason: .malformedResponse
        ),
        FaultRow(
            name: "201 page",
            fault: ["kind": "status", "status": 201, "body": "html"],
            verbs: [.get, .create, .delete],
            reason: .malformedResponse
        ),
        FaultRow(
            name: "redirect",
            fault: ["kind": "redirect", "location": "http://elsewhere.test/login"],
            reason: .redirect,
            says: "307 to http://elsewhere.test/login"
        ),
    ]

    static let troubles: [FaultRow] = [429, 500, 502, 503, 504, 599].flatMap { status in
        ["status", "html", "empty"].map { body in
            FaultRow(
                name: "\(status) \(body)",
                fault: ["kind": "status", "status": .int(status), "body": .string(body)],
                reason: status == 429 ? .serverError : .serverError,
                says: "\(status)"
            )
        }
    }

    static let throttles: [FaultRow] = [429, 503].flatMap { status in
        [
            ("7", .seconds(7)), ("0", .zero), ("86400", .seconds(86_400)),
            ("99999999999999999999999", .seconds(365 * 24 * 3600)),
            // Far behind the fleet's clock, which starts in 2023.
            ("Sun, 06 Nov 1994 08:49:37 GMT", .zero), ("soon", nil), ("-1", nil),
        ].map { (text: String, wait: Duration?) in
            FaultRow(
                name: "\(status) Retry-After: \(text)",
                fault: ["kind": "status", "status": .int(status), "retryAfter": .string(text)],
                verbs: [.get],
                reason: .throttled,
                retryAfter: wait,
                says: "\(status)"
            )
        }
    }

    static let roads: [FaultRow] = [
        FaultRow(name: "reset", fault: ["kind": "drop"], reason: .unreachable),
        FaultRow(
            name: "reset after it was done",
            fault: ["kind": "drop", "takesEffect": true],
            reason: .unreachable
        ),
        FaultRow(
            name: "cut in the body",
            fault: ["kind": "cut"],
            verbs: [.get, .create, .delete],
            reason: .unreachable
        ),
        FaultRow(name: "cut in the head", fault: ["kind": "cutHead"], reason: .unreachable),
        FaultRow(name: "50 MB", fault: ["kind": "huge", "bytes": 50_000_000], reason: .responseTooLarge),
        FaultRow(
            name: "no end",
            fault: ["kind": "endless"],
            verbs: [.get, .delete, .watch],
            reason: .responseTooLarge
        ),
    ]

    static let spoiled: [FaultRow] = [
        FaultRow(name: "not JSON", fault: ["kind": "malformed"], reason: .malformedResponse),
        FaultRow(name: "half of the JSON", fault: ["kind": "truncated"], reason: .malformedResponse),
        FaultRow(name: "another kind", fault: ["kind": "otherKind"], reason: .malformedResponse),
        FaultRow(
            name: "another name",
            fault: ["kind": "wrongName"],
            reason: .malformedResponse,
            says: "somebody-else"
        ),
    ]
}

@Suite("What a client makes of an answer")
struct ClusterClientFaultTests {
    private func check(_ row: FaultRow, timeout: Duration = .seconds(30)) async throws {
        let bench = try FleetBench(timeout: timeout)
        try bench.fault(row.fault)
        for verb in row.verbs {
            let failure = await bench.failure(of: verb)
            #expect(failure?.reason == row.reason, "\(verb)")
            #expect(failure?.retryAfter == row.retryAfter, "\(verb)")
            #expect(
                row.says.isEmpty || failure?.message.contains(row.says) == true,
                "\(verb): \(failure?.message ?? "")"
            )
            if row.reason == .forbidden {
                #expect(failure?.message.contains("403 on \(verb.rawValue)") == true)
            }
        }
        #expect(await eventually { bench.transport.exchangesInFlight == 0 })
    }

    @Test("each status that is no success has its reason, for each verb", arguments: FaultRow.status)
    func statuses(row: FaultRow) async throws { try await check(row) }

    @Test("a server in trouble that does not say when to come back", arguments: FaultRow.troubles)
    func troubles(row: FaultRow) async throws { try await check(row) }

    @Test("a server that asks to be left alone, however it says so", arguments: FaultRow.throttles)
    func throttles(row: FaultRow) async throws { try await check(row) }

    @Test("a road that breaks, and answers that are too large", arguments: FaultRow.roads)
    func roads(row: FaultRow) async throws { try await check(row) }

    @Test(
        "the answer to a creation has to be the DaemonSet, and so has that to a look",
        arguments: FaultRow.spoiled
    )
    func spoiled(row: FaultRow) async throws {
        let bench = try FleetBench()
        try bench.fault(row.fault)
        for verb in [FleetBench.Verb.create, .get] {
            let failure = await bench.failure(of: verb)
            #expect(failure?.reason == row.reason, "\(verb)")
            #expect(row.says.isEmpty || failure?.message.contains(row.says) == true)
        }
    }

    @Test(
        "a deletion counts only when the answer says that it is done",
        arguments: ["malformed", "truncated", "otherKind"]
    )
    func spoiledDeletion(kind: String) async throws {
        let bench = try FleetBench()
        guard
            case .created(let created) = try await bench.client().create(
                bench.desired.body(),
                name: bench.desired.baseName
            )
        else {
            return
        }
        try bench.fault(["kind": .string(kind)])
        let failure = await failure { () async throws(Failure) in try await bench.delete(created.uid) }
        #expect(failure?.reason == .malformedResponse)
    }

    @Test("a server that is silent, or drips, is a time-out", arguments: ["never", "drip"])
    func timeouts(kind: String) async throws {
        let bench = try FleetBench(timeout: .milliseconds(300))
        _ = try await bench.tokens.token()
        try bench.fault(["kind": .string(kind)])
        for verb in [FleetBench.Verb.get, .create, .delete] {
            #expect(await bench.failure(of: verb)?.reason == .timeout, "\(verb)")
        }
        if kind == "never" { #expect(await bench.failure(of: .watch)?.reason == .timeout) }
        #expect(await eventually { bench.transport.exchangesInFlight == 0 })
    }

    @Test("401 leads to one fresh token and one more try, and to no more tokens for a minute")
    func unauthorized() async throws {
        let bench = try FleetBench()
        try bench.fault(["kind": "status", "status": 401, "body": "empty"])
        let failure = await bench.failure(of: .get)
        #expect(failure?.reason == .unauthorized)
        #expect(bench.counts.get == 2)
        #expect(bench.counts.token == 2)
        for verb in FleetBench.Verb.allCases {
            #expect(await bench.failure(of: verb)?.reason == .unauthorized)
        }
        #expect(bench.counts.token == 2)
        #expect(bench.counts.total == 2 + 2 + 4 * 2)
    }

    @Test("a token that is refused once is replaced, and the one that works is kept")
    func refusedOnce() async throws {
        let bench = try FleetBench()
        _ = try await bench.client().observe(bench.desired.baseName)
        bench.fleet.control("POST", "/control/tokens", ["action": "revokeAll"])
        #expect(try await bench.client().observe(bench.desired.baseName).daemonSet == nil)
        #expect(try await bench.client().observe(bench.desired.baseName).daemonSet == nil)
        // The refused one and its second try, and then no more of that.
        #expect(bench.counts.get == 1 + 2 + 1)
        #expect(bench.counts.token == 2)
    }

    @Test("a watch with a token that is refused is begun again with another")
    func refusedWatch() async throws {
        let bench = try FleetBench()
        _ = try await bench.client().create(bench.desired.body(), name: bench.desired.baseName)
        bench.fleet.control("POST", "/control/tokens", ["action": "revokeAll"])
        let events = Recorded<WatchEvent>()
        try await bench.client().watch(bench.desired.baseName, from: "0", seconds: 20) {
            events.add($0)
            return false
        }
        #expect(events.count == 1)
        #expect(bench.counts.watch == 2)
    }

    @Test("a user who is not known stays so, and takes nobody's token away")
    func unknownUser() async throws {
        let bench = try FleetBench()
        #expect(await bench.failure(of: .get, user: "nobody")?.reason == .unauthorized)
        #expect(try await bench.client().observe(bench.desired.baseName).daemonSet == nil)
        #expect(bench.counts.get == 3)
        #expect(bench.counts.token == 2)
    }

    @Test("a provider that refuses is told as it is, without the secret")
    func noToken() async throws {
        let bench = try FleetBench(secret: "wrong-secret")
        let failure = await bench.failure(of: .get)
        #expect(failure?.reason == .tokenUnavailable)
        #expect(failure?.message.contains("401: unauthorized_error") == true)
        #expect(failure?.message.contains("wrong-secret") == false)
        #expect(bench.counts.get == 0)
        #expect(await bench.failure(of: .get)?.reason == .tokenUnavailable)
        #expect(bench.counts.token == 1)
    }

    @Test("a redirect is not followed, and nobody at its end sees a token")
    func redirect() async throws {
        let bench = try FleetBench()
        let trap = "http://127.0.0.1:\(bench.fleet.controlPort)/trap/x"
        try bench.fault(["kind": "redirect", "location": .string(trap)])
        for verb in FleetBench.Verb.allCases { #expect(await bench.failure(of: verb)?.reason == .redirect) }
        #expect(text(bench.fleet.control("GET", "/control/trap").body) == "{\"requests\":[]}")
    }

    @Test("an unknown target cluster is a fault of the road")
    func unknownTarget() async throws {
        let bench = try FleetBench()
        try bench.set(["target": "unknown"])
        for verb in FleetBench.Verb.allCases {
            #expect(await bench.failure(of: verb)?.reason == .proxyNotFound)
        }
    }

    @Test("a namespace that is missing is named as such where the cluster says so, and 401 behind the proxy")
    func namespace() async throws {
        let bench = try FleetBench()
        try bench.set(["namespace": "missingInCluster"])
        let failure = await bench.failure(of: .create)
        #expect(failure?.reason == .namespaceMissing)
        #expect(failure?.message.contains(bench.desired.namespace) == true)
        // An API server says of a DaemonSet in a missing namespace that it does not exist.
        #expect(try await bench.client().observe(bench.desired.baseName).daemonSet == nil)
        try bench.set(["namespace": "missing"])
        #expect(await bench.failure(of: .get)?.reason == .unauthorized)
    }

    @Test("warnings are heard, those of failures too")
    func warnings() async throws {
        let bench = try FleetBench()
        try bench.fault([
            "kind": "delay", "headers": ["Warning": "299 - \"would violate PodSecurity\""], "count": 1,
        ])
        _ = try await bench.client().create(bench.desired.body(), name: bench.desired.baseName)
        try bench.fault(["kind": "status", "status": 422, "headers": ["Warning": "299 - \"again\""]])
        _ = await bench.failure(of: .create)
        #expect(bench.warnings.all == ["would violate PodSecurity", "again"])
    }
}
