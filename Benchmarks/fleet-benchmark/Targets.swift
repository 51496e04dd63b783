import Foundation

/// One row of what must be reached.
struct TargetRow: Codable {
    var name: String
    var target: String
    var figure: String
    /// Runs of which the figure is a median; the fewest, where it is made of several.
    var runs: Int?
    /// `nil` when there is no target, or when it is about other sizes than those measured.
    var isMet: Bool?

    var verdict: String { isMet.map { $0 ? "met" : "NOT MET" } ?? "not judged" }

    static let head = ["Figure", "Target", "Measured", "Runs", ""]
    var columns: [String] { [name, target, figure, runs.map(String.init) ?? "-", verdict] }
}

/// What must be reached, and what was.
struct Targets {
    let results: Results
    let scale: Plan.Scale

    /// The targets are about the sizes of these modes.
    private var hasFullSizes: Bool { results.mode != "quick" }
    private let megabyte = 1e6

    var rows: [TargetRow] {
        requests + ratios + memory + [isolation, tls, tlsUnlimited, exit] + growth + [mock]
    }

    /// A row with a figure that was reached, or `nil` when it was not measured.
    ///
    /// - Parameters:
    ///   - reached: The figure in words, the runs that it is of, and whether it is good enough.
    ///   - anySize: Whether the target holds for small fleets, too.
    ///   - least: Runs that it takes to be judged: fewer do not meet anything.
    private func row(
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
    private func reported(_ name: String, _ reached: (text: String, runs: Int)?) -> TargetRow {
        TargetRow(
            name: name,
            target: "reported",
            figure: reached?.text ?? "not measured",
            runs: reached?.runs
        )
    }

    // MARK: Requests

    private var requests: [TargetRow] {
        let expected: [(Scenario, (Int) -> String)] = [
            (.coldStart, Self.coldStart), (.warmStart, { "\($0)/0/0/0" }),
            (.refresh, { "\($0)/\($0)/\($0)/\($0)" }),
            (.exit, { "0/0/\($0)/0" }),
        ]
        return expected.map { scenario, verbs in
            let runs = runs(scenario)
            let users = runs.first?.users ?? scale.middle
            // The one that is wrong, if there is any.
            let told = runs.map(\.verbs).first { $0 != verbs(users) } ?? verbs(users)
            return row(
                "Requests, \(scenario.rawValue) of \(users): get/create/delete/watch",
                verbs(users),
                anySize: true,
                runs.isEmpty ? nil : (told, runs.count, told == verbs(users))
            )
        } + [steadyRequests]
    }

    private static func coldStart(_ users: Int) -> String { "\(users)/\(users)/0/\(users)" }

    /// The number of checks is given; what counts is that nobody is checked twice.
    private var steadyRequests: TargetRow {
        let runs = runs(.steadyRound)
        let most = runs.compactMap(\.mostOfOneUser).max()
        return row(
            "Requests of the user with most, steady round of \(runs.first?.users ?? scale.middle)",
            "1",
            anySize: true,
            most.map { ("\($0)", runs.count, $0 == 1) }
        )
    }

    /// The puller's runs of the size that most is known of.
    private func runs(_ scenario: Scenario) -> [Measurement] {
        [scale.middle, scale.most, scale.few].lazy.map { results.all(scenario, .puller, users: $0) }
            .first { !$0.isEmpty } ?? []
    }

    // MARK: Against the floors

    private func ratioRow(
        _ name: String,
        _ scenario: Scenario,
        to subject: Subject,
        users: Int,
        most: Double?,
        _ figure: (Measurement) -> Double?
    ) -> TargetRow {
        let name = "\(name) of \(users) against \(subject)"
        let upper = results.all(scenario, .puller, users: users).compactMap(figure)
        let lower = results.all(scenario, subject, users: users).compactMap(figure)
        // They took turns, so each is compared with its neighbour: what disturbs the machine for a while disturbs both.
        // Where one is missing, nobody knows whose neighbour it was.
        let ratios = upper.count == lower.count ? zip(upper, lower).map(/) : []
        guard let median = ratios.median, let least = ratios.min(), let greatest = ratios.max(),
            let ofMedians = quotient(
                results.median(scenario, users: users, figure),
                results.median(scenario, subject, users: users, figure)
            )
        else { return most.map { row(name, "<= \(number($0, 2))", nil) } ?? reported(name, nil) }
        let text =
            "\(number(median, 2)) (\(number(least, 2)) to \(number(greatest, 2)); "
            + "of the medians \(number(ofMedians.median, 2)))"
        guard let most else { return reported(name, (text, ratios.count)) }
        return row(
            name,
            "<= \(number(most, 2))",
            least: scale.repeats,
            (text, ratios.count, median <= most)
        )
    }

    private func quotient(_ upper: Figure?, _ lower: Figure?) -> Figure? {
        guard let upper, let lower else { return nil }
        return Figure(median: upper.median / lower.median, runs: min(upper.runs, lower.runs))
    }

    private var ratios: [TargetRow] {
        let (middle, most) = (scale.middle, scale.most)
        return [
            ratioRow("CPU, cold start", .coldStart, to: .floor, users: middle, most: 1.25, \.cpu),
            ratioRow("CPU, cold start", .coldStart, to: .bare, users: middle, most: nil, \.cpu),
            ratioRow("Wall time, cold start", .coldStart, to: .floor, users: middle, most: 1.25, \.wall),
            ratioRow("CPU, steady round", .steadyRound, to: .floor, users: most, most: 1.2, \.cpu),
            ratioRow("CPU, steady round", .steadyRound, to: .bare, users: most, most: 1.6, \.cpu),
        ]
    }

    // MARK: Memory

    private func limited(_ users: Int, _ figure: (Measurement) -> Double?) -> Figure? {
        results.median(.coldStartLimited, users: users, figure)
    }

    private static func rest(_ measurement: Measurement) -> Double? {
        measurement.restMemory.map(Double.init)
    }

    private static func peak(_ measurement: Measurement) -> Double? {
        measurement.peakMemory.map(Double.init)
    }

    private var memory: [TargetRow] {
        let (few, most) = (scale.few, scale.most)
        let growth = limited(most, Self.rest).flatMap { more in
            limited(few, Self.rest).map {
                Figure(median: (more.median - $0.median) / Double(most - few), runs: min($0.runs, more.runs))
            }
        }
        let peaks = [scale.middle, most].map { users in
            let limit = users == 10_000 ? 128.0 : 100
            return row(
                "Peak RSS, cold start of \(users), default limits",
                "<= \(number(limit)) MB",
                least: scale.memoryRepeats,
                limited(users, Self.peak).map {
                    ("\(number($0.median / megabyte)) MB", $0.runs, $0.median <= limit * megabyte)
                }
            )
        }
        return [
            row(
                "RSS at rest: growth per user from \(few) to \(most)",
                "<= 6 KB",
                least: scale.memoryRepeats,
                growth.map { ("\(number($0.median / 1000, 1)) KB", $0.runs, $0.median <= 6000) }
            )
        ] + peaks + [
            reported(
                "RSS at rest with 1 user",
                limited(1, Self.rest).map { ("\(number($0.median / megabyte, 1)) MB", $0.runs) }
            )
        ]
    }

    // MARK: Others

    private var isolation: TargetRow {
        let with = results.median(.isolation, users: scale.isolation, \.percentile99)
        let without = results.median(.noFailures, users: scale.isolation, \.percentile99)
        return row(
            "99th percentile of the healthy of \(scale.isolation), 10 % failing against none",
            "<= 1.2",
            least: scale.repeats,
            quotient(with, without).map {
                let seconds = [with, without].map { "\(number($0?.median ?? 0, 2)) s" }
                return (
                    "\(number($0.median, 2)) (\(seconds.joined(separator: " / ")))", $0.runs, $0.median <= 1.2
                )
            }
        )
    }

    /// A watch that stalls costs one more GET, and most of half a minute.
    private var tls: TargetRow {
        let runs = results.all(.coldStartLimited, .puller, users: scale.most, over: .tls)
        let wall = results.median(.coldStartLimited, users: scale.most, over: .tls, \.wall)
        let plain = limited(scale.most, \.wall)
        let expected = Self.coldStart(scale.most)
        let verbs = runs.map(\.verbs).first { $0 != expected } ?? expected
        return row(
            "Cold start of \(scale.most) over TLS, 250 streams a connection, default limits",
            "no stall: requests \(expected), wall time at most twice that over HTTP",
            quotient(wall, plain).map {
                (
                    "\(verbs), \(number($0.median, 2)) times "
                        + "(\(number(wall?.median ?? 0, 1)) s / \(number(plain?.median ?? 0, 1)) s)",
                    $0.runs, verbs == expected && $0.median <= 2
                )
            }
        )
    }

    /// With as many rollouts as there are users, and so many streams at once as the pool asks for.
    private var tlsUnlimited: TargetRow {
        let runs = results.all(.coldStart, .puller, users: scale.most, over: .tls)
        let expected = Self.coldStart(scale.most)
        let verbs = runs.map(\.verbs).first { $0 != expected } ?? expected
        return row(
            "Cold start of \(scale.most) over TLS, unlimited rollouts",
            "finishes: requests \(expected)",
            runs.compactMap(\.wall).median.map {
                ("\(verbs) in \(number($0, 1)) s", runs.count, verbs == expected)
            }
        )
    }

    private var exit: TargetRow {
        row(
            "Exit with deletion, \(scale.most) users",
            "< 20 s",
            results.median(.exit, users: scale.most, \.wall).map {
                ("\(number($0.median, 1)) s", $0.runs, $0.median < 20)
            }
        )
    }

    /// The exponent of a power of the number of users: 1 is linear. Memory is without what one user costs, which is the
    /// program itself.
    private var growth: [TargetRow] {
        let figures: [(String, (Measurement) -> Double?, Double?)] = [
            ("Wall time", \.wall, 0), ("CPU", \.cpu, 0),
            ("Peak RSS above that with 1 user", Self.peak, limited(1, Self.peak)?.median),
            ("RSS at rest above that with 1 user", Self.rest, limited(1, Self.rest)?.median),
        ]
        return figures.map { name, figure, base in
            row(
                "\(name), cold start from \(scale.few) to \(scale.most), default limits: exponent",
                "<= 1.00, linear",
                least: scale.memoryRepeats,
                exponent(limited(scale.few, figure), limited(scale.most, figure), above: base).map {
                    // As it is shown.
                    (number($0.median, 2), $0.runs, $0.median < 1.005)
                }
            )
        }
    }

    private func exponent(_ small: Figure?, _ large: Figure?, above base: Double?) -> Figure? {
        guard let small, let large, let base, small.median > base, large.median > base else { return nil }
        let growth = log((large.median - base) / (small.median - base))
        return Figure(
            median: growth / log(Double(scale.most) / Double(scale.few)),
            runs: min(small.runs, large.runs)
        )
    }

    /// Steady rounds are left out: how long those of small fleets took is not known well enough.
    private var mock: TargetRow {
        let asked = results.measurements.filter { $0.subject == .puller && $0.scenario != .steadyRound }
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

/// A number with so many decimals.
func number(_ value: Double, _ decimals: Int = 0) -> String { String(format: "%.\(decimals)f", value) }
