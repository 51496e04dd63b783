import PullerCore
import WorkerPool

/// What happened lately in the whole pool: only news, and no more than about ``limit`` entries.
struct EventHistory: Sendable {
    /// The most entries.
    static let limit = 4096
    /// The most characters of a message.
    static let messageLimit = 300

    private static let blockSize = 64

    /// All but the last one are full. A copy of the history shares those.
    private var blocks: [[HistoryEntry]] = []

    /// All entries, the oldest first.
    var all: some BidirectionalCollection<HistoryEntry> { blocks.lazy.joined() }

    /// The entries of one cluster, the latest first.
    func entries(of cluster: ClusterID) -> [HistoryEntry] { all.reversed().filter { $0.cluster == cluster } }

    /// Takes in an event.
    mutating func add(_ event: PoolEvent, at now: Duration) {
        let entry = HistoryEntry(
            time: now,
            cluster: event.cluster,
            event: event.kind,
            level: event.level,
            reason: event.reason,
            message: displayText(event.message, limit: Self.messageLimit)
        )
        if blocks.last.map({ $0.count == Self.blockSize }) ?? true {
            if blocks.count == Self.limit / Self.blockSize { blocks.removeFirst() }
            blocks.append([])
            blocks[blocks.count - 1].reserveCapacity(Self.blockSize)
        }
        blocks[blocks.count - 1].append(entry)
    }
}

extension PoolEvent {
    /// Whether it belongs into the history, whatever came before. Rounds do not: only those that bring news.
    var isHistoric: Bool {
        switch what {
        // What is said again and again, and what the board shows at every moment anyway.
        case .added, .queued, .progress, .watchBroke, .podsUnread, .pullsUnread, .round, .digest, .summary:
            false
        case .fault(let fault): fault.phase != .lasts
        default: true
        }
    }
}
