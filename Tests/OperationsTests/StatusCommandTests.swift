import Foundation
import PullerCore
import Synchronization
import TestSupport
import Testing
import Timing

@testable import Operations

@Suite("The command status")
struct StatusCommandTests {
    private let console = ScriptedConsole()
    private let simulation = Simulation()
    private let output = Recorded<String>()
    private let errors = Recorded<String>()

    private var printed: String { output.all.joined() }
    private var told: String { errors.all.joined() }

    private func command(
        _ arguments: String...,
        columns: Int? = nil,
        on traits: TerminalTraits = .none
    ) throws -> StatusCommand {
        guard case .success(.status(let parsed)) = CommandLineArguments.parse(["status"] + arguments) else {
            throw RunningProcess.Problem("the arguments are not understood")
        }
        let terminal = TerminalTraits(isTerminal: columns != nil, environment: [:]) { columns }
        let (output, errors) = (output, errors)
        return StatusCommand(
            parsed,
            get: console.get,
            clock: simulation.clock,
            output: .init(terminal) { output.add($0) },
            errors: .init(traits) { errors.add($0) }
        )
    }

    private func outcome(_ command: StatusCommand) async -> StatusCommand.Outcome { await command.run() }

    @Test("prints those in trouble first, in columns, and sums up on standard error")
    func table() async throws {
        console.change {
            $0.set("anna", "ready")
            $0.set("berta", "waiting", ready: 0)
            $0.set("joe", "failing", reason: "Unreachable", ready: 2)
            $0.set("carl", "unready", reason: "Degraded", ready: 1)
        }
        #expect(await outcome(try command()) == .notReady)
        #expect(
            printed == """
                NAME    STATE     READY   SINCE   REASON
                joe     failing   2/3     5m      Unreachable
                carl    unready   1/3     5m      Degraded
                berta   waiting   0/3     5m      -
                anna    ready     3/3     5m      -

                """
        )
        #expect(told == "1 of 4 clusters is ready; 1 failing, 1 not ready, 1 not checked yet\n")
    }

    @Test("succeeds when all are ready, and does not when there are none")
    func success() async throws {
        #expect(await outcome(try command()) == .notReady)
        #expect(told == "the puller has no clusters\n")
        #expect(printed.isEmpty)
        console.change { $0.set("anna", "ready") }
        #expect(await outcome(try command()) == .ready)
    }

    @Test("says what clusters share before the table, in one line")
    func faults() async throws {
        console.change {
            $0.set("joe", "failing", reason: "Unreachable")
            $0.faults = """
                [{"reason":"Unreachable","state":"failing","message":"no\\nroute","clusters":450,"of":500,\
                "since":"2026-11-22T18:09:00.000Z"}]
                """
        }
        #expect(await outcome(try command()) == .notReady)
        #expect(
            errors.all.first
                == "450 of 500 clusters fail in the same way, for 3h20m: Unreachable: no\\nroute\n"
        )
    }

    @Test("says before the table which file changes nothing at present, and why")
    func files() async throws {
        console.change {
            $0.set("anna", "ready")
            $0.files =
                #"[{"file":"users","path":"/users","braked":true,"message":"it lacks 90 of 100 users"}]"#
        }
        #expect(await outcome(try command()) == .ready)
        #expect(errors.all.first == "/users changes nothing: it lacks 90 of 100 users\n")
    }

    @Test("prints more columns when asked to, and cuts the message to what the terminal has room for")
    func wide() async throws {
        var joe = ClusterDocument(name: "joe", state: "failing")
        joe.reason = "Unreachable"
        joe.message = "no route to host " + String(repeating: "x", count: 1000)
        joe.since = "2026-11-20T21:29:00Z"
        joe.activity = "queued"
        joe.stuck = true
        joe.nextCheck = "2026-11-22T21:30:30.000Z"
        console.change { $0.set(joe) }
        _ = await outcome(try command("-o", "wide", columns: 110))
        let lines = printed.split(separator: "\n")
        #expect(
            lines.first
                == "NAME   STATE                  READY   SINCE   REASON        LAST SUCCESS   NEXT CHECK   MESSAGE"
        )
        #expect(
            lines.last?.hasPrefix(
                "joe    failing,queued,stuck   -       2d      Unreachable   never          90s          no route to"
            ) == true
        )
        #expect(lines.last?.count == 110)
        _ = await outcome(try command("-o", "wide"))
        #expect(printed.split(separator: "\n").last?.count == 389)
    }

    @Test(
        "prints what a cold start would have cost where that is known, and no column where it is of no cluster"
    )
    func coldStart() async throws {
        console.change {
            for (name, seconds) in [("a", 0.349), ("b", 74.4), ("c", 125), ("d", nil), ("e", 1e300)] {
                var cluster = ClusterDocument(name: name, state: "ready")
                cluster.coldStartSeconds = seconds
                cluster.message = "m"
                $0.set(cluster)
            }
        }
        _ = await outcome(try command("-o", "wide"))
        let lines = printed.split(separator: "\n")
        #expect(lines.first?.hasSuffix("   LAST SUCCESS   NEXT CHECK   COLD START   MESSAGE") == true)
        #expect(
            lines.dropFirst().map { $0.split(separator: " ").suffix(2) } == [
                ["0.3s", "m"], ["74s", "m"], ["2m5s", "m"], ["-", "m"], ["31709y", "m"],
            ]
        )
        #expect(Set(lines.dropFirst().map(\.count)).count == 1)
        _ = await outcome(try command("-o", "table"))
        #expect(output.all.last?.contains("COLD") == false)
        _ = await outcome(try command("-o", "json"))
        #expect(output.all.last?.contains("\"coldStartSeconds\" : 74.4,") == true)
        console.change { state in state.clusters.keys.forEach { if $0 != "d" { state.remove($0) } } }
        _ = await outcome(try command("-o", "wide"))
        #expect(output.all.last?.contains("COLD") == false)
        _ = await outcome(try command("-o", "json"))
        #expect(output.all.last?.contains("coldStart") == false)
    }

    @Test("prints names alone, or one document with the clusters of all pages")
    func forms() async throws {
        console.change { state in
            state.pageSize = 2
            for name in ["a", "b", "c", "d", "e"] { state.set(name, name == "d" ? "failing" : "ready") }
        }
        _ = await outcome(try command("-o", "name"))
        #expect(printed == "d\na\nb\nc\ne\n")
        #expect(told.isEmpty)
        _ = await outcome(try command("-o", "json"))
        let json = try #require(output.all.last)
        let document = try JSONDecoder().decode(ClustersDocument.self, from: Data(json.utf8))
        #expect(document.clusters.map(\.name) == ["d", "a", "b", "c", "e"])
        #expect(json.contains("\"total\" : 5"))
    }

    @Test("does not miss a cluster that changes while the pages are read")
    func changingPages() async throws {
        console.change { state in
            state.pageSize = 1
            state.set("b", "ready")
            state.set("c", "ready")
            state.betweenPages = { state in
                state.set("a", "failing")
                state.remove("c")
            }
        }
        _ = await outcome(try command("-o", "name"))
        #expect(printed == "a\nb\n")
    }

    @Test("judges only the clusters that are named, and names those that are unknown")
    func named() async throws {
        console.change {
            $0.set("jane", "ready")
            $0.set("joe", "failing")
        }
        #expect(await outcome(try command("jane")) == .ready)
        #expect(await outcome(try command("jane", "joe")) == .notReady)
        #expect(
            await outcome(try command("jnae")) == .unknown("there is no cluster \"jnae\"; did you mean jane?")
        )
        #expect(await outcome(try command("--wait", "xaver")) == .unknown("there is no cluster \"xaver\""))
    }

    @Test(
        "sends no control characters to a terminal, whatever a name or a message holds",
        arguments: [
            "table", "wide", "json", "name",
        ]
    )
    func injection(form: String) async throws {
        var cluster = ClusterDocument(name: "a\u{1B}[2Jb\u{9B}c\u{202E}\n", state: "fail\u{7}ing")
        cluster.message = "x\u{1B}]0;title\u{7}\u{85}"
        cluster.reason = "\u{8}\u{200B}"
        cluster.activity = "\u{C}"
        console.change { $0.set(cluster) }
        _ = await outcome(try command("-o", form, columns: 200))
        let isPrintable = (printed + told).unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .control: scalar == "\n"
            case .format, .lineSeparator, .paragraphSeparator: false
            default: true
            }
        }
        #expect(isPrintable)
        #expect(!printed.isEmpty)
    }

    @Test("tells a puller that gives no answer from clusters that are not ready")
    func unavailable() async throws {
        console.change { $0.problem = StatusProblem("connection refused", mayPass: true) }
        #expect(await outcome(try command()) == .unavailable("connection refused"))
        #expect(await outcome(try command("--watch")) == .unavailable("connection refused"))
    }
}

