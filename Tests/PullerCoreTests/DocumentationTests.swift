import Foundation
import PullerCore
import Testing

@Suite("The README")
struct DocumentationTests {
    private static let readme: String = {
        let repository = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return (try? String(contentsOf: repository.appendingPathComponent("README.md"), encoding: .utf8))
            ?? ""
    }()

    /// The first and the second cells of the configuration table, each name with its default.
    private static var rows: [String: String] {
        var rows: [String: String] = [:]
        // Other tables name variables, too.
        let table = readme.split(separator: "## Configuration").last?.split(separator: "\n## ").first ?? ""
        for line in table.split(separator: "\n") where line.hasPrefix("| `") {
            let cells = line.split(separator: "|").map {
                $0.split(separator: "`", omittingEmptySubsequences: false)
            }
            guard cells.count >= 3 else { continue }
            // Between back-ticks stand the names, and the defaults that are values.
            let names = cells[0].enumerated().filter { $0.offset % 2 == 1 }.map { String($0.element) }
            let defaults = cells[1].enumerated().filter { $0.offset % 2 == 1 }.map { String($0.element) }
            for (index, name) in names.enumerated() {
                rows[name] = index < defaults.count ? defaults[index] : ""
            }
        }
        return rows
    }

    @Test("names every variable, and every default that is a value", arguments: ConfigurationVariable.all)
    func namesEveryVariable(variable: ConfigurationVariable) throws {
        // Kubernetes sets these two; they are explained beside KUBERNETES_API_URL.
        if variable.name.hasPrefix("KUBERNETES_SERVICE_") { return }
        let documented = try #require(Self.rows[variable.name], "\(variable.name) is not in the table")
        if !variable.defaultText.contains(" "), variable.defaultText != "-",
            variable.defaultText != "required"
        {
            #expect(documented == variable.defaultText)
        }
    }
}

@Suite("The source")
struct SourceTests {
    /// What the puller consists of, without what stands in for its surroundings in tests.
    private static let rooms = [
        "PullerCore", "KubernetesAPI", "WorkerPool", "Operations", "CURLTrust", "kubernetes-image-puller",
    ]

    /// A wall clock that is set forward or back changes the times in the log, and whether a server's `Date` is trusted.
    @Test("reads the wall clock in one place, for the log and to check the servers' clocks")
    func wallClock() throws {
        let sources = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Sources")
        let readings = [
            "Date()", "Date.now", "timeIntervalSinceNow", "DispatchWallTime", "CLOCK_REALTIME",
            "gettimeofday",
            "time(nil)", "time(NULL)", "CFAbsoluteTimeGetCurrent",
        ]
        var found: [String] = []
        for room in Self.rooms {
            let folder = sources.appendingPathComponent(room)
            let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
            for file in files where file.hasSuffix(".swift") || file.hasSuffix(".c") {
                let text = try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
                for line in text.split(separator: "\n") where readings.contains(where: { line.contains($0) })
                {
                    found.append("\(room)/\(file): \(line.drop { $0 == " " })")
                }
            }
        }
        let allowed = "static func wallTime() -> Double { Date().timeIntervalSince1970 }"
        #expect(found == ["kubernetes-image-puller/Process.swift: \(allowed)"])
        let composition = try String(
            contentsOf: sources.appendingPathComponent("kubernetes-image-puller/Composition.swift"),
            encoding: .utf8
        )
        // Passed to the log and to the pool, and to nothing else.
        #expect(composition.ranges(of: "wallTime").count == 4)
        #expect(composition.contains("wallTime: Process.wallTime,"))
        #expect(composition.contains("wallTime: { Timestamp(seconds: Int(Process.wallTime())) }"))
    }
}
