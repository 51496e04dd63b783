/// A watch of one DaemonSet between two rounds of its cluster: what its events come to, and where it goes on when it ended.
/// It compares with what the last round saw, on which that round's decision was based.
public struct StandingWatch: Sendable, Equatable {
    /// What an event comes to.
    public enum News: Sendable, Equatable {
        /// Nothing that a round would act on or report.
        case nothing
        /// Other figures of nodes.
        case figures
        /// Something deleted or edited the DaemonSet.
        case change
        /// More events than are worth hearing; the watch is to end.
        case tooMany
    }

    /// Where a watch begins.
    private enum Start: Sendable, Equatable {
        /// After this resource version: nothing is missed.
        case after(String)
        /// With the DaemonSet as it is, since the server knows no more what happened before.
        case anew(hasSeenIt: Bool)
    }

    /// DaemonSets of one cluster that are watched at most.
    public static let mostInCluster = 4
    /// Events of one watch that are heard: as many as a DaemonSet of some hundred nodes has while its nodes are replaced.
    static let mostEvents = 200

    /// The name, and which placement it is.
    public let name: CacheRound.Name
    private let seen: ObservedDaemonSet
    private var start: Start
    private var events = 0

    /// A watch from what was seen on.
    init(_ name: CacheRound.Name, from seen: ObservedDaemonSet) {
        self.name = name
        self.seen = seen
        start = .after(seen.resourceVersion)
    }

    /// The resource version to watch from.
    public var resourceVersion: String {
        if case .after(let version) = start { version } else { "0" }
    }

    /// The watch begins, or begins again.
    public mutating func begin() {
        events = 0
        if case .anew = start { start = .anew(hasSeenIt: false) }
    }

    /// Takes in that the DaemonSet is there, and how.
    public mutating func see(_ observed: ObservedDaemonSet) -> News {
        // What comes first is no position: the server may know nothing that is as old.
        if observed.resourceVersion != seen.resourceVersion {
            start = .after(observed.resourceVersion)
        } else if case .anew = start {
            start = .anew(hasSeenIt: true)
        }
        if isChanged(observed) { return .change }
        return count(Health(of: observed) == Health(of: seen) ? .nothing : .figures)
    }

    /// Takes in that an object is gone.
    public mutating func seeDeletion(of uid: String) -> News { uid == seen.uid ? .change : count(.nothing) }

    /// Takes in that nothing is missing before this resource version.
    public mutating func catchUp(to resourceVersion: String) -> News {
        // A deletion before this watch is not told.
        if case .anew(hasSeenIt: false) = start { return .change }
        start = .after(resourceVersion)
        return count(.nothing)
    }

    /// Takes in that the server does not know what has happened since.
    public mutating func expire() -> News {
        start = .anew(hasSeenIt: false)
        return .nothing
    }

    /// Whether it has told more than is worth hearing.
    public var hasHeardEnough: Bool { events > Self.mostEvents }

    /// Takes in that the watch has ended.
    ///
    /// - Parameter hasLasted: Whether it has lasted about as long as it was to.
    public func end(hasLasted: Bool) -> News {
        hasLasted && start == .anew(hasSeenIt: false) ? .change : .nothing
    }

    private mutating func count(_ news: News) -> News {
        events += 1
        return events > Self.mostEvents ? .tooMany : news
    }

    private func isChanged(_ observed: ObservedDaemonSet) -> Bool {
        func identity(_ one: ObservedDaemonSet) -> ObservedDaemonSet {
            var one = one
            one.status = ObservedDaemonSet.Status()
            one.resourceVersion = ""
            return one
        }
        return identity(observed) != identity(seen)
    }
}

extension CacheRound {
    /// What is worth a watch until the next round: our DaemonSets as this turn saw them, those of the first placements first.
    public func watches(_ settings: CacheSettings) -> [StandingWatch] {
        let all = settings.ids.flatMap { id in
            Slot.allCases.compactMap { slot in
                self[id][slot]?.daemonSet.map { StandingWatch(Name(id: id, slot: slot), from: $0) }
            }
        }
        return Array(all.prefix(StandingWatch.mostInCluster))
    }
}