@Suite("The command status that goes on")
struct StatusWaitTests {
    private let console = ScriptedConsole()
    private let simulation = Simulation()
    private let output = Recorded<String>()
    private let errors = Recorded<String>()
    private let outcome = Recorded<StatusCommand.Outcome>()

    private func start(_ arguments: String..., columns: Int? = nil) throws -> Task<Void, Never> {
        guard case .success(.status(let parsed)) = CommandLineArguments.parse(["status"] + arguments) else {
            throw RunningProcess.Problem("the arguments are not understood")
        }
        let terminal = TerminalTraits(isTerminal: columns != nil, environment: [:]) { columns }
        let (output, errors, outcome) = (output, errors, outcome)
        let command = StatusCommand(
            parsed,
            get: console.get,
            clock: simulation.clock,
            output: .init(.none) { output.add($0) },
            errors: .init(terminal) { errors.add($0) }
        )
        return simulation.start { outcome.add(await command.run()) }
    }

    @Test("keeps the columns of its titles while it watches")
    func coldStartLater() async throws {
        console.change { $0.set("joe", "waiting") }
        let task = try start("--watch", "-o", "wide")
        defer { task.cancel() }
        simulation.settle()
        console.change {
            var joe = ClusterDocument(name: "joe", state: "ready")
            joe.coldStartSeconds = 74
            $0.set(joe)
        }
        simulation.advance(by: .seconds(5))
        let printed = output.all.joined()
        #expect(printed.split(separator: "\n").count == 3)
        #expect(!printed.contains("COLD") && !printed.contains("74s"))
    }

