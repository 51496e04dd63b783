import Synchronization
import TestSupport
import Testing

@testable import Operations
@testable import PullerCore
@testable import WorkerPool

@Suite("A line of the log")
struct LogLineTests {
    /// 2026-11-22T21:29:00.000Z
    private let wallTime = 1_795_382_940.0

    private func line(_ event: PoolEvent, _ shape: LogShape = .pairs) -> String {
        LogLine(event, wallTime: wallTime, shape: shape).text
    }

    private static func round(_ outcome: RoundOutcome) -> PoolEvent.What {
        .round(
            PoolEvent.RoundReport(
                outcome: outcome,
                baseName: "cache",
                duration: .milliseconds(1250),
                nextCheck: .seconds(3600)
            )
        )
    }

    private let full = PoolEvent(
        Self.round(
            .unready(
                Standing(
                    slot: .alternate,
                    health: Health(.degraded, ready: 74, desired: 75),
                    beside: .init(
                        slot: .primary,
                        health: Health(.ready, ready: 75, desired: 75),
                        since: .milliseconds(90500),
                        finalizers: []
                    )
                )
            )
        ),
        .user("joe & co")
    )

    @Test("is key=value pairs in a fixed order")
    func text() {
        #expect(
            line(full)
                == "time=2026-11-22T21:29:00.000Z level=warning event=unready user=\"joe & co\" reason=Degraded "
                + "ready=74 desired=75 beside_ready=75 beside_desired=75 beside_seconds=90.5 duration_seconds=1.25 "
                + "next_check_seconds=3600.0 "
                + "message=\"74/75 nodes are ready in cache-b; cache (75/75) has stood beside it for 1 min\""
        )
        #expect(
            line(PoolEvent(.started("hello")))
                == "time=2026-11-22T21:29:00.000Z level=info event=started message=hello"
        )
    }

    @Test("is one JSON object with the same fields")
    func json() {
        #expect(
            line(full, .json)
                == "{\"time\":\"2026-11-22T21:29:00.000Z\",\"level\":\"warning\",\"event\":\"unready\","
                + "\"user\":\"joe & co\",\"reason\":\"Degraded\",\"ready\":74,\"desired\":75,"
                + "\"beside_ready\":75,\"beside_desired\":75,\"beside_seconds\":90.5,"
                + "\"duration_seconds\":1.25,\"next_check_seconds\":3600.0,"
                + "\"message\":\"74/75 nodes are ready in cache-b; cache (75/75) has stood beside it for 1 min\"}"
        )
        #expect(
            line(PoolEvent(.warning("")), .json)
                == "{\"time\":\"2026-11-22T21:29:00.000Z\",\"level\":\"warning\",\"event\":\"warning\",\"reason\":\"Configuration\",\"message\":\"\"}"
        )
    }

    @Test("has the failures in a row and since when as fields, the time as the time of the line is")
    func failures() {
        var report = PoolEvent.RoundReport(
            outcome: .failed(Failure(.forbidden, "m")),
            baseName: "cache",
            duration: .zero,
            nextCheck: .seconds(60)
        )
        report.failures = 4
        report.failingFor = .seconds(3600)
        report.unreadyFor = .seconds(7200)
        let failed = PoolEvent(.round(report), .user("jane"))
        #expect(
            line(failed)
                == "time=2026-11-22T21:29:00.000Z level=warning event=failed user=jane reason=Forbidden failures=4 "
                + "failing_since=2026-11-22T20:29:00.000Z duration_seconds=0.0 next_check_seconds=60.0 message=m"
        )
        #expect(line(failed, .json).contains(#""failures":4,"failing_since":"2026-11-22T20:29:00.000Z","#))
        report.outcome = .unready(Standing(slot: .primary, health: Health(.noNodes, ready: 0, desired: 0)))
        report.failures = 0
        report.failingFor = nil
        #expect(
            line(PoolEvent(.round(report))).contains(
                " reason=NoNodes unready_since=2026-11-22T19:29:00.000Z ready=0 desired=0 "
            )
        )
    }

    @Test(
        "has the figures of what several clusters share, of the whole pool and of the users' file as fields"
    )
    func figures() {
        let share = PoolEvent.Share(clusters: 57, all: 500, users: "jane, joe and 55 more")
        func fault(_ phase: PoolEvent.SharedFault.Phase) -> PoolEvent {
            let fault = PoolEvent.SharedFault(
                phase: phase,
                reason: "Unreachable",
                isFailing: true,
                text: "no route",
                share: share,
                age: .seconds(480)
            )
            return PoolEvent(.fault(fault))
        }
        #expect(
            line(fault(.began)).hasSuffix(
                " level=warning event=fault reason=Unreachable state=began clusters=57 of=500 "
                    + "users=\"jane, joe and 55 more\" failing_since=2026-11-22T21:21:00.000Z "
                    + "message=\"57 of 500 clusters fail in the same way; their own lines are at level debug until this "
                    + "is over: no route\""
            )
        )
        #expect(
            line(fault(.over(recovered: 443)), .json).hasSuffix(
                #""level":"info","event":"fault","reason":"Unreachable","state":"over","recovered":443,"#
                    + #""remaining":57,"of":500,"lasted_seconds":480.0,"message":"over after 8 min: 443 clusters "#
                    + #"recovered, 57 not yet. It was: no route"}"#
            )
        )
        let digest = PoolEvent.Digest(
            reason: "NoNodes",
            isFailing: false,
            share: share,
            longest: .seconds(3600)
        )
        #expect(
            line(PoolEvent(.digest(digest))).contains(
                " level=warning event=digest reason=NoNodes clusters=57 of=500 users=\"jane, joe and 55 more\" "
                    + "longest_since=2026-11-22T20:29:00.000Z message="
            )
        )
        let summary = PoolEvent.Summary(clusters: 500, ready: 440, unready: 40, failing: 17)
        #expect(
            line(PoolEvent(.summary(summary)), .json).contains(
                #""clusters":500,"ready":440,"unready":40,"failing":17,"waiting":3,"#
            )
        )
        #expect(
            line(PoolEvent(.users(.changed(added: 1, removed: 0)))).hasSuffix(
                " event=users added=1 removed=0 message=\"1 user added\""
            )
        )
        let braked = PoolEvent(.users(.braked(path: "/users", RemovalCount(removed: 5, of: 9), "m")))
        #expect(line(braked).contains(" level=error event=users reason=Brake removed=5 of=9 "))
        #expect(
            line(PoolEvent(.linesDropped(1))).contains(
                " reason=LinesDropped lines=1 message=\"1 log line dropped, because the reader of the log was too slow\""
            )
        )
    }

    @Test(
        "says why the DaemonSet that stands is not the right one, what holds the other one, and what is in the way"
    )
    func standing() {
        let standing = Standing(
            slot: .primary,
            health: Health(.ready, ready: 3, desired: 3),
            outdated: .newConfiguration,
            beside: .init(
                slot: .alternate,
                health: Health(.degraded, ready: 1, desired: 3),
                since: .seconds(30),
                finalizers: ["example.com/hold"]
            ),
            obstacle: "cache-b is another owner's"
        )
        let line = line(PoolEvent(Self.round(.unready(standing))))
        #expect(
            line.hasSuffix(
                "message=\"cache stays for now, although the configuration changed: 3/3 nodes are ready in cache; "
                    + "cache-b (1/3) has stood beside it for 0 min, being deleted, held by the finalizers "
                    + "example.com/hold; the next replacement would be refused: cache-b is another owner's\""
            ),
            "\(line)"
        )
        #expect(line.contains(" reason=Outdated "))
    }

    @Test("names the outcome of a replacement")
    func replacements() {
        let event = PoolEvent(.created(name: "cache-b", beside: .refresh))
        #expect(line(event).contains(" event=replacing reason=Refresh "))
        let replaced = PoolEvent(.replaced(.newConfiguration, old: "cache", new: "cache-b"))
        #expect(line(replaced).contains(" level=info event=replaced reason=Drift "))
        let steppedBack = PoolEvent(.steppedBack(.harm, new: "cache-b", old: "cache"))
        #expect(line(steppedBack).contains(" level=warning event=stepped-back reason=Harm "))
    }

    @Test(
        "quotes what is not one plain word",
        arguments: [
            ("plain", "plain"), ("a/b:c-d_e.f@g", "a/b:c-d_e.f@g"), ("", "\"\""),
            ("two words", "\"two words\""),
            ("a=b", "\"a=b\""), ("say \"hi\"", "\"say \\\"hi\\\"\""), ("back\\slash", "\"back\\\\slash\""),
            ("ü", "\"ü\""),
        ]
    )
    func quoting(value: String, shown: String) {
        #expect(
            line(PoolEvent(.warning("m"), .user(value))).contains(
                " user=\(shown) reason=Configuration message=m"
            )
        )
        #expect(line(PoolEvent(.warning(value))).hasSuffix(" message=\(shown)"))
    }

    /// Texts that try to forge a line or a field, or to move a terminal's cursor.
    private static let attacks = [
        "x\nlevel=info event=ready", "x\r\n{\"event\":\"ready\"}", "x\u{2028}y\u{2029}z", "x\u{85}y",
        "x\u{0}y",
        "\u{1b}[2J\u{1b}[31mred", "x\u{9b}31m", "right\u{202e}tfel", "zero\u{200b}width", "\u{7f}\u{8}\u{8}",
        "a\tb",
        "x\" event=ready y=\"", "x\",\"event\":\"ready\",\"y\":\"", "\\\" event=ready", "x event=ready",
        "\u{feff}bom",
    ]

    @Test(
        "cannot be broken, or continued on another line, by what a user or a server says",
        arguments: attacks
    )
    func injection(attack: String) {
        for event in [
            PoolEvent(.warning("m"), .user(attack)), PoolEvent(.warning(attack)),
            PoolEvent(.stopping(signal: attack)),
        ] {
            let columns = LogColumns(hasUsers: true, isColored: false)
            for shape in [LogShape.pairs, .json, .columns(columns)] {
                let line = line(event, shape)
                let isPrintable = line.unicodeScalars.allSatisfy { scalar in
                    switch scalar.properties.generalCategory {
                    case .control, .format, .lineSeparator, .paragraphSeparator: false
                    default: true
                    }
                }
                #expect(isPrintable)
            }
            // As a reader of logfmt sees it, there is one event and one message.
            let keys = Self.keys(of: line(event))
            #expect(keys.filter { $0 == "event" }.count == 1)
            #expect(Set(keys).isSubset(of: ["time", "level", "event", "user", "reason", "message"]))
        }
    }

    /// The keys of a line of `key=value` pairs, whose values may be in quotes.
    private static func keys(of line: String) -> [String] {
        var keys: [String] = []
        var key = ""
        var isKey = true
        var isQuoted = false
        var isEscaped = false
        for character in line {
            if isEscaped {
                isEscaped = false
            } else if isQuoted {
                if character == "\\" { isEscaped = true }
                if character == "\"" { isQuoted = false }
            } else if character == "\"" {
                isQuoted = true
            } else if character == " " {
                isKey = true
                key = ""
            } else if character == "=", isKey {
                isKey = false
                keys.append(key)
            } else {
                key.append(character)
            }
        }
        return keys
    }

    @Test("has an end, however long a text is")
    func length() {
        let endless = String(repeating: "x", count: 1_000_000)
        #expect(line(PoolEvent(.warning(endless), .user(endless))).utf8.count < 8000)
        #expect(line(PoolEvent(.warning(endless), .user(endless)), .json).utf8.count < 8000)
    }
}

