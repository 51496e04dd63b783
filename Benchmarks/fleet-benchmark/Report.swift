import Foundation

/// What a run gave, as text: for the terminal, and as a page.
struct Report {
    let results: Results
    let targets: [TargetRow]

    /// The targets in columns.
    var terminal: String {
        Self.columns(figureRows) + "\n" + Self.columns(targetRows) + "\n"
            + remarks.map { "- \($0)\n" }.joined()
    }

    /// The page `docs/benchmarks.md`.
    var page: String {
        """
        # Benchmarks

        <!-- Written by `make bench` or `make bench-all`; do not edit. -->

        The real program (release, static Swift runtime, not stripped) against the mock fleet, both on one machine:
        \(results.machine). Commit \(results.commit), measured with `scripts/bench \(results.mode)` in \(number(results.seconds)) s
        at \(Self.time(results.began)), load average \(results.loadAverageBefore) before and \(results.loadAverageAfter) after it.

        ![Cold starts](benchmarks.svg)

        ## Targets

        \(Self.markdown(targetRows))

        ## How it is measured

        - The mock fleet has three nodes a cluster; its controller notices a change after 1 ms, and pods are ready 4 ms
          later. In the slow fleet each answer takes 20 ms more, and pods 2 s. Nodes that have an image pull it 20 times
          faster, so a refresh is ready sooner than a cold start. Watches are not cut. Five images;
          `START_SPREAD_SECONDS=0`; the log (level `info`, `json`) goes to a file.
        - Rollouts are unlimited (`MAX_CONCURRENT_ROLLOUTS` is the number of users) where "default limits" is not said.
        - `floor` and `bare` send the same requests at the same concurrency. `floor` uses the project's transport and
          decodes what a decision needs; `bare` is URLSession, nothing decoded. Both are processes of their own. `bare`
          has the same mends to libcurl's handling as the puller (`CURLTrust`), so it costs less than URLSession alone.
        - What targets are about takes turns, each in another order. Ratios and exponents are those of neighbours, runs of
          the same turn: the median is given, and in brackets the least and the greatest.
        - Wall time is from the process's start to the last "ready" in the log; for the floors, to the end of the work.
          CPU is user and system time until then, by the process's CPU clock, and by `wait4` at an exit. "x floor" and
          "x bare" are the puller's CPU against theirs, of the medians. "Mock CPU" is what the mock fleet spent meanwhile.
        - Exits with deletion come at the end of cold starts with default limits. Nothing is left in the mock fleet then.
        - Memory is `VmHWM`, at an exit as seen each 100 ms; at rest it is `VmRSS` after a calm of 1.5 s, or 11 s after cold
          starts with default limits over HTTP, in some of the turns. Open files are counted each 100 ms; nearly all are
          connections. Idle connections are TCP sockets that are established after that calm. "-" is what was not looked at.
        - Requests are counted by the mock fleet, those for tokens left out. Where a target is exact it is so for each run
          of every size, over both roads; the run that is furthest from it is shown.
        - A steady round is as many checks as there are users, with a short interval: the third round, since the second one
          after a start looks under both names, as each 24th does; CPU is what it cost in all, wall time
          is from the first check to the last, looked at each 50 ms. The floors come after the puller in each turn, and
          spread their checks evenly over the time that its took; their CPU and wall time begin when they have a token.
          Their checks at once are the rows "warm start".
        - For isolation, one in ten users has one of twenty-two faults. Ten strike all that the user sends, the first GET on
          (error status, reset, silence, delay, endless or huge or slow or broken answers, 401); five strike creates, and
          five watches (silent, cut, expired, refused, never answered); two answer each look with a DaemonSet of two
          thousand labels, or with a uid of 100,000 bytes. The latency is from the timer to the outcome, all
          timers at zero; there is one for each of the healthy.
        - TLS and HTTP/2 end at nginx, which lets 250 streams into a connection and buffers no answer. It writes down the
          protocol of each request: \(protocols). The puller never puts two requests on one
          connection at once, so that limit is never reached by its own doing.
        - Exponents are of a power of the number of users: 1 is linear. Those of the floor show what of it is the machine's.
        - Where "runs" is more than 1, figures are medians; a target's are the fewest of what its figure is made of.
          Requests are those of the first run.

        ## Figures

        \(Self.markdown(figureRows))

        ## Remarks

        \(remarks.isEmpty ? "None." : remarks.map { "- \($0)" }.joined(separator: "\n"))

        """
    }

