import Foundation
import PullerCore
import TestSupport
import Testing

@testable import Operations

/// Pages of metrics that the programs of Prometheus are shown.
enum MetricsPageKind: String, CaseIterable, Sendable {
    case small, thousandClusters, hostileNames

    func page() throws -> MetricsPage {
        var page = try MetricsSamples.small
        switch self {
        case .small: break
        case .thousandClusters: page.clusters = MetricsSamples.many(1000)
        case .hostileNames:
            page.clusters = MetricsSamples.hostileNames.map {
                ClusterFigures(status: ClusterStatus(.user($0), since: .zero), replacements: [])
            }
        }
        return page
    }
}

@Suite("A page of metrics")
struct MetricsToolTests {
    @Test(
        "passes promtool check metrics",
        .enabled(if: Tool.promtool.isThere, "\(Tool.promtool.reason)"),
        arguments: MetricsPageKind.allCases
    )
    func promtool(kind: MetricsPageKind) async throws {
        let (code, text) = try await Tool.promtool.run(
            "check metrics <\"$2\"",
            kind.page().text(.prometheus)
        )
        #expect(code == 0, "\(text)")
        #expect(text.isEmpty)
    }

    @Test(
        "is read by the parsers of Prometheus' Python library with every name and sample, in both formats",
        .enabled(if: Tool.python.isThere, "\(Tool.python.reason)"),
        arguments: MetricsPageKind.allCases,
        MetricsFormat.allCases
    )
    func python(kind: MetricsPageKind, format: MetricsFormat) async throws {
        let page = try kind.page()
        let package =
            format == .openMetrics ? "prometheus_client.openmetrics.parser" : "prometheus_client.parser"
        let (code, text) = try await Tool.python.run(
            "-c \"$1\" <\"$2\"",
            page.text(format),
            Self.script(package)
        )
        #expect(code == 0, "\(text)")
        struct Read: Decodable {
            var types: [String: String]
            var clusters: [String]
            var samples: Int
        }
        let read = try JSONDecoder().decode(Read.self, from: Data(text.utf8))
        #expect(read.clusters == page.clusters?.map(\.status.id.label))
        let lines = String(decoding: page.text(format), as: UTF8.self).split(separator: "\n")
        #expect(read.samples == lines.count { !$0.hasPrefix("#") })
        let written = Set(lines.filter { $0.hasPrefix("# TYPE") })
        for family in MetricFamily.all
        where written.contains(where: { $0.contains(" \(family.queriedName) ") }) {
            #expect(read.types[family.name] == family.kind.rawValue, "\(family.name)")
        }
    }

    /// Reads a page, and prints what it has read.
    private static func script(_ package: String) -> String {
        """
        import json, sys
        from \(package) import text_string_to_metric_families
        text = sys.stdin.buffer.read().decode()
        families = list(text_string_to_metric_families(text))
        samples = [sample for family in families for sample in family.samples]
        print(json.dumps({
            "types": {family.name: family.type for family in families},
            "clusters": [s.labels["cluster"] for s in samples if s.name == "image_puller_cluster_state"],
            "samples": len(samples),
        }))
        """
    }
}

/// A program that a test runs where it is installed: scripts/install-requirements does that.
struct Tool: Sendable {
    static let promtool = Tool("promtool")
    static let python = Tool("python3", needing: "import prometheus_client.openmetrics.parser")

    private let path: String?
    /// Why what needs it was not run.
    let reason: String

    /// - Parameter code: For Python: what has to succeed.
    init(_ name: String, needing code: String? = nil) {
        // Debian's Python has the library; another one that comes first on the PATH may not.
        path = installedProgram(name) { path in
            code.map { system("'\(path)' -c '\($0)' 2>/dev/null") == 0 } ?? true
        }
        let what = code == nil ? name : "the Python library prometheus_client"
        reason = "not run, because \(what) is not here: run scripts/install-requirements as root"
    }

    var isThere: Bool { path != nil }

    /// Runs it with a file's content on its standard input.
    ///
    /// - Parameter arguments: As in a shell, in which `$1` is the argument, and `$2` the file.
    /// - Returns: Its exit code, and what it has printed.
    func run(_ arguments: String, _ content: [UInt8], _ argument: String = "") async throws -> (Int32, String)
    {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try Data(content).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let process = try RunningProcess(
            at: "/bin/sh",
            ["-c", "exec '\(path ?? "")' \(arguments)", "sh", argument, file.path],
            environment: ProcessInfo.processInfo.environment.filter { ["PATH", "HOME"].contains($0.key) }
        )
        let code = try await process.exitCode(within: .seconds(120))
        return (code, process.text)
    }
}
