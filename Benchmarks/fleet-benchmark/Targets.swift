import Foundation

/// One row of what must be reached.
struct TargetRow: Codable {
    var name: String
    var target: String
    var figure: String
    /// `nil` when it was not measured, or not at the size that the target is about.
    var isMet: Bool?

    var verdict: String { isMet.map { $0 ? "met" : "NOT MET" } ?? "not judged" }
}

/// What must be reached, and what was.
struct Targets {
    let results: Results
    let scale: Plan.Scale

    private var isFull: Bool { results.mode == "full" }
    private let megabyte = 1e6

    var rows: [TargetRow] {
        requests + ratios + memory + [isolation, tls, exit] + growth + [mock]
    }

    private func row(_ name: String, _ target: String, _ figure: String?, _ isMet: Bool?) -> TargetRow {
        TargetRow(name: name, target: target, figure: figure ?? "-", isMet: figure == nil ? nil : isMet)
    }

    private var requests: [TargetRow] {
        [(Scenario.coldStart, 3.0), (.warmStart, 1), (.steadyRound, 1), (.refresh, 4), (.exit, 1)].map {
            let figure =
                results.median($0, users: scale.middle, Self.requests)
                ?? results.median($0, users: scale.most, Self.requests)
            return row(
                "Requests per user, \($0.rawValue)",
                number($1),
                figure.map { number($0, 2) },
                figure.map { [target = $1] in $0 <= target + 0.005 }
            )
        }
    }

    /// In a steady round the number of checks is given; what counts is that nobody is checked twice.
    private static func requests(_ measurement: Measurement) -> Double? {
        measurement.scenario == .steadyRound
            ? measurement.mostOfOneUser.map(Double.init) : measurement.requestsPerUser
    }

    private func ratio(
        _ scenario: Scenario,
        to subject: Subject,
        users: Int,
        _ figure: (Measurement) -> Double?
    ) -> Double? {
        guard let own = results.median(scenario, users: users, figure),
            let floor = results.median(scenario, subject, users: users, figure)
        else { return nil }
        return own / floor
    }

    private func ratioRow(
        _ name: String,
        _ scenario: Scenario,
        to subject: Subject,
        users: Int,
        most: Double?,
        _ figure: (Measurement) -> Double?
    ) -> TargetRow {
        let ratio = ratio(scenario, to: subject, users: users, figure)
        let isMet = most.flatMap { most in isFull ? ratio.map { $0 <= most } : nil }
        return row(
            "\(name) of \(users) against \(subject)",
            most.map { "<= \(number($0, 2))" } ?? "reported",
            ratio.map { number($0, 2) },
            isMet
        )
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

    private var memory: [TargetRow] {
        let (few, most) = (scale.few, scale.most)
        func rest(_ users: Int) -> Double? {
            results.median(.coldStartLimited, users: users) { $0.restMemory.map(Double.init) }
        }
        func peak(_ users: Int) -> Double? {
            results.median(.coldStartLimited, users: users) { $0.peakMemory.map(Double.init) }
        }
        let growth = rest(most).flatMap { more in rest(few).map { (more - $0) / Double(most - few) } }
        let peaks = Set([scale.middle, most]).sorted().map { users in
            let limit = users == 10_000 ? 128.0 : 100
            return row(
                "Peak RSS, cold start of \(users), default limits",
                "<= \(number(limit)) MB",
                peak(users).map { "\(number($0 / megabyte)) MB" },
                isFull ? peak(users).map { $0 <= limit * megabyte } : nil
            )
        }
        return [
            row(
                "RSS at rest: growth per user from \(few) to \(most)",
                "<= 6 KB",
                growth.map { "\(number($0 / 1000, 1)) KB" },
                isFull ? growth.map { $0 <= 6000 } : nil
            )
        ] + peaks + [
            row("RSS at rest with 1 user", "reported", rest(1).map { "\(number($0 / megabyte, 1)) MB" }, nil)
        ]
    }

    private var isolation: TargetRow {
        let with = results.median(.isolation, users: scale.isolation, \.percentile99)
        let without = results.median(.noFailures, users: scale.isolation, \.percentile99)
        let ratio = with.flatMap { with in without.map { with / $0 } }
        return row(
            "99th percentile of the healthy of \(scale.isolation), 10 % failing against none",
            "<= 1.2",
            ratio.map { "\(number($0, 2)) (\(number(with ?? 0, 2)) s / \(number(without ?? 0, 2)) s)" },
            isFull ? ratio.map { $0 <= 1.2 } : nil
        )
    }

    private var tls: TargetRow {
        let wall = results.median(.coldStartLimited, users: scale.most, over: .tls, \.wall)
        return row(
            "Cold start of \(scale.most) over TLS, 250 streams a connection",
            "finishes",
            wall.map { "\(number($0, 1)) s" },
            isFull ? true : nil
        )
    }

    private var exit: TargetRow {
        let wall = results.median(.exit, users: scale.most, \.wall)
        return row(
            "Exit with deletion, \(scale.most) users",
            "< 20 s",
            wall.map { "\(number($0, 1)) s" },
            isFull ? wall.map { $0 < 20 } : nil
        )
    }

    /// The exponent of a power of the number of users: 1 is linear.
    private var growth: [TargetRow] {
        let (few, most) = (scale.few, scale.most)
        let figures: [(String, (Measurement) -> Double?)] = [
            ("Wall time", \.wall), ("CPU", \.cpu), ("Peak RSS", { $0.peakMemory.map(Double.init) }),
        ]
        return figures.map { name, figure in
            let small = results.median(.coldStartLimited, users: few, figure)
            let large = results.median(.coldStartLimited, users: most, figure)
            let exponent = small.flatMap { small in
                large.map { log($0 / small) / log(Double(most) / Double(few)) }
            }
            return row(
                "\(name), cold start from \(few) to \(most), default limits: exponent",
                "<= 1",
                exponent.map { number($0, 2) },
                // Two runs of the same differ by some percent.
                isFull ? exponent.map { $0 <= 1.03 } : nil
            )
        }
    }

    private var mock: TargetRow {
        let asked = results.measurements.filter { $0.subject == .puller }.compactMap { result in
            result.wall.map { Double(result.requests["total", default: 0]) / $0 }
        }.max()
        let ratio = results.mockRequestsPerSecond.flatMap { can in asked.map { can / $0 } }
        return row(
            "The mock fleet's answers a second (wrk) against the most that the puller asked",
            ">= 5",
            ratio.map {
                "\(number($0, 1)) (\(number(results.mockRequestsPerSecond ?? 0)) / \(number(asked ?? 0)))"
            },
            ratio.map { $0 >= 5 }
        )
    }
}

/// A number with so many decimals.
func number(_ value: Double, _ decimals: Int = 0) -> String { String(format: "%.\(decimals)f", value) }