    private var protocols: String {
        results.tlsRequests.isEmpty
            ? "there was none"
            : results.tlsRequests.sorted { $0.key < $1.key }.map { "\($0.value) came by \($0.key)" }
                .joined(separator: ", ")
    }

    private var targetRows: [[String]] { [TargetRow.head] + targets.map(\.columns) }

    private var remarks: [String] { results.failures.map { "Went wrong: \($0)" } + results.remarks }

    private var figureRows: [[String]] {
        var rows = [
            [
                "Scenario", "Road", "Users", "By", "Runs", "Wall s", "CPU s", "CPU ms/user", "x floor",
                "x bare",
                "Mock CPU s", "Peak MB", "Rest MB", "Open files", "Idle conn.", "get/create/delete/watch",
                "p50 s",
                "p99 s",
            ]
        ]
        for road in Tools.Road.allCases {
            for scenario in Scenario.allCases {
                let measured = results.measurements.filter { $0.scenario == scenario && $0.road == road }
                for users in Set(measured.map(\.users)).sorted() {
                    for subject in Subject.allCases {
                        let kind = Kind(scenario: scenario, subject: subject, users: users, road: road)
                        if let row = figures(kind) { rows.append(row) }
                    }
                }
            }
        }
        return rows
    }

    private func figures(_ kind: Kind) -> [String]? {
        let runs = results.all(kind)
        guard let first = runs.first else { return nil }
        func median(_ figure: (Measurement) -> Double?, _ decimals: Int) -> String {
            results.median(kind, figure).map { number($0.median, decimals) } ?? "-"
        }
        func megabytes(_ bytes: Int?) -> Double? { bytes.map { Double($0) / 1e6 } }
        return [
            kind.scenario.rawValue, kind.road.rawValue, "\(kind.users)", "\(kind.subject)", "\(runs.count)",
            median(\.wall, 2), median(\.cpu, 2), median({ $0.cpu * 1000 / Double($0.users) }, 2),
            times(kind, .floor), times(kind, .bare), median(\.mockCPU, 2),
            median({ megabytes($0.peakMemory) }, 0), median({ megabytes($0.restMemory) }, 0),
            median({ $0.openFiles.map(Double.init) }, 0),
            median({ $0.restConnections.map(Double.init) }, 0), first.verbs,
            median(\.median, 3), median(\.percentile99, 3),
        ]
    }

    /// The puller's CPU against that of a floor.
    private func times(_ kind: Kind, _ subject: Subject) -> String {
        var floor = kind
        floor.subject = subject
        guard kind.subject == .puller, let above = results.median(kind, \.cpu),
            let below = results.median(floor, \.cpu)
        else { return "-" }
        return number(above.median / below.median, 2)
    }

    private static func time(_ date: Date) -> String {
        date.formatted(.iso8601)
    }

    private static func markdown(_ rows: [[String]]) -> String {
        guard let head = rows.first else { return "" }
        let lines = [head, head.map { _ in "---" }] + rows.dropFirst()
        return lines.map { "| \($0.joined(separator: " | ")) |" }.joined(separator: "\n")
    }

    private static func columns(_ rows: [[String]]) -> String {
        guard let head = rows.first else { return "" }
        let widths = head.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            zip(row, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }
                .joined(separator: "  ") + "\n"
        }.joined()
    }
}
