import Foundation
import PullerCore
import TestSupport
import Testing

/// Compares `docs/reliability.md` with the tests that it names.
@Suite("docs/reliability.md")
struct ReliabilityPageTests {
    private let page: String

    init() throws {
        page = try Repository.text("docs/reliability.md")
    }

    @Test("has the same rows as the test of isolation, in the same order")
    func rows() throws {
        let names = try rows(of: "One user's fault").map { Self.withoutMark($0[0]) }
        #expect(names == IsolationRow.all.map(\.name))
    }

    @Test("says which test shows each fault that is marked as tested on real servers, and lists no others")
    func realServers() throws {
        let marked = try rows(of: "One user's fault").map { $0[0] }.filter { $0.contains(Self.mark) }
        let rows = try rows(of: "On real API servers")
        #expect(rows.map { $0[0] } == marked.map(Self.withoutMark))
        let faults = try Repository.text("testbed/chaos.py")
        for match in rows.map({ $0[1] }).joined().matches(of: /`([^`]+)`/) {
            let isThere = faults.contains("\"\(match.output.1)\"")
            #expect(isThere, "testbed/chaos.py has no fault \(match.output.1)")
        }
    }

    @Test("lists every test on real nodes, and no others")
    func realNodes() throws {
        let tests = try Repository.text("testbed/node_tests.py")
        let suite = try #require(
            tests.split(separator: "class NodeTests").last?.split(separator: "\nclass ").first
        )
        let names = suite.matches(of: /def (test_\w+)\(/).map { String($0.output.1) }
        let listed = try rows(of: "On real nodes").flatMap { row in
            row[1].matches(of: /`(\w+)`/).map { String($0.output.1) }
        }
        #expect(!names.isEmpty)
        #expect(Set(listed) == Set(names))
    }

    @Test("has a row for every reason that can appear in the log")
    func reasons() throws {
        let health = Health(.degraded, ready: 1, desired: 5)
        let replaced: [ReplaceReason] = [
            .terminating, .newConfiguration, .edited, .unhealthy(health), .refresh, .goPuller,
        ]
        // Cancellations are not logged, and `Ready` is not a reason.
        let all =
            FailureReason.allCases.filter { $0 != .cancelled }.map(\.rawValue)
            + Health.Condition.allCases.filter { $0 != .ready }.map(\.rawValue)
            + PodReport.Fault.allCases.compactMap(\.reason)
            + replaced.map(\.name) + [Keeper.StepBack.harm, .refresh, .noBetter].map(\.rawValue)
            // For a DaemonSet that is not as desired, and stays.
            + ["Outdated"]
        let cells = try rows(of: "One user's fault").map { $0[1] } + rows(of: "Other reasons").map { $0[0] }
        let missing = Set(all).filter { reason in !cells.contains { $0.contains("`\(reason)`") } }
        #expect(missing == [])
    }

    private static let mark = "(real)"

    private static func withoutMark(_ cell: String) -> String {
        cell.replacing(mark, with: "").trimmingCharacters(in: .whitespaces)
    }

    /// The cells of a section's table, without its head.
    private func rows(of heading: String) throws -> [[String]] {
        let section = try #require(page.split(separator: "\n## ").first { $0.hasPrefix(heading) })
        return section.split(separator: "\n").filter { $0.hasPrefix("| ") }.dropFirst(2).map {
            $0.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        }
    }

    @Test("names only tests and files that exist")
    func references() throws {
        let folder = Repository.url("Tests")
        let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
            .filter { $0.hasSuffix(".swift") }
        let sources = try files.map {
            try String(contentsOf: folder.appendingPathComponent($0), encoding: .utf8)
        }.joined()
        // Tests stand in quotation marks; what stands in back-ticks is something else.
        let prose = page.replacing(/`[^`]*`/, with: "").replacing(/\s+/, with: " ")
        let tests = prose.matches(of: /"([^"]+)"/).map(\.output.1).filter { $0.contains(" ") }
        #expect(tests.count >= 4)
        for test in tests {
            let isThere = sources.contains("\"\(test)\"")
            #expect(isThere, "there is no test \(test)")
        }
        for match in page.matches(of: /`([A-Za-z\/+_-]*\/)?([A-Za-z+]+\.(swift|c))`/) {
            let path = String(match.output.1 ?? "") + String(match.output.2)
            let known = files.contains { path.hasSuffix($0) || $0.hasSuffix(path) }
            let isThere = known || FileManager.default.fileExists(atPath: Repository.folder.path + "/" + path)
            #expect(isThere, "\(path) does not exist")
        }
    }
}
