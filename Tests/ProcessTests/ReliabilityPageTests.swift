import Foundation
import PullerCore
import Testing

/// `docs/reliability.md` says what is tested, and nothing else.
@Suite("The page about reliability")
struct ReliabilityPageTests {
    private static let repository = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private let page: String

    init() throws {
        let file = Self.repository.appendingPathComponent("docs/reliability.md")
        page = try String(contentsOf: file, encoding: .utf8)
    }

    @Test("has a row for each run, and a run for each row")
    func rows() throws {
        let section = try #require(page.split(separator: "\n## ").first { $0.hasPrefix("One user's fault") })
        let rows = section.split(separator: "\n").filter { $0.hasPrefix("| ") }.dropFirst(2)
        let names = rows.compactMap { $0.split(separator: "|").first }.map {
            $0.replacing("(real)", with: "").trimmingCharacters(in: .whitespaces)
        }
        #expect(names == IsolationRow.all.map(\.name))
    }

    @Test("names every reason that a failure can have", arguments: FailureReason.allCases)
    func reasons(reason: FailureReason) {
        // It never reaches anybody.
        if reason == .cancelled { return }
        #expect(page.contains("`\(reason.rawValue)`"))
    }

    @Test("names only tests and files that exist")
    func references() throws {
        let folder = Self.repository.appendingPathComponent("Tests")
        let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
            .filter { $0.hasSuffix(".swift") }
        let sources = try files.map {
            try String(contentsOf: folder.appendingPathComponent($0), encoding: .utf8)
        }.joined()
        // Tests stand in quotation marks; what stands in back-ticks is something else.
        let prose = page.replacing(/`[^`]*`/, with: "").replacing("\n", with: " ")
        let tests = prose.matches(of: /"([^"]+)"/).map(\.output.1).filter { $0.contains(" ") }
        #expect(tests.count >= 4)
        for test in tests {
            let isThere = sources.contains("\"\(test)\"")
            #expect(isThere, "there is no test \(test)")
        }
        for match in page.matches(of: /`([A-Za-z\/+_-]*\/)?([A-Za-z+]+\.(swift|c))`/) {
            let path = String(match.output.1 ?? "") + String(match.output.2)
            let known = files.contains { path.hasSuffix($0) || $0.hasSuffix(path) }
            let isThere = known || FileManager.default.fileExists(atPath: Self.repository.path + "/" + path)
            #expect(isThere, "\(path) does not exist")
        }
    }
}
