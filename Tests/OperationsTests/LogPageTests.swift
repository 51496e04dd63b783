import Foundation
import TestSupport
import Testing

@testable import Operations
@testable import PullerCore
@testable import WorkerPool

@Suite("The page about the log")
struct LogPageTests {
    private let page: String

    init() throws {
        page = try Repository.text("docs/log.md")
    }

    /// The names in back-ticks in the first column of a section's tables.
    private func names(in heading: String) throws -> Set<String> {
        let section = try #require(
            page.split(separator: "\n## ").first { $0.hasPrefix(heading + "\n") },
            "there is no section \(heading)"
        )
        // The first two lines of a table are its head.
        let rows = section.split(separator: "\n\n").flatMap { block in
            block.split(separator: "\n").filter { $0.hasPrefix("| ") }.dropFirst(2)
        }
        let cells = rows.compactMap { $0.split(separator: "|").first }
        return Set(cells.flatMap { $0.matches(of: /`([^`]+)`/).map { String($0.output.1) } })
    }

    @Test("has a row for every event, and a row for no other")
    func events() throws {
        let documented = try names(in: "Events")
        #expect(documented == Set(PoolEvent.Kind.allCases.map(\.rawValue)))
    }

    @Test("gives every reason of a failure, and no other")
    func failures() throws {
        let documented = try names(in: "Reasons of failures")
        #expect(documented == Set(FailureReason.allCases.map(\.rawValue)))
    }

    @Test("gives every reason for which a cluster is not ready, and no other")
    func unready() throws {
        let documented = try names(in: "Reasons of clusters that are not ready")
        let conditions = Health.Condition.allCases.filter { $0 != .ready }.map(\.rawValue)
        let faults = PodReport.Fault.allCases.compactMap(\.reason)
        #expect(documented == Set(conditions + faults + ["Outdated"]))
    }

    @Test("gives every reason for which a DaemonSet is replaced, or its replacement deleted")
    func replacements() throws {
        let documented = try names(in: "Reasons of replacements")
        let reasons: [ReplaceReason] = [
            .terminating, .newConfiguration, .edited, .unmounted,
            .unhealthy(Health(.degraded, ready: 1, desired: 5)),
            .refresh, .goPuller,
        ]
        let stepBacks: [Keeper.StepBack] = [.harm, .refresh, .noBetter]
        #expect(documented == Set(reasons.map(\.name) + stepBacks.map(\.rawValue)))
    }

    @Test("explains every field of a line, and no other")
    func fields() throws {
        let written = try Self.events.flatMap { event in
            let line = LogLine(event, wallTime: 0, shape: .json).text
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            return object.map { Array($0.keys) } ?? []
        }
        #expect(try names(in: "Fields") == Set(written))
    }

    @Test("gives every event that is a line on standard error, and explains each field of such a line")
    func standardError() throws {
        #expect(try names(in: "Standard error") == Set(Notice.Event.allCases.map(\.rawValue)))
        let section = try #require(page.split(separator: "\n## ").first { $0.hasPrefix("Standard error\n") })
        let shown = try #require(section.firstMatch(of: /```json\n(.*)\n```/)).output.1
        guard case .failure(let problems) = DaemonSetSettings.parse(environment: ["IMAGES": "x"]),
            let problem = problems.problems.first
        else {
            Issue.record("an image without a name is accepted")
            return
        }
        let line = Notice(problem).line(.json, wallTime: 0)
        #expect(try Self.keys(line) == Self.keys(String(shown)))
    }

    private static func keys(_ line: String) throws -> Set<String> {
        let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        return Set(try #require(object).keys)
    }

    @Test("gives every reason of warnings about the whole puller")
    func warnings() throws {
        let documented = try names(in: "Other reasons")
        #expect(documented.isSuperset(of: PoolEvent.WarningReason.allCases.map(\.rawValue)))
        #expect(documented.isSuperset(of: Self.events.filter { $0.kind == .warning }.compactMap(\.reason)))
    }

    /// Events that have every field between them.
    private static var events: [PoolEvent] {
        let health = Health(.degraded, ready: 1, desired: 2)
        let beside = Standing.Beside(slot: .alternate, health: health, since: .seconds(1), finalizers: [])
        var unready = PoolEvent.RoundReport(
            outcome: .unready(
                Standing(slot: .primary, health: health, beside: beside, pods: PodReport())
            ),
            baseName: "cache",
            duration: .seconds(1),
            nextCheck: .seconds(1)
        )
        unready.unreadyFor = .seconds(1)
        var failed = unready
        failed.outcome = .failed(Failure(.timeout, "-"))
        failed.failures = 1
        failed.failingFor = .seconds(1)
        let share = PoolEvent.Share(clusters: 1, all: 2, users: "jane")
        func fault(_ phase: PoolEvent.SharedFault.Phase) -> PoolEvent {
            PoolEvent(
                .fault(
                    PoolEvent.SharedFault(
                        phase: phase,
                        reason: "-",
                        isFailing: true,
                        text: "-",
                        share: share,
                        age: .seconds(1)
                    )
                )
            )
        }
        let pulled = PullTimes(
            images: [.init(name: "-", reference: "-", nodes: 1, total: .seconds(1), longest: .seconds(1))],
            wanted: 1,
            nodes: 1,
            coldStart: PullTimes.ColdStart(nodes: 1, total: .seconds(1), longest: .seconds(1))
        )
        let digest = PoolEvent.Digest(reason: "-", isFailing: true, share: share, longest: .seconds(1))
        return [
            PoolEvent(.round(unready), .user("jane")), PoolEvent(.round(failed), .user("jane")),
            fault(.began), fault(.lasts), fault(.over(recovered: 1)), PoolEvent(.digest(digest)),
            PoolEvent(.summary(PoolEvent.Summary(clusters: 1, ready: 1, unready: 0, failing: 0))),
            PoolEvent(.users(.changed(added: 1, removed: 1))),
            PoolEvent(.users(.braked(path: "-", RemovalCount(removed: 2, of: 3), "-"))),
            PoolEvent(.linesDropped(1)), PoolEvent(.clock(.differs(by: .seconds(1)))),
            PoolEvent(.serverWarning("-")), PoolEvent(.altered(name: "-", missing: [])),
            PoolEvent(.fellBack), PoolEvent(.podsNotReadable("-")),
            PoolEvent(.pullsNotReadable("-")), PoolEvent(.pulled(pulled)),
        ]
    }
}
