/// The lanes of an ``AdmissionGate``, in the order of their priority, the highest first. Their raw values count from 0,
/// as those of an enum of type `Int` do by default.
public protocol AdmissionLane: CaseIterable, RawRepresentable, Sendable where RawValue == Int {
    /// The fraction of the gate's capacity that this lane may take, rounded down, but at least one slot; `nil` for all.
    var share: Double? { get }

    /// Whether every admission from another lane counts as passing a lane over. If `false`, an admission counts only for
    /// lanes that could have had that slot: the lane had a waiter, and was below its share.
    static var countsEveryPass: Bool { get }
}

/// The lanes of the gate for requests.
public enum RequestLane: Int, AdmissionLane {
    /// For turns under way whose cluster has answered: each of them is a task, and thousands that wait would be most of the
    /// puller's memory.
    case continuing
    /// For clusters that work.
    case regular
    /// For clusters that failed last time, and for the further pages of long lists.
    case suspect

    /// A quarter for clusters that failed: however many do not answer, the rest of the slots serve those that work.
    public var share: Double? { self == .suspect ? 0.25 : nil }

    /// Requests are short: clusters that failed get one turn in nine, whether or not they waited all the while.
    public static var countsEveryPass: Bool { true }
}

/// The lanes of the gate for rollouts.
public enum RolloutLane: Int, AdmissionLane {
    /// For clusters that have no DaemonSet.
    case missing
    /// For clusters whose DaemonSet is no longer the desired one.
    case changed
    /// For clusters whose DaemonSet is as desired, and only old.
    case refresh
    /// For clusters whose last rollout was still stalled when its time was up.
    case stalled

    /// A quarter for stalled clusters: however many there are, the rest of the slots serve rollouts that make
    /// progress.
    public var share: Double? { self == .stalled ? 0.25 : nil }

    /// Slots are held for long: a lane that was empty or had its share meanwhile must not get ahead of the others for it.
    public static var countsEveryPass: Bool { false }
}

/// Bounds the requests in flight.
public typealias RequestGate = AdmissionGate<RequestLane>

/// Bounds the clusters that may be pulling images.
public typealias RolloutGate = AdmissionGate<RolloutLane>
