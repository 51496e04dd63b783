import PullerCore

/// How far the pods of a DaemonSet have been read. They come in pages, each of them a request of its own, of which one at a
/// time is in memory.
public struct PodPass: Sendable {
    /// Whose pods.
    public let query: PodQuery
    /// Where the next page begins; empty for the first one.
    var continuation = ""
    /// Pods of the next page; `nil` for as many as usual.
    var limit: Int?
    /// Pods so far.
    private(set) var count = 0
    /// Requests so far.
    var requests = 0
    /// Whether it began anew once, because it had taken too long.
    private(set) var hasRestarted = false
    private var tally: PodTally

    /// Nothing has been read yet.
    public init(_ query: PodQuery) {
        self.query = query
        tally = PodTally(query.images, ownerUID: query.ownerUID)
    }

    /// Takes in a pod.
    public mutating func add(_ pod: ObservedPod) {
        tally.add(pod)
        count += 1
    }

    /// Begins anew with the first page.
    mutating func restart() {
        tally = PodTally(query.images, ownerUID: query.ownerUID)
        continuation = ""
        count = 0
        hasRestarted = true
    }

    /// What the pods so far say.
    ///
    /// - Parameter isComplete: Whether these are all.
    public func report(isComplete: Bool = false) -> PodReport { tally.report(isComplete: isComplete) }
}

/// What came of a request for pods.
public enum PodStep: Sendable {
    /// There are more, or the same ones have to be asked for in another way.
    case more(PodPass)
    /// That is all.
    case done(PodReading)
}

extension ClusterReads {
    /// What the pods of a DaemonSet say, with one request after the other.
    public func pods(_ query: PodQuery) async throws(Failure) -> PodReading {
        var pass = PodPass(query)
        while true {
            switch try await pods(pass) {
            case .more(let next): pass = next
            case .done(let reading): return reading
            }
        }
    }
}
