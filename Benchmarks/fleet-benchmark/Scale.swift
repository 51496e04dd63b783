/// How large the fleets are, how often what is run, and how long it may take. The targets are about the full sizes.
struct Scale {
    /// For the ratios to the floors.
    var middle: Int
    /// For memory, steady rounds and the TLS road.
    var most: Int
    /// From here to `most`, growth is measured.
    var few: Int
    var isolation: Int
    /// Every scenario is run with so many users, as far as the time goes.
    var sizes: [Int]
    /// Turns of what a target is about.
    var repeats: Int
    /// Turns in which the memory at rest is waited for, and seconds of that calm. It is the same state in each.
    var rests: Int
    var calm: Double
    /// Runs of the cold starts over TLS.
    var tlsRepeats: Int
    /// Megabytes of memory at most, in cold starts with default limits.
    var peakOfMiddle = 100.0
    var peakOfMost = 128.0
    /// Seconds after which nothing more is begun, but for what is surely short.
    var budget: Double
    /// Seconds after which that is not begun either.
    var budgetOfShort: Double

    /// By what `scripts/bench` is told.
    static let byMode = [
        "quick": quick,
        "full": full(budget: 550, tlsRepeats: 1),
        "all": full(budget: 3600, tlsRepeats: 5),
    ]

    private static func full(budget: Double, tlsRepeats: Int) -> Self {
        Self(
            middle: 5000,
            most: 10_000,
            few: 1000,
            isolation: 1000,
            sizes: [1000, 100, 10, 5000, 10_000],
            repeats: 5,
            rests: 2,
            calm: Scenarios.longCalm,
            tlsRepeats: tlsRepeats,
            budget: budget,
            budgetOfShort: budget + 10
        )
    }

    private static let quick = Self(
        middle: 500,
        most: 1000,
        few: 100,
        isolation: 200,
        sizes: [100],
        repeats: 1,
        rests: 1,
        calm: Scenarios.shortCalm,
        tlsRepeats: 1,
        budget: 50,
        budgetOfShort: 50
    )
}