    @Test("ends as soon as all clusters are ready, and not while there are none")
    func wait() throws {
        let task = try start("--wait")
        defer { task.cancel() }
        simulation.advance(by: .seconds(30))
        #expect(outcome.all.isEmpty)
        console.change {
            $0.set("a", "waiting")
            $0.set("b", "ready")
        }
        simulation.advance(by: .seconds(30))
        #expect(outcome.all.isEmpty)
        console.change { $0.set("a", "ready") }
        simulation.advance(by: .seconds(2))
        #expect(outcome.all == [.ready])
        #expect(
            errors.all.last == "2 of 2 clusters are ready, after 60s\n"
                || errors.all.last == "2 of 2 clusters are ready, after 62s\n"
        )
    }

    @Test("asks a puller again that gives no answer, until the time is up")
    func retries() throws {
        console.change { $0.problem = StatusProblem("connection refused", mayPass: true) }
        let task = try start("--wait", "--timeout", "1m")
        defer { task.cancel() }
        simulation.advance(by: .seconds(59))
        #expect(outcome.all.isEmpty)
        simulation.advance(by: .seconds(2))
        #expect(outcome.all == [.unavailable("not all clusters are ready after 60s: connection refused")])
    }

    @Test("ends at once when asking again cannot help")
    func refused() throws {
        console.change { $0.problem = StatusProblem("no token", mayPass: false) }
        _ = try start("--wait")
        simulation.settle()
        #expect(outcome.all == [.unavailable("no token")])
    }

    @Test("says at the end of its time which clusters are not ready, and why")
    func timeout() throws {
        console.change {
            $0.set("a", "ready")
            $0.set("b", "failing", reason: "Unreachable")
        }
        _ = try start("--wait", "--timeout=10s")
        simulation.advance(by: .seconds(11))
        #expect(outcome.all == [.notReady])
        let printed = output.all.joined()
        #expect(printed.contains("\nb      failing"))
        #expect(printed.contains("Unreachable"))
        #expect(!printed.contains("\na "))
        #expect(
            errors.all.last == "not all clusters are ready after 10s: 1 of 2 clusters is ready; 1 failing\n"
        )
    }

    @Test("writes lines at growing distance where there is no terminal")
    func lines() throws {
        console.change { $0.set("a", "failing") }
        let task = try start("--wait", "--timeout", "1h")
        defer { task.cancel() }
        simulation.advance(by: .seconds(3590))
        #expect((8...20).contains(errors.all.count))
        #expect(errors.all.first == "waiting (0s of 60m): 0 of 1 cluster is ready; 1 failing\n")
        #expect(errors.all.allSatisfy { !$0.contains("\u{1B}") && !$0.contains("\r") })
    }

    @Test(
        "draws one line again and again on a terminal, which never wraps, and clears it",
        arguments: [20, 40, 80, 200]
    )
    func bar(columns: Int) throws {
        console.change {
            $0.set("a", "failing")
            $0.set("b", "ready")
        }
        _ = try start("--wait", "--timeout", "10s", columns: columns)
        simulation.advance(by: .seconds(11))
        let bars = errors.all.filter { $0.hasPrefix("\r[") }
        #expect(bars.count >= 5)
        for bar in bars {
            let text = bar.dropFirst().dropLast("\u{1B}[K".count)
            #expect(textWidth(String(text)) < columns)
            #expect(!text.contains("\n"))
        }
        if columns == 200 {
            let expected = "\r[###############...............] 0s 1 of 2 clusters is ready; 1 failing\u{1B}[K"
            #expect(bars.first == expected)
        }
        #expect(errors.all.contains("\r\u{1B}[K"))
    }

    @Test("prints clusters again when they change, and asks only for what has changed")
    func watch() throws {
        console.change {
            $0.set("anna", "ready")
            $0.set("joe", "failing", reason: "Unreachable")
        }
        let task = try start("--watch")
        simulation.settle()
        #expect(output.all.joined().split(separator: "\n").count == 3)
        simulation.advance(by: .seconds(10))
        #expect(output.all.count == 1)
        console.change { $0.set("joe", "ready") }
        simulation.advance(by: .seconds(2))
        #expect(output.all.count == 2)
        #expect(output.all.last == "joe    ready     3/3     5m      -\n")
        #expect(
            console.asked.last == "/api/v1/clusters?limit=1000&since=2"
                || console.asked.last == "/api/v1/clusters?limit=1000&since=3"
        )
        // Another check that changes nothing that is shown.
        console.change { state in
            guard var anna = state.clusters["anna"]?.cluster else { return }
            anna.lastCheck = "2026-11-22T21:29:00.000Z"
            state.set(anna)
        }
        simulation.advance(by: .seconds(4))
        #expect(output.all.count == 2)
        console.change { $0.remove("anna") }
        simulation.advance(by: .seconds(4))
        #expect(output.all.last?.hasPrefix("anna   removed") == true)
        #expect(outcome.all.isEmpty)
        task.cancel()
        simulation.settle()
        #expect(outcome.all == [.notReady])
    }

    @Test("goes on watching when the puller is restarted, and prints what is different then")
    func restart() throws {
        console.change {
            $0.set("anna", "ready")
            $0.set("joe", "ready")
            $0.revision = 100
        }
        let task = try start("--watch")
        defer { task.cancel() }
        simulation.settle()
        console.change { $0.problem = StatusProblem("connection refused", mayPass: true) }
        simulation.advance(by: .seconds(20))
        #expect(errors.all == ["no answer, trying again: connection refused\n"])
        // A new process, which does not know its clusters yet.
        console.change {
            $0 = ScriptedConsole.State()
            $0.started = "2026-11-22T21:40:00.000Z"
        }
        simulation.advance(by: .seconds(2))
        #expect(output.all.count == 1)
        // It has reached the same revision, by another way.
        console.change { state in
            state = ScriptedConsole.State()
            state.started = "2026-11-22T21:40:00.000Z"
            state.set("joe", "failing", reason: "Unreachable")
            state.revision = 100
        }
        simulation.advance(by: .seconds(2))
        #expect(errors.all.last == "the puller answers again\n")
        #expect(
            output.all.suffix(2).map { $0.split(separator: " ").prefix(2) } == [
                ["joe", "failing"], ["anna", "removed"],
            ]
        )
    }
}

