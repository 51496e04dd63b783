import PullerCore
import Testing

@testable import Operations
@testable import WorkerPool

@Suite("A line of the log in columns")
struct LogColumnsTests {
    /// 2026-11-22T21:29:00.000Z
    private let wallTime = 1_795_382_940.0

    private func line(_ event: PoolEvent, hasUsers: Bool = true, isColored: Bool = false) -> String {
        let columns = LogColumns(hasUsers: hasUsers, isColored: isColored)
        return LogLine(event, wallTime: wallTime, shape: .columns(columns)).text
    }

    private func failed(_ user: String, _ message: String = "no route") -> PoolEvent {
        var report = PoolEvent.RoundReport(
            outcome: .failed(Failure(.unreachable, message)),
            baseName: "cache",
            duration: .milliseconds(1250),
            nextCheck: .seconds(60)
        )
        report.failures = 2
        return PoolEvent(.round(report), .user(user))
    }

    @Test("has the time of day, level, cluster, event with reason, message and figures")
    func order() {
        #expect(
            line(failed("jane"))
                == "21:29:00 WARN  jane             failed Unreachable   no route failures=2 duration_seconds=1.25 "
                + "next_check_seconds=60.0"
        )
        #expect(line(PoolEvent(.started("hello"))) == "21:29:00 INFO                   started              hello")
        #expect(line(PoolEvent(.started("hello")), hasUsers: false) == "21:29:00 INFO  started              hello")
    }

    @Test(
        "has its message in the same column, whatever the name of the cluster is",
        arguments: [
            "jane", String(repeating: "x", count: 300), "日本語日本語日本語日本語", "e\u{301}\u{301}lan", "👩🏽🚀", "a\u{1B}[2Jb",
            "\u{202E}evil",
        ]
    )
    func alignment(user: String) throws {
        let line = line(failed(user))
        let message = try #require(line.firstRange(of: "no route"))
        #expect(textWidth(String(line[..<message.lowerBound])) == 52)
        #expect(!line.unicodeScalars.contains { $0.properties.generalCategory == .control })
    }

    @Test("has colour codes only around its own words, and ends each of them")
    func colors() {
        let colored = line(failed("jane"), isColored: true)
        #expect(colored.hasPrefix("\u{1B}[2m21:29:00\u{1B}[0m \u{1B}[33mWARN \u{1B}[0m jane "))
        #expect(colored.contains("\u{1B}[31mfailed Unreachable  \u{1B}[0m no route "))
        #expect(colored.replacing(/\u{1B}\[[0-9]*m/, with: "") == line(failed("jane")))
        // Two codes a part, and none of the server's.
        let attacked = line(failed("\u{1B}[31m", "\u{1B}[2J"), isColored: true)
        #expect(attacked.unicodeScalars.filter { $0 == "\u{1B}" }.count == 8)
    }

    @Test("has an end, however long a text is")
    func length() {
        let endless = String(repeating: "x", count: 1_000_000)
        #expect(line(failed(endless, endless)).utf8.count < 4000)
    }

    @Test(
        "is the shape of LOG_FORMAT=console everywhere, and of text on a terminal",
        arguments: [
            (LogSettings.Format.text, false, false), (.text, true, true), (.console, false, true), (.console, true, true),
            (.json, true, false),
        ]
    )
    func shape(format: LogSettings.Format, isTerminal: Bool, isColumns: Bool) {
        let traits = TerminalTraits(isTerminal: isTerminal, environment: ["TERM": "xterm"]) { 80 }
        let shape = LogShape(format, on: traits, hasUsers: true)
        let columns = LogShape.columns(LogColumns(hasUsers: true, isColored: isTerminal))
        #expect(isColumns ? shape == columns : shape == (format == .json ? .json : .pairs))
    }

    @Test(
        "has colours on a terminal, unless NO_COLOR has a value or the terminal is dumb",
        arguments: [
            (true, ["TERM": "xterm"], true), (true, [:], true), (true, ["NO_COLOR": ""], true),
            (true, ["NO_COLOR": "1"], false), (true, ["TERM": "dumb"], false), (false, ["TERM": "xterm"], false),
        ]
    )
    func noColor(isTerminal: Bool, environment: [String: String], hasColors: Bool) {
        #expect(TerminalTraits(isTerminal: isTerminal, environment: environment) { 80 }.hasColors == hasColors)
    }
}
