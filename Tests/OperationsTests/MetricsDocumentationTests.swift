import TestSupport
import Testing

@testable import Operations

@Suite("The documentation of metrics")
struct MetricsDocumentationTests {
    @Test("has a row for every metric, with its type and labels, and a row for no other")
    func rows() throws {
        let page = try Repository.text("docs/metrics.md")
        let rows = page.split(separator: "\n").filter { $0.contains(/^\| `[a-z_]+` \|/) }.map { row in
            row.split(separator: "|").prefix(3).map { $0.filter { !" `".contains($0) } }.joined(
                separator: " "
            )
        }
        #expect(
            rows.sorted()
                == MetricFamily.all.map {
                    "\($0.queriedName) \($0.kind.rawValue) \($0.labels.joined(separator: ","))"
                }.sorted()
        )
    }
}
