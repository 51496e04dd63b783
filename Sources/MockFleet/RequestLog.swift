/// Requests by verb.
public struct RequestCounts: Sendable, Equatable {
    /// GETs of a DaemonSet.
    public var get = 0
    /// Creations.
    public var create = 0
    /// Deletions.
    public var delete = 0
    /// Watches.
    public var watch = 0
    /// Requests to the token service.
    public var token = 0
    /// Everything else.
    public var other = 0

    /// All together.
    public var total: Int { self.get + create + delete + watch + token + other }

    mutating func add(_ verb: Fault.Verb) {
        switch verb {
        case .get: get += 1
        case .create: create += 1
        case .delete: delete += 1
        case .watch: watch += 1
        case .token: token += 1
        case .other: other += 1
        }
    }

    var json: JSON {
        [
            "get": .int(get), "create": .int(create), "delete": .int(delete), "watch": .int(watch),
            "token": .int(token), "other": .int(other), "total": .int(total),
        ]
    }
}

/// Requests in each second since the last reset, of which it keeps a bounded number.
struct RequestsPerSecond: Sendable {
    /// Two hours.
    static let mostSeconds = 7200

    private(set) var seconds: [Int] = []
    private let start: Duration

    init(from start: Duration) {
        self.start = start
    }

    mutating func add(at now: Duration) {
        let second = Int((now - start).components.seconds)
        guard (0..<Self.mostSeconds).contains(second) else { return }
        while seconds.count <= second { seconds.append(0) }
        seconds[second] += 1
    }
}

/// One request as it was seen.
public struct LogEntry: Sendable, Equatable {
    /// When it arrived, since the fleet's start.
    public var time: Duration
    /// Method as sent.
    public var method: String
    /// Path and query as sent.
    public var target: String
    /// Whose cluster it was for, if that could be told.
    public var user: String?
    /// Status code of the answer; 0 when there was none.
    public var status: Int
    /// The groups that were asked for, one for each line `Impersonate-Group`.
    public var groups: [String] = []
    /// `Impersonate-*` headers other than `-User` and `-Group`, which no puller should ever send.
    public var strayImpersonation: [String]
    /// The fault that was applied.
    public var fault: Fault.Kind?

    var json: JSON {
        var entry: JSON = [
            "ms": .int(time.milliseconds), "method": .string(method), "path": .string(target),
            "status": .int(status), "strayImpersonation": .array(strayImpersonation.map { .string($0) }),
        ]
        if let user { entry["user"] = .string(user) }
        if !groups.isEmpty { entry["groups"] = .array(groups.map { .string($0) }) }
        if let fault { entry["fault"] = .string(fault.rawValue) }
        return entry
    }
}

/// The latest requests, a bounded number of them.
struct RequestLog: Sendable {
    private let capacity: Int
    private var ring: [LogEntry] = []
    private var next = 0

    init(capacity: Int) {
        self.capacity = max(capacity, 1)
    }

    mutating func append(_ entry: LogEntry) {
        if ring.count < capacity {
            ring.append(entry)
        } else {
            ring[next] = entry
            next = (next + 1) % capacity
        }
    }

    /// Oldest first.
    var entries: [LogEntry] { Array(ring[next...] + ring[..<next]) }
}
