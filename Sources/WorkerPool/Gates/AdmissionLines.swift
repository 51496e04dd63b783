import KubernetesAPI
import Timing

/// The decisions of an ``AdmissionGate``: who waits, how many are inside, and who is next. It lives inside the gate's lock.
///
/// Lanes are indices here, in the order of their priority, the highest first.
struct AdmissionLines<Waiter: Sendable>: Sendable {
    /// One lane.
    struct Line: Sendable {
        var waiting = WaitingLine<Waiter>()
        /// How many slots the lane may have.
        let share: Int
        fileprivate(set) var inside = 0
        /// Admissions from other lanes since the last one from this lane.
        fileprivate var passedOver = 0

        fileprivate var isEmpty: Bool { waiting.count == 0 }
        fileprivate var isBelowShare: Bool { inside < share }
        fileprivate var canBeNext: Bool { !isEmpty && isBelowShare }
        fileprivate var isDue: Bool { canBeNext && passedOver >= maximumPasses }
    }

    /// A lane that was passed over this often goes first, whatever its priority.
    private static var maximumPasses: Int { 8 }

    let capacity: Int
    private let countsEveryPass: Bool
    private(set) var inside = 0
    var lines: [Line]

    /// No waiters, and no slots taken.
    ///
    /// - Parameters:
    ///   - shares: The fraction of the capacity that each lane may have; `nil` for all.
    ///   - countsEveryPass: Whether an admission also passes over lanes that could not have had the slot.
    init(capacity: Int, shares: [Double?], countsEveryPass: Bool) {
        self.capacity = capacity
        self.countsEveryPass = countsEveryPass
        lines = shares.map { share in
            Line(share: share.map { max(1, Int(Double(capacity) * $0)) } ?? capacity)
        }
    }

    /// How many wait, in all lanes.
    var waiting: Int { lines.reduce(0) { $0 + $1.waiting.count } }

    // MARK: Coming in

    /// Removes the next waiter from its line and counts it as inside; `nil` when no slot is free, or no waiter can have it.
    mutating func takeNext() -> (waiter: Waiter, lane: Int)? {
        guard inside < capacity, let lane = nextLane, let waiter = lines[lane].waiting.removeFirst() else {
            return nil
        }
        admit(lane)
        return (waiter, lane)
    }

    /// Counts a newcomer as inside, if a slot is free and no waiter goes first.
    mutating func tryAdmit(_ lane: Int) -> Bool {
        guard inside < capacity, lines[lane].isBelowShare, lines[...lane].allSatisfy(\.isEmpty),
            !lines.contains(where: \.isDue)
        else { return false }
        admit(lane)
        return true
    }

    /// Counts one more as inside, whether or not a slot is free. No waiter is passed over by that.
    mutating func occupy(_ lane: Int) {
        inside += 1
        lines[lane].inside += 1
    }

    private mutating func admit(_ lane: Int) {
        occupy(lane)
        lines[lane].passedOver = 0
        for other in lines.indices where other != lane && (countsEveryPass || lines[other].canBeNext) {
            lines[other].passedOver += 1
        }
    }

    /// The lane that gets the next slot: of those that were passed over too often the one that was so most often, or else
    /// the first one that can have it.
    private var nextLane: Int? {
        var next: Int?
        for lane in lines.indices where lines[lane].canBeNext {
            guard let best = next else {
                next = lane
                continue
            }
            if lines[lane].isDue, lines[lane].passedOver > lines[best].passedOver { next = lane }
        }
        return next
    }

    // MARK: Inside

    /// Counts one less as inside.
    mutating func release(_ lane: Int) {
        inside -= 1
        lines[lane].inside -= 1
    }

    /// Counts one that is inside in another lane's share, even if that lane has its share already.
    mutating func move(from old: Int, to new: Int) {
        lines[old].inside -= 1
        lines[new].inside += 1
    }
}
