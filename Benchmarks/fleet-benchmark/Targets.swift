import Foundation

/// The targets, and what was measured.
struct Targets {
    let results: Results
    let scale: Scale

    /// Whether the run has the sizes that the targets are for.
    private var hasFullSizes: Bool { results.mode != "quick" }
    private let megabyte = 1e6

    var rows: [TargetRow] {
        // Of a run with nothing else, the others would say that they were not measured.
        if results.mode == "large" { return large }
        return requests + ratios + observing + memory + isolation + [tls, tlsUnlimited, protocols, exit]
            + growth + [mock] + large
    }

    /// A row with a target.
    ///
    /// - Parameters:
    ///   - anySize: Whether the target applies to small fleets, too.
    ///   - least: The number of runs that the target needs; with fewer, it is not met.
    ///   - reached: The figure as text, the number of its runs, and whether it is good enough; `nil` if it was not
    ///     measured.
    func row(
        _ name: String,
        _ target: String,
        anySize: Bool = false,
        least: Int = 1,
        _ reached: (text: String, runs: Int, isMet: Bool)?
    ) -> TargetRow {
        guard let reached else {
            return hasFullSizes
                ? TargetRow(name: name, target: target, figure: "not measured", isMet: false)
                : TargetRow(name: name, target: target, figure: "-")
        }
        return TargetRow(
            name: name,
            target: target,
            figure: reached.text,
            runs: reached.runs,
            isMet: hasFullSizes || anySize ? reached.isMet && reached.runs >= least : nil
        )
    }

    /// A row without a target.
    func reported(_ name: String, _ reached: (text: String, runs: Int)?) -> TargetRow {
        TargetRow(
            name: name,
            target: "reported",
            figure: reached?.text ?? "not measured",
            runs: reached?.runs
        )
    }

    // MARK: Memory

    static func rest(_ measurement: Measurement) -> Double? { measurement.restMemory.map(Double.init) }

    static func peak(_ measurement: Measurement) -> Double? { measurement.peakMemory.map(Double.init) }

    /// The puller's cold start with default limits.
    func limited(_ users: Int) -> Kind { Kind(scenario: .coldStartLimited, users: users) }

    private var memory: [TargetRow] {
        let (few, most) = (scale.few, scale.most)
        let growth = results.byTurn(limited(few), limited(most), Self.rest) {
            ($1 - $0) / Double(most - few) / 1000
        }
        let peaks = [(scale.middle, scale.peakOfMiddle), (most, scale.peakOfMost)].map { users, limit in
            row(
                "Peak RSS, cold start of \(users), default limits",
                "<= \(number(limit)) MB",
                least: scale.repeats,
                results.median(limited(users), Self.peak).map {
                    ("\(number($0.median / megabyte)) MB", $0.runs, $0.median <= limit * megabyte)
                }
            )
        }
        return [
            row(
                "RSS at rest: growth per user from \(few) to \(most)",
                "<= 6 KB",
                least: scale.rests,
                growth.map { ("\($0.text) KB", $0.runs, $0.median <= 6) }
            )
        ] + peaks + [
            reported(
                "RSS at rest with 1 user",
                results.median(limited(1), Self.rest).map {
                    ("\(number($0.median / megabyte, 1)) MB", $0.runs)
                }
            )
        ]
    }

    // MARK: Others

    /// With as many rollouts as there are users, and as many concurrent streams as the pool uses.
    private var tlsUnlimited: TargetRow {
        let runs = results.all(Kind(scenario: .coldStart, users: scale.most, road: .tls))
        return row(
            "Cold start of \(scale.most) over TLS, unlimited rollouts",
            "finishes: requests \(RequestsPerUser.coldStart.verbs(of: scale.most))",
            runs.compactMap(\.wall).median.flatMap { wall in
                RequestsPerUser.coldStart.worst(of: runs).map {
                    ("\($0.verbs) in \(number(wall, 1)) s", runs.count, $0.isRight)
                }
            }
        )
    }

    /// A watch that stalls costs an additional GET, and almost half a minute.
    private var tls: TargetRow {
        let secured = Kind(scenario: .coldStartLimited, users: scale.most, road: .tls)
        let worst = RequestsPerUser.coldStart.worst(of: results.all(secured))
        let reached = results.median(secured, \.wall).flatMap { wall in
            results.median(limited(scale.most), \.wall).flatMap { plain in
                worst.map { worst in
                    let times = wall.median / plain.median
                    let seconds = "\(number(wall.median, 1)) s / \(number(plain.median, 1)) s"
                    return (
                        "\(worst.verbs), \(number(times, 2)) times (\(seconds))",
                        min(wall.runs, plain.runs), worst.isRight && times <= 1.3
                    )
                }
            }
        }
        return row(
            "Cold start of \(scale.most) over TLS, 250 streams a connection, default limits",
            "no stall: requests \(RequestsPerUser.coldStart.verbs(of: scale.most)), wall time <= 1.3 times that over HTTP",
            reached
        )
    }

    private var protocols: TargetRow {
        let seen = results.tlsRequests
        let all = seen.values.reduce(0, +)
        let modern = seen[TLSProtocol.expected, default: 0]
        return row(
            "Requests over TLS that came by HTTP/2, by nginx's log",
            "all",
            anySize: true,
            all == 0 ? nil : ("\(modern) of \(all)", 1, modern == all)
        )
    }

    private var exit: TargetRow {
        row(
            "Exit with deletion, \(scale.most) users",
            "< 20 s",
            least: scale.repeats,
            results.median(Kind(scenario: .exit, users: scale.most), \.wall).map {
                ("\(number($0.median, 1)) s", $0.runs, $0.median < 20)
            }
        )
    }

    /// Steady rounds are left out, because the duration of those of small fleets is not known precisely enough.
    private var mock: TargetRow {
        let asked = results.measurements.filter {
            $0.subject == .puller && ![.steadyRound, .observedRound].contains($0.scenario)
        }
        .compactMap { result in result.wall.map { Double(result.requests["total", default: 0]) / $0 } }
        .max()
        return row(
            "The mock fleet's answers to GET a second (wrk) against the most requests that the puller sent",
            ">= 5",
            anySize: true,
            results.mockRequestsPerSecond.flatMap { can in
                asked.map {
                    ("\(number(can / $0, 1)) (\(number(can)) / \(number($0)))", 1, can / $0 >= 5)
                }
            }
        )
    }
}
