/// What time it is by both clocks, to show the times of the board as wall time.
struct BoardTimes: Sendable, Equatable {
    private let wall: Double
    private let clock: Duration

    /// - Parameters:
    ///   - wall: Seconds since 1970-01-01T00:00:00Z.
    ///   - clock: The same moment by the pool's clock.
    init(wall: Double, clock: Duration) {
        self.wall = wall
        self.clock = clock
    }

    init(_ status: PoolStatus) {
        self.init(wall: status.wallTime(), clock: status.clock.now())
    }

    /// Milliseconds since 1970-01-01T00:00:00Z now.
    var now: Int { Int(wall * 1000) }

    /// Seconds since 1970-01-01T00:00:00Z at a time of the pool's clock.
    func seconds(_ time: Duration) -> Double { wall - (clock - time) / .seconds(1) }

    /// Milliseconds since 1970-01-01T00:00:00Z at a time of the pool's clock.
    func milliseconds(_ time: Duration) -> Int { Int((seconds(time) * 1000).rounded()) }
}