@Suite("The log")
struct EventLogTests {
    private final class Text: Sendable {
        private let text = Mutex("")

        func add(_ bytes: [UInt8]) { text.withLock { $0 += String(decoding: bytes, as: UTF8.self) } }

        var lines: [String] { text.withLock { $0 }.split(separator: "\n").map { String($0) } }
    }

    private func lines(_ settings: LogSettings, at time: Double = 1_795_382_940.5, _ events: [PoolEvent])
        -> [String]
    {
        let text = Text()
        let log = EventLog(
            settings: settings,
            shape: LogShape(settings.format, on: .none, hasUsers: false),
            wallTime: { time },
            write: { text.add($0) }
        )
        for event in events { log.log(event) }
        log.finish(within: 60)
        return text.lines
    }

    private func settings(_ level: LogLevel, _ format: LogSettings.Format = .text) throws -> LogSettings {
        var settings = try Configuration.sample().log
        settings.level = level
        settings.format = format
        return settings
    }

    @Test("has only what matters enough")
    func levels() throws {
        let events = [
            PoolEvent(.progress(Health(.degraded, ready: 1, desired: 2))), PoolEvent(.started("m")),
            PoolEvent(.warning("m")),
            PoolEvent(.users(.braked(path: "/users", RemovalCount(removed: 5, of: 9), "m"))),
        ]
        #expect(events.map(\.level) == LogLevel.allCases)
        for (count, level) in LogLevel.allCases.reversed().enumerated() {
            let lines = lines(try settings(level), events)
            #expect(lines.count == count + 1)
            #expect(lines.first?.contains("level=\(level.rawValue) ") == true)
        }
    }

    @Test("has the wall time with milliseconds")
    func time() throws {
        let line = lines(try settings(.info), [PoolEvent(.started("m"))]).first
        #expect(line == "time=2026-11-22T21:29:00.500Z level=info event=started message=m")
        let first = lines(try settings(.info), at: 0.0625, [PoolEvent(.started("m"))]).first
        #expect(first?.hasPrefix("time=1970-01-01T00:00:00.062Z ") == true)
    }

    @Test("has each line in the format that was asked for")
    func formats() throws {
        let event = PoolEvent(.started("m"))
        #expect(lines(try settings(.info, .json), [event]).first?.hasPrefix("{\"time\":\"2026-") == true)
        #expect(lines(try settings(.info, .text), [event]).first?.hasPrefix("time=2026-") == true)
        #expect(
            lines(try settings(.info, .console), [event]).first?.hasPrefix("21:29:00 INFO  started ") == true
        )
    }
}
