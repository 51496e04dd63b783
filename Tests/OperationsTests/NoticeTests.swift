import Foundation
import Testing

@testable import Operations
@testable import PullerCore

@Suite("What is said on standard error")
struct NoticeTests {
    private func fields(_ notice: Notice) throws -> [String: String] {
        let line = notice.line(.json, wallTime: 1_795_382_940.5)
        #expect(!line.contains("\n"))
        return try JSONDecoder().decode([String: String].self, from: Data(line.utf8))
    }

    @Test(
        "A notice about a variable is the problem's line as text, and its parts with the names of the log as JSON"
    )
    func problem() throws {
        let problem = ConfigurationProblem(
            variable: "NAMESPACE",
            value: "a\n\"b",
            expected: "must be a label"
        )
        #expect(
            Notice(problem).line(.text, wallTime: 0) == #"NAMESPACE="a\n"b": must be a label"#
        )
        #expect(
            try fields(Notice(problem)) == [
                "time": "2026-11-22T21:29:00.500Z", "level": "error", "event": "configuration",
                "reason": "Invalid", "variable": "NAMESPACE", "value": #"a\n"b"#,
                "expected": "must be a label", "message": #"NAMESPACE="a\n"b": must be a label"#,
            ]
        )
        let missing = try fields(
            Notice(ConfigurationProblem(variable: "IMAGES", value: nil, expected: "must be"))
        )
        #expect(missing["reason"] == "Missing")
        #expect(missing["value"] == nil)
    }

    @Test("A warning can be told from a problem in both formats")
    func warning() throws {
        let warning = Notice(ConfigurationWarning(variable: "IMAGE", message: "is not known"))
        #expect(warning.line(.text, wallTime: 0) == "warning: IMAGE is not known")
        let fields = try fields(warning)
        #expect(fields["level"] == "warning")
        #expect(fields["event"] == "configuration")
        #expect(fields["reason"] == "Configuration")
        #expect(fields["variable"] == "IMAGE")
        #expect(fields["message"] == "IMAGE is not known")
    }

    @Test("A notice stays one line of bounded length, whatever it is about")
    func bounded() {
        let text = String(repeating: "x\n\u{1B}", count: 100_000)
        for format in LogSettings.Format.allCases {
            let line = Notice(.stopped, reason: "Late", text).line(format, wallTime: 0)
            #expect(line.utf8.count < 10_000)
            #expect(!line.contains("\n") && !line.contains("\u{1B}"))
        }
    }

    @Test(
        "A notice about lost log lines has their number and the cause",
        arguments: [
            (LineWriter.Loss(lines: 1), "1 log line was not written: nothing reads the log"),
            (LineWriter.Loss(lines: 2, problem: "no space"), "2 log lines were not written: no space"),
        ]
    )
    func loss(loss: LineWriter.Loss, text: String) throws {
        #expect(Notice(loss).line(.text, wallTime: 0) == text)
        #expect(try fields(Notice(loss))["reason"] == "LogLoss")
    }

    @Test(
        "Notices have the format that LOG_FORMAT names in any case of letters; text when it is wrong",
        arguments: [
            ("json", .json), ("JSON", .json), ("Text", .text), ("xml", .text), ("", .text), (nil, .text),
        ]
            as [(String?, LogSettings.Format)]
    )
    func format(value: String?, format: LogSettings.Format) {
        #expect(LogSettings.format(in: value.map { ["LOG_FORMAT": $0] } ?? [:]) == format)
    }
}