@Suite("Texts of the command status")
struct StatusTextTests {
    @Test(
        "ages are as kubectl prints them",
        arguments: [
            (-5, "0s"), (0, "0s"), (119, "119s"), (120, "2m"), (125, "2m5s"), (300, "5m"), (599, "9m59s"),
            (630, "10m"),
            (10_799, "179m"), (10_800, "3h"), (12_000, "3h20m"), (28_800, "8h"), (172_799, "47h"),
            (172_800, "2d"),
            (180_000, "2d2h"), (691_200, "8d"), (63_072_000, "2y"), (63_158_400, "2y1d"),
            (315_360_000, "10y"),
        ]
    )
    func ages(seconds: Int, text: String) {
        #expect(ageText(seconds: seconds) == text)
    }

    @Test(
        "times are read with a fraction and without",
        arguments: [
            ("2026-11-22T21:29:00.500Z", 1_795_382_940.5), ("2026-11-22T21:29:00Z", 1_795_382_940.0),
            ("yesterday", nil),
            (nil, nil),
        ] as [(String?, Double?)]
    )
    func times(text: String?, seconds: Double?) {
        #expect(apiSeconds(text) == seconds)
    }

    @Test(
        "an answer that is no document says what is wrong, and whether asking again may help",
        arguments: [
            (401, false, "http://c asks for a token: CONSOLE_TOKEN_FILE must name its file (401)", false),
            (401, true, "http://c refuses the token of CONSOLE_TOKEN_FILE (401)", false),
            (403, true, "http://c answered 403: too busy", false),
            (302, false, "http://c answered 302: redirects are not followed", false),
            (404, false, "http://c has no status API (404): is it the console of a puller?", false),
            (503, false, "http://c answered 503: too busy", true),
            (429, false, "http://c answered 429: too busy", true),
            (400, false, "http://c answered 400: too busy", false),
        ]
    )
    func problems(status: Int, hadToken: Bool, message: String, mayPass: Bool) {
        let problem = StatusProblem(
            status: status,
            origin: "http://c",
            said: #"{"error":"too busy"}"#,
            hadToken: hadToken
        )
        #expect(problem.message == message)
        #expect(problem.mayPass == mayPass)
    }
}
