/// The sizes of the fleets, how often steps are repeated, and how long all may take. The targets are for the full
/// sizes.
struct Scale {
    /// The users for the ratios to the floors.
    var middle: Int
    /// The users for memory, steady rounds and the TLS road.
    var most: Int
    /// The users from which, up to `most`, growth is measured.
    var few: Int
    /// The users for isolation.
    var isolation: Int
    /// The numbers of users with which every scenario runs, as far as there is time.
    var sizes: [Int]
    /// The turns of the steps for targets.
    var repeats: Int
    /// The turns that wait for the memory at rest, and the seconds of that wait. The state at rest is the same in each.
    var rests: Int
    var calm: Double
    /// The runs of the cold starts over TLS.
    var tlsRepeats: Int
    /// The limits for peak memory in cold starts with default limits, in megabytes.
    var peakOfMiddle = 100.0
    var peakOfMost = 128.0
    /// The users of the large fleet, and the seconds for which its proxy is out of order; `nil` for none.
    var large: (users: Int, outage: Double)?
    /// Seconds after which only short steps are started.
    var budget: Double
    /// Seconds after which no step is started.
    var budgetOfShort: Double

    /// The scales by the mode that `scripts/bench` is given.
    static let byMode = [
        "quick": quick,
        "full": full(budget: 870, tlsRepeats: 1),
        "large": large,
        "all": full(budget: 3600, tlsRepeats: 5, large: largeFleet),
    ]

    private static let largeFleet = (users: 100_000, outage: 120.0)

    private static func full(budget: Double, tlsRepeats: Int, large: (users: Int, outage: Double)? = nil)
        -> Self
    {
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
            large: large,
            budget: budget,
            budgetOfShort: budget + 10
        )
    }

    private static let large = {
        var scale = full(budget: 3600, tlsRepeats: 0, large: largeFleet)
        (scale.repeats, scale.sizes) = (0, [])
        return scale
    }()

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
