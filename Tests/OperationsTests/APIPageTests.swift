import Foundation
import KubernetesAPI
import PullerCore
import TestSupport
import Testing

@testable import Operations
@testable import WorkerPool

/// `docs/api.md` shows what is really answered.
@Suite("docs/api.md")
struct APIPageTests {
    private static func section(_ heading: String) throws -> String {
        let section = try Repository.text("docs/api.md").split(separator: "\n## ").first {
            $0.hasPrefix(heading + "\n")
        }
        return String(try #require(section, "there is no section \(heading)"))
    }

    private static func object(_ bytes: [UInt8]) throws -> NSDictionary {
        try #require(JSONSerialization.jsonObject(with: Data(bytes)) as? NSDictionary)
    }

    /// The names of an answer's fields: `faults[].reason`.
    private static func fields(_ value: Any, _ path: String = "") -> Set<String> {
        switch value {
        case let object as NSDictionary:
            object.reduce(into: []) { fields, member in
                fields.formUnion(
                    Self.fields(member.value, path + (path.isEmpty ? "" : ".") + "\(member.key)")
                )
            }
        case let array as NSArray:
            array.reduce(into: [path + "[]"]) { $0.formUnion(Self.fields($1, path + "[]")) }
        default: [path]
        }
    }

    private static let times = BoardTimes(wall: 1_795_721_696.5, clock: .seconds(10_000))

    private static func answers() -> [(heading: String, json: [UInt8])] {
        [
            ("GET /api/v1/summary", ConsoleAPI.summary(APISamples.fleet, APISamples.status, times)),
            ("GET /api/v1/clusters", ConsoleAPI.clusters(APISamples.page, times)),
            ("GET /api/v1/clusters/NAME", ConsoleAPI.cluster(APISamples.detail, times)),
        ]
    }

    @Test("shows answers as the program gives them")
    func examples() throws {
        for (heading, json) in Self.answers() {
            let section = try Self.section(heading)
            let example = try #require(section.firstMatch(of: /```json\n([^`]*)```/)).output.1
            let shown = try? Self.object(Array(example.utf8))
            #expect(try shown == Self.object(json), "\(heading): \(String(decoding: json, as: UTF8.self))")
        }
    }

    @Test("means the images of the configuration, and not those that had their names before")
    func oldImage() {
        let answers = [APISamples.fleet, APISamples.fleetWithOldImage].map {
            ConsoleAPI.summary($0, APISamples.status, Self.times)
        }
        #expect(answers[0] == answers[1])
    }

    @Test("explains every field of the answers")
    func fields() throws {
        for (heading, json) in Self.answers() {
            var section = try Self.section(heading)
            // It has the fields of a cluster, too.
            if heading.hasSuffix("NAME") { section += try Self.section("GET /api/v1/clusters") }
            let words = Set(section.matches(of: /`([^`\n]+)`/).map { String($0.output.1) })
            for field in Self.fields(try Self.object(json)) where !field.hasPrefix("replacements.") {
                let last = field.split(separator: ".").last.map { String($0) } ?? field
                #expect(
                    [field, "clusters[].\(field)", last].contains { words.contains($0) },
                    "\(heading): \(field)"
                )
            }
        }
    }

    @Test("explains every parameter of the query, and no other")
    func parameters() throws {
        let section = try Self.section("GET /api/v1/clusters")
        let rows = try #require(section.firstMatch(of: /\| Parameter [^\n]*\n[^\n]*\n((\|[^\n]*\n)+)/)).output
            .1
        let names = rows.matches(of: /\| `([a-z]+)`/).map { String($0.output.1) }
        #expect(names.sorted() == ["continue", "limit", "reason", "search", "since", "state"])
        for name in names {
            do throws(QueryProblem) {
                _ = try ClusterQuery(query: "\(name)=failing")
            } catch {
                #expect(!error.text.contains("is not a parameter"))
            }
        }
    }
}
