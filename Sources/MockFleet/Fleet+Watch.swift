import SocketHTTP

/// An open watch.
struct Watch: Sendable {
    let cluster: Int
    /// Only the object of this name; `nil` for all.
    let name: String?
    let wantsBookmarks: Bool
    /// Revision of the last event sent.
    var revision: Int
}

/// What a watch asks for.
struct WatchOptions: Sendable, Equatable {
    var name: String?
    /// `nil` for the state of now, and then what follows.
    var revision: Int?
    var timeout: Duration
    var wantsBookmarks: Bool

    init(_ request: KubernetesRequest) throws(Refusal) {
        name = request.name
        if let selector = request.query["fieldSelector"], !selector.isEmpty {
            let parts = selector.split(separator: "=", omittingEmptySubsequences: true)
            guard parts.count == 2, parts[0] == "metadata.name" else {
                throw Refusal(.badRequest("field label not supported: \(selector)"))
            }
            name = String(parts[1])
        }
        let version = request.query["resourceVersion"] ?? ""
        guard version.isEmpty || Int(version) != nil else {
            throw Refusal(.badRequest("Invalid value: \"\(version)\": strconv.ParseUint: invalid syntax"))
        }
        revision = Int(version).flatMap { $0 > 0 ? $0 : nil }
        let seconds = request.query["timeoutSeconds"].flatMap { Int($0) } ?? 0
        // Without a wish the server chooses between 30 and 60 minutes.
        timeout = .seconds(seconds > 0 ? min(seconds, 86_400) : 1800)
        wantsBookmarks = request.query["allowWatchBookmarks"] == "true"
    }
}

extension Fleet {
    mutating func openWatch(_ arrival: Arrival, _ options: WatchOptions, cluster: Int, fault: Fault? = nil) {
        let exchange = arrival.exchange
        record(arrival, status: 200, fault: fault)
        var head = HTTPResponse(status: 200, headers: ["Content-Type": "application/json"])
        if let fault { head = decorated(head, fault) }
        add(.start(exchange, dated(head), .chunked))
        let oldest = clusters[cluster].oldestRevision
        switch fault?.kind {
        case .silentWatch: return
        case .expiredWatch: return expire(exchange, options.revision ?? 1, oldest: oldest)
        case .malformed: add(.write(exchange, Array("{\"type\":\"MODIFIED\",\"object\":{oops}}\n".utf8)))
        case .closeWatch: timeline.add(.endWatch(exchange), at: now + (fault?.after ?? .zero))
        case .cutWatch, .cut: timeline.add(.cutWatch(exchange), at: now + (fault?.after ?? .zero))
        default: break
        }
        if let revision = options.revision, revision < oldest {
            return expire(exchange, revision, oldest: oldest)
        }
        let current = clusters[cluster].revision
        watches[exchange] = Watch(
            cluster: cluster,
            name: options.name,
            wantsBookmarks: options.wantsBookmarks,
            revision: options.revision ?? current
        )
        clusters[cluster].watchers.append(exchange)
        replay(exchange, options, cluster: cluster)
        timeline.add(.endWatch(exchange), at: now + options.timeout)
        if options.wantsBookmarks { timeline.add(.bookmark(exchange), at: now + settings.bookmarkInterval) }
    }

    private mutating func replay(_ exchange: Int, _ options: WatchOptions, cluster: Int) {
        func isWanted(_ object: DaemonSet) -> Bool { options.name == nil || options.name == object.name }
        guard let revision = options.revision else {
            for object in clusters[cluster].objects.values.sorted(by: { $0.name < $1.name })
            where isWanted(object) {
                add(.write(exchange, Self.line("ADDED", object.text)))
            }
            return
        }
        for change in clusters[cluster].history
        where change.object.revision > revision && isWanted(change.object) {
            add(.write(exchange, Self.line(change.type, change.object.text)))
        }
    }

    static func line(_ type: String, _ object: [UInt8]) -> [UInt8] {
        Array("{\"type\":\"\(type)\",\"object\":".utf8) + object + Array("}\n".utf8)
    }

    private mutating func expire(_ exchange: Int, _ revision: Int, oldest: Int) {
        add(
            .write(exchange, Self.line("ERROR", KubernetesStatus.expired(revision, oldest: oldest).json.text))
        )
        add(.finish(exchange))
    }

    /// Sends a change to the watches of its cluster.
    mutating func notify(_ type: String, _ object: DaemonSet, cluster: Int) {
        guard !clusters[cluster].watchers.isEmpty else { return }
        let line = Self.line(type, object.text)
        for exchange in clusters[cluster].watchers {
            guard let watch = watches[exchange], watch.name == nil || watch.name == object.name else {
                continue
            }
            watches[exchange]?.revision = object.revision
            add(.write(exchange, line))
        }
    }

    mutating func sendBookmark(_ exchange: Int) {
        guard let watch = watches[exchange] else { return }
        writeBookmark(exchange, watch)
        timeline.add(.bookmark(exchange), at: now + settings.bookmarkInterval)
    }

    private mutating func writeBookmark(_ exchange: Int, _ watch: Watch) {
        let object: JSON = [
            "kind": "DaemonSet", "apiVersion": "apps/v1",
            "metadata": [
                "resourceVersion": .string(String(clusters[watch.cluster].revision)),
                "creationTimestamp": .null,
            ],
            "spec": [
                "selector": .null, "template": ["metadata": ["creationTimestamp": .null], "spec": [:]],
            ],
            "status": [
                "currentNumberScheduled": 0, "numberMisscheduled": 0, "desiredNumberScheduled": 0,
                "numberReady": 0,
            ],
        ]
        add(.write(exchange, Self.line("BOOKMARK", object.text)))
    }

    /// The orderly end, with a last bookmark where they were asked for.
    mutating func endWatch(_ exchange: Int) {
        guard let watch = watches[exchange] else { return }
        if watch.wantsBookmarks { writeBookmark(exchange, watch) }
        add(.finish(exchange))
        forgetWatch(exchange)
    }

    mutating func cutWatch(_ exchange: Int) {
        guard watches[exchange] != nil else { return }
        add(.write(exchange, Array("{\"type\":\"MODIFIED\",\"object\":{\"kind\":\"Daemon".utf8)))
        add(.reset(exchange))
        forgetWatch(exchange)
    }

    mutating func forgetWatch(_ exchange: Int) {
        guard let watch = watches.removeValue(forKey: exchange) else { return }
        clusters[watch.cluster].watchers.removeAll { $0 == exchange }
    }
}
