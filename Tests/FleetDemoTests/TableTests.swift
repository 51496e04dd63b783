import Testing

@testable import fleet_demo

@Suite("The demo's table")
struct TableTests {
    private func view() -> FleetView {
        var view = FleetView(clusters: (1...12).map { "cluster-\($0)" })
        for number in 1...12 {
            view.see(
                LogEvent(
                    event: number == 7 ? "failed" : "ready",
                    user: "cluster-\(number)",
                    reason: number == 7 ? "ServerError" : nil,
                    message:
                        "a rather long message that is longer than any line of a terminal of eighty columns",
                    ready: 6,
                    desired: 6,
                    next_check_seconds: 4
                ),
                at: 0
            )
        }
        return view
    }

    @Test(
        "The table fits into every terminal, and an ellipsis marks where text is cut",
        arguments: [1, 2, 10, 20, 40, 72, 80, 110, 200],
        [1, 2, 3, 4, 5, 12, 15, 16, 24]
    )
    func fits(columns: Int, rows: Int) {
        let lines = Table.draw(view(), at: 0, size: Screen.Size(columns: columns, rows: rows))
        #expect(lines.count <= rows)
        for line in lines { #expect(line.text.count <= columns) }
        for line in lines where line.text.contains("rather") {
            #expect(line.text.hasSuffix("…") || line.text.hasSuffix("columns"))
        }
    }

    @Test("When not all clusters fit, the failing one is shown, and how many are left out")
    func fewRows() {
        let lines = Table.draw(view(), at: 0, size: Screen.Size(columns: 80, rows: 7)).map(\.text)
        #expect(lines.count == 7)
        #expect(lines.contains { $0.hasPrefix("cluster-7 ") })
        #expect(lines.last == "… and 9 more")
    }

    @Test("When there is room, every cluster is shown")
    func allRows() {
        let lines = Table.draw(view(), at: 0, size: Screen.Size(columns: 80, rows: 16)).map(\.text)
        #expect(lines.count == 16)
        #expect(lines.count { $0.hasPrefix("cluster-") } == 12)
        #expect(lines[0] == "kubernetes-image-puller: 12 simulated clusters, one puller")
        #expect(lines[1] == "11 of 12 ready, 1 failing. Ctrl-C ends.")
    }

    @Test("Unknown events, and events that are not about a cluster, change no state")
    func unknownEvents() {
        var view = view()
        view.see(LogEvent(event: "digest", message: "m"), at: 1)
        view.see(LogEvent(event: "surprise", user: "cluster-1", message: "m"), at: 1)
        #expect(view.readyCount == 11)
        #expect(view.failingCount == 1)
    }
}
