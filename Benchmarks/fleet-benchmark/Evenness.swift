/// How evenly requests come: many clusters that come back at once after an outage would be a second one for the proxy.
struct Evenness {
    /// The seconds before and after one that say what is usual there.
    private static let reach = 10

    /// The most by which the requests of a second exceed the mean of the seconds around it, in units of that mean's square
    /// root, which is the standard deviation of what comes at random; `nil` without requests.
    let worst: Double?

    /// - Parameter requests: The requests in each second. The last one may be incomplete, and does not count.
    init(_ requests: [Int]) {
        let seconds = Array(requests.dropLast())
        worst = seconds.indices.compactMap { index in
            let around = seconds[max(0, index - Self.reach)..<min(seconds.count, index + Self.reach + 1)]
            let mean = Double(around.reduce(0, +)) / Double(around.count)
            return mean > 0 ? (Double(seconds[index]) - mean) / mean.squareRoot() : nil
        }.max()
    }
}
