import PullerCore

/// How far the kubelets' events about pulls have been read. They come in pages, each of them a request of its own, of which
/// one at a time is in memory.
public struct PullPass: Sendable {
    /// Where the next page begins; empty for the first one.
    var continuation = ""
    /// Events of the next page; `nil` for as many as usual.
    var limit: Int?
    /// Events so far.
    private(set) var count = 0
    /// Requests so far.
    var requests = 0
    private var tally: PullTally

    /// Nothing has been read yet.
    public init(_ query: PullQuery) {
        tally = PullTally(query)
    }

    /// Takes in an event.
    public mutating func add(_ event: PullEvent) { tally.add(event) }

    /// Takes in a page.
    mutating func add(_ page: PullEventPage) {
        for event in page.events { add(event) }
        count += page.count
        continuation = page.continuation
    }

    /// What the events so far say; `nil` for nothing.
    public var times: PullTimes? { tally.times }
}

/// What came of a request for pulls.
public enum PullStep: Sendable {
    /// There are more, or the same ones have to be asked for in another way.
    case more(PullPass)
    /// That is all.
    case done(PullReading)
}

extension ClusterReads {
    /// How long the pulls of a cluster took, with one request after the other.
    public func pulls(_ query: PullQuery) async throws(Failure) -> PullReading {
        var pass = PullPass(query)
        while true {
            switch try await pulls(pass) {
            case .more(let next): pass = next
            case .done(let reading): return reading
            }
        }
    }
}
