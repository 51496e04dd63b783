import Foundation
import PullerCore
import TestSupport
import Testing

/// The documents of the repository.
private enum Documents {
    /// Every page, by its path in the repository.
    static let paths: [String] = {
        let folder = Repository.url("docs").path
        let pages = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"]
            + pages.filter { $0.hasSuffix(".md") }.sorted().map { "docs/" + $0 } + ["deploy/helm/README.md"]
    }()

    static func text(_ path: String) throws -> String { try Repository.text(path) }

    /// A page without its blocks of code.
    static func prose(_ path: String) throws -> String {
        try text(path).replacing(/(?s)```.*?```/, with: "")
    }

    /// The anchors of a page's headings, as GitHub makes them.
    static func anchors(_ path: String) throws -> Set<String> {
        let headings = try prose(path).split(separator: "\n").filter { $0.hasPrefix("#") }
        return Set(
            headings.map { heading in
                let title = heading.drop { $0 == "#" }.drop { $0 == " " }.lowercased()
                return String(title.filter { $0.isLetter || $0.isNumber || " -_".contains($0) })
                    .replacing(" ", with: "-")
            }
        )
    }
}

@Suite("The README")
struct ReadmeTests {
    @Test("can be read in five minutes: it has at most 150 lines")
    func length() throws {
        #expect(
            try Documents.text("README.md").split(separator: "\n", omittingEmptySubsequences: false).count
                <= 151
        )
    }

    @Test(
        "gets a user of Helm to a running puller in at most five commands, with targets and parameters that exist"
    )
    func fiveCommands() throws {
        let section = try #require(
            try Documents.text("README.md").split(separator: "\n## ").first { $0.hasPrefix("One cluster") }
        )
        let block = try #require(section.firstMatch(of: /(?s)```sh\n(.*?)```/)).output.1
        let commands = block.replacing("\\\n", with: " ").split(separator: "\n")
        #expect((1...5).contains(commands.count))
        #expect(commands.contains { $0.hasPrefix("helm install ") })
        let makefile = try Documents.text("Makefile")
        for command in commands where command.hasPrefix("make ") {
            for word in command.split(separator: " ").dropFirst() {
                let parts = word.split(separator: "=", maxSplits: 1)
                let isKnown =
                    parts.count == 1
                    ? makefile.contains("\n\(word):") : makefile.contains("\n\(parts[0]) ?=")
                #expect(isKnown, "the Makefile does not know \(word)")
            }
        }
    }
}

@Suite("The documents")
struct DocumentationTests {
    @Test("link only to pages, files and headings that exist", arguments: Documents.paths)
    func links(path: String) throws {
        let folder = URL(fileURLWithPath: path, relativeTo: Repository.folder).deletingLastPathComponent()
        for match in try Documents.prose(path).matches(of: /\]\(([^)\s]+)\)/) {
            let target = String(match.output.1)
            guard !target.contains("://") else { continue }
            let parts = target.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
            let file =
                parts[0].isEmpty
                ? path
                : String(
                    folder.appendingPathComponent(String(parts[0])).standardizedFileURL.path
                        .dropFirst(Repository.folder.standardizedFileURL.path.count + 1)
                )
            let isThere = FileManager.default.fileExists(atPath: Repository.folder.path + "/" + file)
            #expect(isThere, "\(path) links to \(target), which does not exist")
            guard isThere, parts.count == 2 else { continue }
            let isAnchor = try Documents.anchors(file).contains(String(parts[1]))
            #expect(isAnchor, "\(path) links to \(target), and \(file) has no such heading")
        }
    }

    @Test("tell how to find DaemonSets that a puller left, by labels that it sets")
    func leftovers() throws {
        let page = try Documents.text("docs/operations.md")
        let desired = DesiredDaemonSet(
            try DaemonSetSettings.parse(environment: ["IMAGES": "a=b", "DAEMONSET_NAME": "the-old-name"])
                .get()
        )
        let manifest = String(decoding: desired.manifest().compactJSON(), as: UTF8.self)
        // Each selector on the page that gives a value, apart from those of the puller's own objects.
        let selectors = page.matches(of: /-l ([a-z.\/-]+)=([a-z-]+)/).map { ($0.output.1, $0.output.2) }
            .filter { $0.0 != "app" }
        #expect(selectors.count >= 3)
        for (key, value) in selectors {
            #expect(manifest.contains("\"\(key)\":\"\(value)\""), "\(key)=\(value)")
        }
        let columns = try #require(page.firstMatch(of: /-L ([a-z.\/,-]+)/)).output.1.split(separator: ",")
        #expect(columns.count == 2)
        for column in columns { #expect(manifest.contains("\"\(column)\":")) }
    }
}

