import Foundation
import TestSupport
import Testing

/// The real executable against the mock fleet: 200 users, those of one row of the table in `docs/reliability.md` with a
/// fault each.
@Suite("One user's fault", .serialized)
struct IsolationTests {
    private static let puller = "kubernetes-image-puller"
    private static let users = (1...200).map { "user-\($0)" }

    /// The fleet and the puller of one run.
    private final class Run: Sendable {
        let fleet: MockFleetProcess
        let process: RunningProcess

        init(_ row: IsolationRow?) async throws {
            fleet = try await MockFleetProcess([
                "--users", "\(users.count)", "--pull-ms", "50", "--pull-spread-ms", "50",
            ])
            for (user, faulty) in zip(users, row?.faulty ?? []) {
                for step in faulty.before { try await IsolationTests.take(step, user, fleet, nil) }
            }
            process = try RunningProcess(
                puller,
                // The requests of rounds are counted.
                environment: fleet.environment(
                    users: users,
                    ["WATCH_CLUSTERS": "0"].merging(row?.environment ?? [:]) { $1 }
                )
            )
        }

        deinit { process.end() }

        /// The users whose clusters were said to be ready.
        var ready: Set<String> {
            var ready: Set<String> = []
            for line in process.lines where line.contains(" event=ready ") {
                if let user = line.firstMatch(of: #/ user=(\S+) /#)?.output.1 { ready.insert(String(user)) }
            }
            return ready
        }

        func waitUntilReady(_ wanted: some Collection<String>, _ what: String) async throws {
            try await poll(
                within: .seconds(180),
                "ready \(what); the log ends:\n\(process.text.suffix(2000))"
            ) {
                ready.isSuperset(of: wanted)
            }
        }

        /// Each user's requests, by verb.
        func requests(of users: some Collection<String>) async throws -> [String: MockFleetProcess.Counts] {
            let wanted = Set(users)
            let all = try await fleet.users().filter { wanted.contains($0.user) }
            return Dictionary(uniqueKeysWithValues: all.map { ($0.user, $0.counts) })
        }
    }

    /// Each user's requests in a run without any fault.
    private static let faultless = Task {
        let run = try await Run(nil)
        try await run.waitUntilReady(users, "clusters without a fault")
        return try await run.requests(of: users)
    }

    /// The DaemonSet that the puller would create.
    private static let manifest = Task {
        let fleet = try await MockFleetProcess(["--users", "1"])
        let process = try RunningProcess(
            puller,
            ["manifest"],
            environment: fleet.environment(users: ["user-1"])
        )
        _ = try await process.exitCode()
        return process.text
    }

    @Test(
        "is reported for that user only, and changes no request to other clusters",
        arguments: IsolationRow.all
    )
    func affectsNoOther(row: IsolationRow) async throws {
        let faultless = try await Self.faultless.value
        let run = try await Run(row)
        let faulty = Array(zip(Self.users, row.faulty))
        let healthy = Self.users.dropFirst(faulty.count)

        try await run.waitUntilReady(healthy, "clusters beside those with \(row.name)")
        for (user, faulty) in faulty {
            for step in faulty.during { try await Self.take(step, user, run.fleet, run.process) }
            if !faulty.lifted.isEmpty {
                #expect(!run.ready.contains(user), "\(faulty.fault): ready although the fault lasts")
            }
        }
        for (user, faulty) in faulty {
            for step in faulty.lifted { try await Self.take(step, user, run.fleet, run.process) }
        }
        try await run.waitUntilReady(Self.users, "clusters after \(row.name)")

        // Meanwhile, the others received exactly the requests that they receive without the fault.
        let requests = try await run.requests(of: healthy)
        let different = healthy.filter { requests[$0] != faultless[$0] }
        #expect(different == [], "\(different.map { "\($0): \(String(describing: requests[$0]))" })")
        #expect(try await run.fleet.counts().token == row.tokens)
        #expect(try await run.fleet.trapped() == 0, "a redirect was followed")
        #expect(run.process.isRunning)
    }

    @Test(
        "delays no other user: 50 healthy clusters are ready before the first request to 150 silent ones times out"
    )
    func silence() async throws {
        let silent = FaultyUser(fault: "never answers", before: [.fault(.init(kind: "never"))], during: [])
        let row = IsolationRow(
            name: "150 silent users",
            environment: ["REQUEST_TIMEOUT_SECONDS": "60"],
            faulty: [FaultyUser](repeating: silent, count: 150)
        )
        let run = try await Run(row)
        let began = ContinuousClock.now
        try await run.waitUntilReady(Self.users.dropFirst(150), "clusters beside 150 silent ones")
        print("50 clusters are ready beside 150 silent ones after \(began.duration(to: .now))")
        #expect(!run.process.text.contains("event=failed"))
        try await poll(within: .seconds(180), "a request to each silent cluster") {
            try await run.requests(of: Self.users.prefix(150)).values.allSatisfy { $0.get == 1 }
        }
    }

    private static func take(
        _ step: Step,
        _ user: String,
        _ fleet: MockFleetProcess,
        _ process: RunningProcess?
    ) async throws {
        switch step {
        case .fault(var fault):
            if fault.kind == "redirect" { fault.location = fleet.trapURL }
            try await fleet.addFault(fault, user: user)
        case .clearFaults: try await fleet.clearFaults(user: user)
        case .set(let settings): try await fleet.configure(settings, user: user)
        case .act(let action): try await fleet.act(action, user: user)
        case .putOurs(let age):
            let object = try await manifest.value
            let action = #"{"action":"putDaemonSet","object":\#(object),"ageSeconds":\#(age)}"#
            try await fleet.act(action, user: user)
        case .allReady:
            try await poll(within: .seconds(180), "\(user): all nodes are ready") {
                let daemonSets = try await fleet.user(user).daemonSets
                return !daemonSets.isEmpty
                    && daemonSets.allSatisfy { $0.desired > 0 && $0.ready == $0.desired }
            }
        case .says(let parts):
            _ = try await line(process, [" user=\(user) "] + parts)
        case .nextCheck(let reason, let range):
            let line = try await line(process, [" user=\(user) ", " reason=\(reason) "])
            let seconds = line.firstMatch(of: /next_check_seconds=([0-9.]+)/)?.output.1
            #expect(range.contains(try #require(seconds.flatMap { Double($0) })), "\(line)")
        case .until(let what, let isSo):
            try await poll(within: .seconds(180), "\(user): \(what)") {
                try await isSo(fleet.user(user).counts)
            }
        case .check(let what, let isSo):
            let counts = try await fleet.user(user).counts
            #expect(isSo(counts), "\(user): not \(what) but \(counts)")
        }
    }

    private static func line(_ process: RunningProcess?, _ parts: [String]) async throws -> String {
        let process = try #require(process)
        var found: String?
        try await poll(
            within: .seconds(60),
            "line with \(parts); there are:\n\(process.lines.filter { $0.contains(parts[0]) }.suffix(10))"
        ) {
            found = process.lines.first { line in parts.allSatisfy { line.contains($0) } }
            return found != nil
        }
        return try #require(found)
    }
}

extension IsolationRow: CustomTestStringConvertible {
    var testDescription: String { name }
}
