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
