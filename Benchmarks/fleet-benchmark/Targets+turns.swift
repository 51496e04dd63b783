import Foundation

/// Rows that compare runs of the same turn.
extension Targets {
    // MARK: Against the floors

    var ratios: [TargetRow] {
        let (middle, most) = (scale.middle, scale.most)
        return [
            ratioRow("CPU, cold start", .coldStart, to: .floor, users: middle, most: 1.25, \.cpu),
            ratioRow("CPU, cold start", .coldStart, to: .bare, users: middle, most: nil, \.cpu),
            ratioRow("Wall time, cold start", .coldStart, to: .floor, users: middle, most: 1.25, \.wall),
            ratioRow("Wall time, cold start", .coldStart, to: .go, users: middle, most: 1.2, \.wall),
            ratioRow("CPU, cold start", .coldStart, to: .go, users: middle, most: nil, \.cpu),
            ratioRow("CPU, steady round", .steadyRound, to: .floor, users: most, most: 1.2, \.cpu),
            ratioRow("CPU, steady round", .steadyRound, to: .bare, users: most, most: 1.6, \.cpu),
            ratioRow("CPU, steady round", .steadyRound, to: .go, users: most, most: nil, \.cpu),
        ]
    }

    private func ratioRow(
        _ name: String,
        _ scenario: Scenario,
        to subject: Subject,
        users: Int,
        most: Double?,
        _ figure: (Measurement) -> Double?
    ) -> TargetRow {
        let puller = Kind(scenario: scenario, users: users)
        var floor = puller
        floor.subject = subject
        let ratio = ratio(puller, to: floor, figure) { "of the medians \(number($0.median / $1.median, 2))" }
        return judged("\(name) of \(users) against \(subject)", ratio, most: most)
    }

    /// What it costs to be observed.
    var observing: [TargetRow] {
        let calm = Kind(scenario: .steadyRound, users: scale.most)
        let observed = Kind(scenario: .observedRound, users: scale.most)
        let name =
            "steady round of \(scale.most), scraped each second and the status page open, against neither"
        return [
            judged(
                "CPU, \(name)",
                ratio(observed, to: calm, \.cpu) {
                    "\(number($0.median, 2)) s / \(number($1.median, 2)) s"
                },
                most: 1.1
            ),
            judged(
                "Peak RSS, \(name)",
                ratio(observed, to: calm, Self.peak) {
                    "\(number($0.median / 1e6, 1)) MB / \(number($1.median / 1e6, 1)) MB"
                },
                most: 1.1
            ),
        ]
    }

    private typealias Ratio = (spread: Spread, text: String)

    /// - Parameter remark: The remark for the two medians.
    private func ratio(
        _ upper: Kind,
        to lower: Kind,
        _ figure: (Measurement) -> Double?,
        remark: (Figure, Figure) -> String
    ) -> Ratio? {
        guard let spread = results.byTurn(upper, lower, figure, /),
            let above = results.median(upper, figure), let below = results.median(lower, figure)
        else { return nil }
        return (spread, "\(spread.text), \(remark(above, below))")
    }

    /// - Parameter most: The target; `nil` to report only.
    private func judged(_ name: String, _ ratio: Ratio?, most: Double?) -> TargetRow {
        guard let most else { return reported(name, ratio.map { ($0.text, $0.spread.runs) }) }
        return row(
            name,
            "<= \(number(most, 2))",
            least: scale.repeats,
            ratio.map { ($0.text, $0.spread.runs, $0.spread.median <= most) }
        )
    }

    // MARK: Isolation

    var isolation: [TargetRow] {
        [
            isolationRow("unlimited rollouts", .isolation, .noFailures, .http, most: 1.2),
            isolationRow("default limits", .isolationLimited, .noFailuresLimited, .http, most: 1.2),
            isolationRow("unlimited rollouts, over TLS", .isolation, .noFailures, .tls, most: nil),
        ]
    }

    private func isolationRow(
        _ remark: String,
        _ failing: Scenario,
        _ healthy: Scenario,
        _ road: Tools.Road,
        most: Double?
    ) -> TargetRow {
        let users = scale.isolation
        let ratio = ratio(
            Kind(scenario: failing, users: users, road: road),
            to: Kind(scenario: healthy, users: users, road: road),
            \.percentile99
        ) { "\(number($0.median, 2)) s / \(number($1.median, 2)) s" }
        return judged(
            "99th percentile of the healthy of \(users), 10 % failing against none, \(remark)",
            ratio,
            most: most
        )
    }

    // MARK: Growth

    /// The exponent of a power of the number of users: 1 is linear. From memory, that with one user is subtracted,
    /// which is the memory of the program itself.
    var growth: [TargetRow] {
        let span = "cold start from \(scale.few) to \(scale.most), default limits: exponent"
        let peakOfOne = results.median(limited(1), Self.peak)?.median
        let restOfOne = results.median(limited(1), Self.rest)?.median
        let judged = [
            ("Wall time", scale.repeats, exponent(.puller, \.wall)),
            ("CPU", scale.repeats, exponent(.puller, \.cpu)),
            (
                "Peak RSS above that with 1 user", scale.repeats,
                exponent(.puller, above: peakOfOne, Self.peak)
            ),
            (
                "RSS at rest above that with 1 user", scale.rests,
                exponent(.puller, above: restOfOne, Self.rest)
            ),
        ].map { name, least, exponent in
            // Compared as rounded for display.
            row(
                "\(name), \(span)",
                "<= 1.00, linear",
                least: least,
                exponent.map { ($0.text, $0.runs, $0.median < 1.005) }
            )
        }
        // The part of the growth that is due to the machine and the mock fleet.
        let floors = [("Wall time", exponent(.floor, \.wall)), ("CPU", exponent(.floor, \.cpu))]
        return judged
            + floors.map { name, exponent in
                reported("\(name) of the floor, \(span)", exponent.map { ($0.text, $0.runs) })
            }
    }

    /// - Parameter base: What is subtracted first; without it, there is no exponent.
    private func exponent(
        _ subject: Subject,
        above base: Double? = 0,
        _ figure: (Measurement) -> Double?
    ) -> Spread? {
        func kind(_ users: Int) -> Kind {
            Kind(scenario: .coldStartLimited, subject: subject, users: users)
        }
        let steps = log(Double(scale.most) / Double(scale.few))
        return results.byTurn(kind(scale.few), kind(scale.most), figure) { small, large in
            guard let base, small > base, large > base else { return nil }
            return log((large - base) / (small - base)) / steps
        }
    }
}