@Suite("The page about the configuration")
struct ConfigurationPageTests {
    /// The variables of the tables in the section "Variables": each name with its default, and how often it is there.
    private static func rows() throws -> [String: [String]] {
        let page = try Documents.text("docs/configuration.md")
        let section = try #require(page.split(separator: "\n## ").first { $0.hasPrefix("Variables\n") })
        var rows: [String: [String]] = [:]
        for line in section.split(separator: "\n") where line.hasPrefix("| `") {
            let cells = line.split(separator: "|").map {
                $0.split(separator: "`", omittingEmptySubsequences: false)
            }
            guard cells.count >= 3 else { continue }
            // Between back-ticks stand the names, and the defaults that are values.
            let names = cells[0].enumerated().filter { $0.offset % 2 == 1 }.map { String($0.element) }
            let defaults = cells[1].enumerated().filter { $0.offset % 2 == 1 }.map { String($0.element) }
            for (index, name) in names.enumerated() {
                rows[name, default: []].append(index < defaults.count ? defaults[index] : "")
            }
        }
        return rows
    }

    /// Kubernetes sets these two; they are explained beside KUBERNETES_API_URL.
    private static let setByKubernetes = ["KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"]

    @Test(
        "has one row for every variable, with its default if that is a value",
        arguments: ConfigurationVariable.all
    )
    func namesEveryVariable(variable: ConfigurationVariable) throws {
        if Self.setByKubernetes.contains(variable.name) {
            #expect(try Documents.text("docs/configuration.md").contains("`\(variable.name)`"))
            return
        }
        let documented = try #require(try Self.rows()[variable.name], "\(variable.name) is not in the table")
        #expect(documented.count == 1)
        if !variable.defaultText.contains(" "), variable.defaultText != "-",
            variable.defaultText != "required"
        {
            #expect(documented == [variable.defaultText])
        }
    }

    @Test("has no row for a variable that does not exist")
    func namesNoOther() throws {
        let unknown = Set(try Self.rows().keys).subtracting(ConfigurationVariable.all.map(\.name))
        #expect(unknown == [])
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
        let sources = Repository.url("Sources")
        let readings = [
            "Date()", "Date.now", "timeIntervalSinceNow", "DispatchWallTime", "CLOCK_REALTIME",
            "gettimeofday",
            "time(nil)", "time(NULL)", "CFAbsoluteTimeGetCurrent",
        ]
        var found: [String] = []
        for room in Self.rooms {
            let folder = sources.appendingPathComponent(room)
            let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
            // The status page has a clock of its own, that of the browser.
            for file in files.filter({ $0 != "Page/StatusPage+text.swift" })
            where file.hasSuffix(".swift") || file.hasSuffix(".c") {
                let text = try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
                for line in text.split(separator: "\n") where readings.contains(where: { line.contains($0) })
                {
                    found.append("\(room)/\(file): \(line.drop { $0 == " " })")
                }
            }
        }
        let allowed = "static func wallTime() -> Double { Date().timeIntervalSince1970 }"
        #expect(found == ["kubernetes-image-puller/Process.swift: \(allowed)"])
        let composition = try Repository.text("Sources/kubernetes-image-puller/Composition.swift")
        // One closure is passed to the log, the board, the pool and what is asked of it.
        #expect(composition.ranges(of: "Process.wallTime").count == 1)
        #expect(composition.contains("let wallTime: @Sendable () -> Double = { Process.wallTime() }"))
    }
}
