import Foundation

/// A figure of several runs of the same kind.
struct Figure {
    var median: Double
    var runs: Int
}

/// All measurements of a run.
struct Results: Codable {
    /// Where and when it ran.
    var machine: String
    var began: Date
    /// The commit that was measured.
    var commit: String
    /// `quick`, `full` or `all`.
    var mode: String
    var seconds = 0.0
    var loadAverageBefore: String
    var loadAverageAfter = ""
    /// The answers per second that the mock fleet gives to `wrk`.
    var mockRequestsPerSecond: Double?
    /// The requests that nginx received, by protocol.
    var tlsRequests: [String: Int] = [:]
    var measurements: [Measurement] = []
    /// What was left out.
    var remarks: [String] = []
    /// What went wrong.
    var failures: [String] = []

    func all(_ kind: Kind) -> [Measurement] { measurements.filter { $0.kind == kind } }

    /// The median of a figure over all runs of a kind; `nil` if it was not measured.
    func median(_ kind: Kind, _ figure: (Measurement) -> Double?) -> Figure? {
        let figures = all(kind).compactMap(figure)
        return figures.median.map { Figure(median: $0, runs: figures.count) }
    }

    /// Combines the figures of two kinds in each turn that has both: a temporary disturbance of the machine affects
    /// both runs of a turn.
    func byTurn(
        _ one: Kind,
        _ other: Kind,
        _ figure: (Measurement) -> Double?,
        _ combine: (Double, Double) -> Double?
    ) -> Spread? {
        let others = all(other)
        let values = all(one).compactMap { run -> Double? in
            guard let turn = run.turn, let neighbour = others.first(where: { $0.turn == turn }),
                let first = figure(run), let second = figure(neighbour)
            else { return nil }
            return combine(first, second)
        }
        return Spread(values)
    }
}

/// A figure with one value for each turn.
struct Spread {
    let median: Double
    let runs: Int
    private let least: Double
    private let greatest: Double

    init?(_ values: [Double]) {
        guard let median = values.median, let least = values.min(), let greatest = values.max() else {
            return nil
        }
        (self.median, self.least, self.greatest, runs) = (median, least, greatest, values.count)
    }

    var text: String {
        let middle = number(median, 2)
        return runs == 1 ? middle : "\(middle) (\(number(least, 2)) to \(number(greatest, 2)))"
    }
}

extension [Double] {
    /// The middle value, or the mean of the two middle values; `nil` if there are none.
    var median: Double? {
        let sorted = sorted()
        guard let upper = sorted.dropFirst(count / 2).first else { return nil }
        return count.isMultiple(of: 2) ? (upper + sorted[count / 2 - 1]) / 2 : upper
    }

    /// The smallest value that is not below this percentage of the values.
    func percentile(_ percent: Double) -> Double? {
        isEmpty ? nil : sorted()[Swift.max(0, Int((Double(count) * percent / 100).rounded(.up)) - 1)]
    }
}
