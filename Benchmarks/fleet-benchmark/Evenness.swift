/// How evenly requests come: many clusters that come back at once after an outage would be a second one for the proxy.
struct Evenness {
    /// The seconds before and after one that say what is usual there: as many before as after, so that a rise or a fall of
    /// the whole does not count, but at the ends at least three. More seconds would say less about the first one, since
    /// requests become fewer there.
    private static let reach = 3...10

    /// The most by which the requests of a second exceed what is usual there, in units of the square root of that, which
    /// is the standard deviation of what comes at random; `nil` without requests.
    let worst: Double?

    /// - Parameter requests: The requests in each second. The last one may be incomplete, and does not count.
    init(_ requests: [Int]) {
        let seconds = requests.dropLast().map(Double.init)
        worst = seconds.indices.compactMap { index in
            let reach = min(
                max(min(index, seconds.count - 1 - index), Self.reach.lowerBound),
                Self.reach.upperBound
            )
            let range = max(0, index - reach)..<min(seconds.count, index + reach + 1)
            let usual = Self.usual(at: index - range.lowerBound, in: seconds[range])
            return usual > 0 ? (seconds[index] - usual) / usual.squareRoot() : nil
        }.max()
    }

    /// What is usual in one of some seconds: on the straight line through all of them, by least squares. In the middle,
    /// that is their mean.
    private static func usual(at index: Int, in seconds: ArraySlice<Double>) -> Double {
        let count = Double(seconds.count)
        let mean = seconds.reduce(0, +) / count
        let middle = (count - 1) / 2
        let places = seconds.indices.map { Double($0 - seconds.startIndex) - middle }
        let spread = places.reduce(0) { $0 + $1 * $1 }
        guard spread > 0 else { return mean }
        let slope = zip(places, seconds).reduce(0) { $0 + $1.0 * ($1.1 - mean) } / spread
        return mean + slope * (Double(index) - middle)
    }
}
