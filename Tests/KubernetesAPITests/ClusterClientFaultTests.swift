import MockFleet
import PullerCore
import TestSupport
import Testing

@testable import KubernetesAPI

@Suite("A client reads an answer:")
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

    @Test("each unsuccessful status has its reason, for each verb", arguments: FaultRow.status)
    func statuses(row: FaultRow) async throws { try await check(row) }

    @Test("each refusal has its reason and its text, and has had no effect", arguments: FaultRow.refusals)
    func refusals(row: FaultRow) async throws {
        try await check(row)
        let bench = try FleetBench()
        try bench.fault(row.fault)
        for verb in row.verbs { #expect(await bench.failure(of: verb)?.leavesOpen == false) }
    }

    @Test("429 and 5xx without Retry-After are server errors", arguments: FaultRow.troubles)
    func troubles(row: FaultRow) async throws { try await check(row) }

    @Test(
        "429 and 503 with Retry-After are throttling, whatever form the value has",
        arguments: FaultRow.throttles
    )
    func throttles(row: FaultRow) async throws { try await check(row) }

    @Test(
        "a connection that breaks, and an answer that is too large, name the server",
        arguments: FaultRow.roads
    )
    func roads(row: FaultRow) async throws {
        var row = row
        row.says = "http://127.0.0.1:"
        try await check(row)
    }

    @Test(
        "the answer to a creation or a read has to be the DaemonSet",
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

    @Test("a server that is silent, or sends a byte at a time, is a timeout", arguments: ["never", "drip"])
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

    @Test("a redirect is not followed, and its target gets no token")
    func redirect() async throws {
        let bench = try FleetBench()
        let trap = "http://127.0.0.1:\(bench.fleet.controlPort)/trap/x"
        try bench.fault(["kind": "redirect", "location": .string(trap)])
        for verb in FleetBench.Verb.allCases { #expect(await bench.failure(of: verb)?.reason == .redirect) }
        #expect(text(bench.fleet.control("GET", "/control/trap").body) == "{\"requests\":[]}")
    }

    @Test("an unknown target cluster is ProxyNotFound for each verb")
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

    @Test("the warnings of an answer are passed on, also those of a failure")
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
