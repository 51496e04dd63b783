import Foundation

/// The results of a run as text: for the terminal, and as a page.
struct Report {
    let results: Results
    let targets: [TargetRow]

    /// Figures, targets and remarks for the terminal.
    var terminal: String {
        Self.columns(figureRows) + "\n" + Self.columns(targetRows) + "\n"
            + remarks.map { "- \($0)\n" }.joined()
    }

    /// The page `docs/benchmarks.md`.
    var page: String {
        """
        # Benchmarks

        <!-- Written by `make bench` or `make bench-all`; do not edit. -->

        The real program (release build, static Swift runtime, not stripped) with the mock fleet, both on one machine:
        \(results.machine). Commit \(results.commit), measured by `scripts/bench \(results.mode)` in \(number(results.seconds)) s
        at \(Self.time(results.began)); load average \(results.loadAverageBefore) before the run and \(results.loadAverageAfter) after it.

        ![Cold starts](benchmarks.svg)

        ## Targets

        \(Self.markdown(targetRows))

        ## How it is measured

        - The mock fleet has three nodes per cluster; its controller notices a change after 1 ms, and pods are ready 4 ms
          later. In the slow fleet, each answer takes 20 ms longer, and pods take 2 s. A node that already has an image
          pulls it 20 times faster, so a refresh is ready sooner than a cold start. Watches are not cut. Each DaemonSet has
          five images; `START_SPREAD_SECONDS=0`; the log (level `info`, format `json`) goes to a file.
        - Rollouts are unlimited (`MAX_CONCURRENT_ROLLOUTS` is the number of users) unless the scenario says "default
          limits".
        - `floor` and `bare` send the same requests with the same concurrency. `floor` uses the project's transport and
          decodes what a decision needs; `bare` uses URLSession and decodes nothing. Both are separate processes. `bare` has
          the same corrections to the use of libcurl as the puller (`CURLTrust`), so it costs less than URLSession alone.
        - `go` sends the same requests with Go's net/http, decodes what a decision needs, and keeps nothing: it is what
          another language's HTTP client costs. "CPU x go" and "Wall x go" are the puller's medians divided by its medians.
          Its creations have the puller's bodies, which `request-floor print` prints. Without Go, it is not measured.
        - Runs for the targets take turns, in a different order in each turn. Ratios and exponents compare runs of the same
          turn: the median is given, with the least and the greatest in parentheses.
        - Wall time is from the start of the process to the last "ready" in the log; for the floors, to the end of the work.
          CPU is user and system time until then, from the process's CPU clock, or from `wait4` at an exit. "x floor" and
          "x bare" are the puller's median CPU time divided by that of `floor` and of `bare`. "Mock CPU" is the CPU time of
          the mock fleet during the run.
        - Exits with deletion come at the end of cold starts with default limits. They leave nothing in the mock fleet.
        - Peak memory is `VmHWM`, at an exit read every 100 ms; memory at rest is `VmRSS` after 1.5 s without work,
          or after 11 s in some turns of the cold starts with default limits over HTTP. Open files are counted every 100 ms;
          nearly all are connections. Idle connections are TCP sockets that are established at rest. "-" means that
          something was not measured.
        - Requests are counted by the mock fleet, without those for tokens. An exact target applies to every run of every
          size, over both roads; the run that differs most from it is shown.
        - A steady round consists of as many checks as there are users, with a short interval, over which the puller
          spreads them. The third round is measured, because the second one after a start reads both names, as every 24th
          does. CPU and wall time are those of the round, whose end is observed every 50 ms; the most requests of one user
          are read when nine tenths of the checks are over. In each turn, the floors run after the puller and spread their
          checks evenly over the time that the puller's round took; their CPU and wall time begin when they have a token.
          In the next round, "observed", /metrics is scraped each second, and what the open status page asks is asked: all
          clusters once, then the summary and what has changed every three seconds. The puller's ports are open in both
          rounds. The rows "warm start" have the floors' checks without such a spread.
        - For isolation, one in ten users has one of twenty-two faults. Ten affect everything from the user's first GET on
          (error status, reset, silence, delay, endless or huge or slow or broken answers, 401). Five affect creates, and
          five affect watches (silent, cut, expired, refused, never answered). Two answer each read with a DaemonSet that
          has two thousand labels, or a uid of 100,000 bytes. The latency is the time from the timer to the outcome, with
          all timers at zero; each healthy user contributes one.
        - TLS and HTTP/2 end at nginx, which allows 250 streams per connection and does not buffer answers. It logs the
          protocol of each request: \(protocols). The puller never sends two requests at once over one connection, so it
          does not reach that limit itself.
        - The large fleet lives in one process of the puller: its users come from a file, pods are ready 100 ms after their
          creation, and each cluster is checked every 250 s. After a first start, in which the second checks of some
          clusters come, too, and one round more, two rounds are measured; their memory is `VmRSS` at their ends. Then the
          proxy answers everything with 503 for two minutes; the next phase begins when it is well again, and ends when all
          clusters are ready. A tenth more users are written to the file, and removed again, and the exit deletes
          everything. Peak memory is that of each phase. The mock fleet counts the requests of each second: what comes at
          random hardly ever exceeds the straight line through the ten seconds before and after it (fewer at the ends) by
          five square roots of what that line says; what comes in a wave does.
        - Exponents are those of a power of the number of users: 1 is linear. The floor's exponents show how much of the
          growth is due to the machine and the mock fleet.
        - If "runs" is more than 1, figures are medians. A target's runs are the fewest of those that its figure is made of.
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
                "x bare", "CPU x go", "Wall x go",
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
            times(kind, .floor), times(kind, .bare), times(kind, .go),
            times(kind, .go, \.wall), median(\.mockCPU, 2),
            median({ megabytes($0.peakMemory) }, 0), median({ megabytes($0.restMemory) }, 0),
            median({ $0.openFiles.map(Double.init) }, 0),
            median({ $0.restConnections.map(Double.init) }, 0), first.verbs,
            median(\.median, 3), median(\.percentile99, 3),
        ]
    }

    /// The puller's CPU or wall time divided by that of a floor.
    private func times(_ kind: Kind, _ subject: Subject, _ figure: (Measurement) -> Double? = \.cpu) -> String
    {
        var floor = kind
        floor.subject = subject
        guard kind.subject == .puller, let above = results.median(kind, figure),
            let below = results.median(floor, figure)
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
