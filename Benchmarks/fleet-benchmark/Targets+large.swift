import Foundation

// What a large fleet must reach, in every phase of its life.
extension Targets {
    /// Bytes: 256 MiB, the memory limit of a small pod.
    private static let mostMemory = 256.0 * 1024 * 1024
    /// Standard deviations of what comes at random.
    private static let mostExcess = 5.0
    /// The share by which memory may differ from one round to the next: pages that threads happen to hold.
    private static let mostGrowth = 1.02

    var large: [TargetRow] {
        guard let users = scale.large?.users else { return [] }
        func kind(_ scenario: Scenario) -> Kind { Kind(scenario: scenario, users: users) }
        let peaks = Scenario.large.map { scenario in
            row(
                "Peak RSS, \(scenario.rawValue), \(users) clusters",
                "<= 256 MiB",
                results.median(kind(scenario), Self.peak).map { peak in
                    let mebibytes = peak.median / 1024 / 1024
                    return ("\(number(mebibytes)) MiB", peak.runs, peak.median <= Self.mostMemory)
                }
            )
        }
        let rounds = results.all(kind(.largeRound)).compactMap(Self.rest)
        let growth = zip(rounds, rounds.dropFirst()).map { $1 / $0 }.max()
        return peaks + [
            row(
                "RSS after a steady round of \(users) against that after the round before",
                "<= \(Self.mostGrowth)",
                growth.map { (number($0, 3), rounds.count, $0 <= Self.mostGrowth) }
            ),
            row(
                "Requests of the worst second after an outage of \(users) clusters: above what is usual, in its square roots",
                "<= \(number(Self.mostExcess))",
                results.median(kind(.largeRecovery), \.worstSecond).map {
                    (number($0.median, 1), $0.runs, $0.median <= Self.mostExcess)
                }
            ),
        ]
    }
}
