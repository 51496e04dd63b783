import Testing

@testable import fleet_benchmark

@Suite("The benchmark report")
struct ReportTests {
    private func page(_ results: Results) -> String { Report(results: results, targets: []).page }

    /// The cells of a scenario's rows, by the names of their columns.
    private func cells(_ results: Results) -> [[String: String]] {
        let table = page(results).split(separator: "\n").filter { $0.hasPrefix("| ") }.map { line in
            line.dropFirst(2).dropLast(2).split(separator: " | ").map(String.init)
        }
        guard let head = table.first(where: { $0.first == "Scenario" }) else { return [] }
        return table.filter { $0.first == Scenario.warmStart.rawValue }.map {
            Dictionary(uniqueKeysWithValues: zip(head, $0))
        }
    }

    @Test(
        "compares the puller's CPU time with each floor's in the same scenario, road and size, and shows the mock fleet's"
    )
    func times() {
        let rows = cells(
            Samples.results([
                Samples.measurement(.warmStart) {
                    $0.cpu = 3
                    $0.mockCPU = 0.25
                },
                Samples.measurement(.warmStart, .floor) { $0.cpu = 2 },
                Samples.measurement(.warmStart, .bare, over: .tls) { $0.cpu = 1 },
                Samples.measurement(.warmStart, .bare, users: 10) { $0.cpu = 1 },
            ])
        )
        let puller = rows.filter { $0["By"] == "puller" }
        #expect(puller.count == 1)
        #expect(puller.first?["x floor"] == "1.50")
        #expect(puller.first?["x bare"] == "-")
        #expect(puller.first?["Mock CPU s"] == "0.25")
        #expect(
            rows.filter { $0["By"] != "puller" }.allSatisfy { $0["x bare"] == "-" && $0["x floor"] == "-" }
        )
    }

    @Test("says how many requests arrived by each protocol")
    func protocols() {
        var results = Samples.results([])
        #expect(page(results).contains("there was none"))
        results.tlsRequests = ["HTTP/2.0": 1234]
        #expect(page(results).contains("1234 came by HTTP/2.0"))
    }
}
