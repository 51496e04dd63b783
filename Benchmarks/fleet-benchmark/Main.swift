import Foundation

/// Compares the real puller with the floors and with its targets; `scripts/bench` starts it.
@main
struct Main {
    private static let usage = """
        usage: fleet-benchmark quick|full|large|all --folder DIR [--docs DIR] [--commit HASH] [--wrk PROGRAM]
                               [--go-floor PROGRAM]
                               [--tls-url URL --mock-port N --ca-bundle FILE --protocols FILE]

          quick   small fleets, about a minute; targets that depend on the size are not judged
          full    every target, about 15 minutes; steps for which there is no time are left out
          large   a fleet of 100,000 clusters, about 25 minutes
          all     every target and every other size, up to an hour

        Exits with 1 if something went wrong, or a request over TLS did not use HTTP/2. Steps for which there was no time
        and targets that are not met are reported, but do not change the exit code.

        """

    static func main() {
        var arguments = CommandLine.arguments.dropFirst()
        let mode = arguments.popFirst()
        var options: [String: String] = [:]
        while let name = arguments.popFirst(), let value = arguments.popFirst() { options[name] = value }
        guard let mode, let scale = Scale.byMode[mode], let folder = options["--folder"] else {
            print(usage, terminator: "")
            exit(64)
        }
        raiseFileLimit()
        let tls: Tools.TLS? =
            if let url = options["--tls-url"], let port = options["--mock-port"].flatMap({ Int($0) }),
                let bundle = options["--ca-bundle"], let protocols = options["--protocols"]
            {
                Tools.TLS(url: url, mockPort: port, bundle: bundle, protocols: protocols)
            } else {
                nil
            }
        let tools = Tools(
            folder: URL(fileURLWithPath: folder),
            tls: tls,
            goFloor: options["--go-floor"].map { URL(fileURLWithPath: $0) }
        )
        let began = Results(
            machine: machine,
            began: Date(),
            commit: options["--commit"] ?? "unknown",
            mode: mode,
            loadAverageBefore: loadAverage
        )
        let results = run(
            Plan(scale, hasTLS: tls != nil, subjects: tools.subjects),
            scale,
            began,
            tools,
            wrk: options["--wrk"]
        )
        let rows = Targets(results: results, scale: scale).rows
        let report = Report(results: results, targets: rows)
        print("\n" + report.terminal)
        do {
            try write(results, rows, report, scale, tools, docs: options["--docs"])
        } catch {
            print("cannot write the results: \(error)")
            exit(1)
        }
        // A target that is not met does not change the exit code, because figures and time depend on the machine.
        exit(results.failures.isEmpty ? 0 : 1)
    }

    private static func run(
        _ plan: Plan,
        _ scale: Scale,
        _ results: Results,
        _ tools: Tools,
        wrk: String?
    ) -> Results {
        var results = results
        if tools.tls == nil {
            results.remarks.append("Nothing was measured over TLS: a program for it is missing.")
        }
        if tools.goFloor == nil {
            results.remarks.append(
                "Nothing was measured with Go's net/http: Go is missing, or cannot build go-floor."
            )
        }
        let began = ContinuousClock.now
        func seconds() -> Double { began.duration(to: .now) / .seconds(1) }
        if let wrk {
            do {
                results.mockRequestsPerSecond = try MockSpeed.measure(tools, wrk: wrk)
            } catch {
                results.failures.append("the mock fleet's speed: \(error)")
            }
        } else {
            results.remarks.append("The mock fleet's speed was not measured: wrk or curl is missing.")
        }
        var skipped: [String] = []
        for step in plan.steps {
            guard seconds() < (step.isShort ? scale.budgetOfShort : scale.budget) else {
                skipped.append(step.name)
                continue
            }
            let start = seconds()
            var measured: [Measurement] = []
            do {
                try step.run(
                    Scenarios(tools: tools) {
                        measured.append($0)
                        measured[measured.count - 1].turn = step.turn
                    }
                )
            } catch {
                results.failures.append("\(step.name): \(error)")
                say("\(step.name): \(error)")
            }
            results.measurements += measured
            say("\(number(seconds(), 1)) s: \(step.name) took \(number(seconds() - start, 1)) s")
        }
        if !skipped.isEmpty {
            results.remarks.append("Left out for lack of time: \(skipped.joined(separator: "; ")).")
        }
        noteProtocols(&results, tools)
        results.seconds = seconds()
        results.loadAverageAfter = loadAverage
        return results
    }

    /// Figures over TLS are valid only if every request used HTTP/2.
    private static func noteProtocols(_ results: inout Results, _ tools: Tools) {
        guard let tls = tools.tls, results.measurements.contains(where: { $0.road == .tls }) else { return }
        let log = (try? String(contentsOfFile: tls.protocols, encoding: .utf8)) ?? ""
        results.tlsRequests = TLSProtocol.count(log)
        if let problem = TLSProtocol.problem(results.tlsRequests) { results.failures.append(problem) }
    }

    private static func say(_ line: String) {
        print(line)
        fflush(nil)
    }

    private static func write(
        _ results: Results,
        _ rows: [TargetRow],
        _ report: Report,
        _ scale: Scale,
        _ tools: Tools,
        docs: String?
    ) throws {
        struct Output: Encodable {
            var targets: [TargetRow]
            var results: Results
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        encoder.dateEncodingStrategy = .iso8601
        let json = try encoder.encode(Output(targets: rows, results: results))
        try (json + Data("\n".utf8)).write(to: tools.file("benchmarks.json"))
        guard let docs = docs.map({ URL(fileURLWithPath: $0) }) else { return }
        try Data(report.page.utf8).write(to: docs.appendingPathComponent("benchmarks.md"))
        let chart = Chart(results: results, limit: scale.peakOfMost)
        try Data(chart.svg.utf8).write(to: docs.appendingPathComponent("benchmarks.svg"))
    }

    private static var loadAverage: String {
        let text = (try? String(contentsOfFile: "/proc/loadavg", encoding: .utf8)) ?? ""
        return text.split(separator: " ").prefix(3).joined(separator: " ")
    }

    private static var machine: String {
        let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let model = text.split(separator: "\n").first { $0.hasPrefix("model name") }?
            .split(separator: ":").last?.trimmingCharacters(in: .whitespaces)
        return "\(ProcessInfo.processInfo.activeProcessorCount) cores of \(model ?? "an unknown processor")"
    }

    /// Raises the limit of open files, which child processes inherit: each connection is an open file.
    private static func raiseFileLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
