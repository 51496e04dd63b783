import Foundation
import TestSupport
import Testing

/// `docs/errors.md` shows what is really printed.
@Suite("docs/errors.md")
struct ErrorsPageTests {
    @Test("has a row for each error that is provoked here, and no others")
    func rows() throws {
        #expect(try Self.rows().map(\.name) == ProvokedError.all.map(\.name))
    }

    @Test("shows the message that the program prints", arguments: ProvokedError.all)
    func message(error: ProvokedError) async throws {
        let shown = try Self.rows().first { $0.name == error.name }?.message
        let printed = try await error.message()
        #expect(printed == shown)
    }

    private static func rows() throws -> [(name: String, message: String)] {
        let text = try Repository.text("docs/errors.md")
        // Two messages of one error stand in two pieces of code.
        return text.matches(of: /\| (?<name>[^|\n]+) \| `(?<messages>[^\n]*)` \|\n/).map { row in
            (String(row.output.name), String(row.output.messages).replacing("` <br> `", with: "\n"))
        }
    }
}
