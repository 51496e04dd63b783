import SocketHTTP

/// A token service, an impersonating proxy and the clusters behind it, as a state machine: requests go in with
/// the time, effects come out. It reads no clock and does no I/O, so the same inputs give the same outputs.
///
/// Times are durations since the fleet's start and must not go backwards.
public struct Fleet: Sendable {
    /// A user of the proxy.
    struct Tenant: Sendable {
        let name: String
        /// Index of the cluster where this user's requests go.
        var cluster: Int
        /// Whether the proxy knows where that is.
        var isTargetKnown = true
        var counts = RequestCounts()
        /// The proxy's cached credentials: the token's serial, and the secret's version at its first use.
        var credentials: [(token: Int, version: Int)] = []
    }

    /// A request on its way through the fleet.
    struct Arrival: Sendable {
        let exchange: Int
        let request: HTTPRequest
        let target: KubernetesRequest
        /// As the client named it; it may be unknown.
        let user: String?
        let verb: Fault.Verb
        let time: Duration
    }

    enum Event: Sendable {
        case resume(Arrival, Fault)
        case observe(cluster: Int, name: String, uid: String)
        case pulled(cluster: Int, name: String, uid: String, node: Int, attempt: Int)
        case podsEnd(cluster: Int, name: String, uid: String)
        case endWatch(Int)
        case cutWatch(Int)
        case bookmark(Int)
        case drip(Int)
    }

    let settings: FleetSettings
    var now: Duration = .zero
    var clock: WallClock
    var random: SeededGenerator
    var timeline = Timeline<Event>()
    var tenants: [Tenant]
    var tenantIndex: [String: Int]
    var clusters: [Cluster]
    var tokens: TokenService
    var faults = FaultBook()
    var counts = RequestCounts()
    var perSecond = RequestsPerSecond(from: .zero)
    var log: RequestLog
    var watches: [Int: Watch] = [:]
    var drips: [Int: Drip] = [:]
    var trapped: [LogEntry] = []
    /// Exchanges that a fault holds back.
    private var delayed: Set<Int> = []
    private var effects: [Effect] = []

    /// A fleet in which every user has an empty cluster. Of equal users the first counts.
    public init(settings: FleetSettings) {
        self.settings = settings
        clock = WallClock(startSeconds: settings.startSeconds)
        random = SeededGenerator(seed: settings.seed)
        tenants = settings.users.enumerated().map { Tenant(name: $1, cluster: $0) }
        tenantIndex = Dictionary(tenants.enumerated().map { ($1.name, $0) }) { first, _ in first }
        clusters = [Cluster](repeating: Cluster(settings: settings), count: tenants.count)
        tokens = TokenService(settings: settings)
        log = RequestLog(capacity: settings.logCapacity)
    }

    /// When ``advance(to:)`` has something to do, if no request comes before.
    public var nextDeadline: Duration? { timeline.next }

    /// What is to be done at the rim, in this order; taken once.
    public mutating func takeEffects() -> [Effect] {
        guard !effects.isEmpty else { return [] }
        defer { effects = [] }
        return effects
    }

    mutating func add(_ effect: Effect) {
        effects.append(effect)
    }

    /// Lets everything happen that is due by this time, each at its own time.
    public mutating func advance(to time: Duration) {
        while let (due, event) = timeline.popDue(at: time) {
            now = max(now, due)
            handle(event)
        }
        now = max(now, time)
    }

    private mutating func handle(_ event: Event) {
        switch event {
        case .resume(let arrival, let fault):
            let isThere = delayed.remove(arrival.exchange) != nil
            // A watch without a reader would never end. A change takes effect nevertheless.
            if isThere || arrival.verb != .watch { perform(arrival, fault) }
        case .observe(let cluster, let name, let uid): observe(cluster: cluster, name: name, uid: uid)
        case .pulled(let cluster, let name, let uid, let node, let attempt):
            pulled(cluster: cluster, name: name, uid: uid, node: node, attempt: attempt)
        case .podsEnd(let cluster, let name, let uid): podsEnd(cluster: cluster, name: name, uid: uid)
        case .endWatch(let exchange): endWatch(exchange)
        case .cutWatch(let exchange): cutWatch(exchange)
        case .bookmark(let exchange): sendBookmark(exchange)
        case .drip(let exchange): dripByte(exchange)
        }
    }

    /// Takes a request in. The number is the caller's, used once; effects name it.
    public mutating func receive(_ request: HTTPRequest, exchange: Int, at time: Duration) {
        advance(to: time)
        let target = KubernetesRequest(request)
        let isToken = target.segments.last == "token" && target.namespace == nil
        let user = isToken ? nil : target.pathUser ?? request.headers["impersonate-user"]
        let arrival = Arrival(
            exchange: exchange,
            request: request,
            target: target,
            user: user,
            verb: isToken ? .token : target.verb(request.method),
            time: now
        )
        counts.add(arrival.verb)
        perSecond.add(at: now)
        if let user, let tenant = tenantIndex[user] { tenants[tenant].counts.add(arrival.verb) }
        guard let fault = faults.take(user: user, verb: arrival.verb) else {
            conclude(arrival, route(arrival))
            return
        }
        if fault.delay > .zero {
            delayed.insert(exchange)
            timeline.add(.resume(arrival, fault), at: now + fault.delay)
        } else {
            perform(arrival, fault)
        }
    }

    /// The client of this exchange is gone.
    public mutating func disconnect(_ exchange: Int) {
        delayed.remove(exchange)
        drips[exchange] = nil
        forgetWatch(exchange)
    }

    /// What becomes of a request.
    enum Outcome: Sendable {
        case answer(HTTPResponse)
        case watch(WatchOptions, cluster: Int)
    }

    /// Answers, without a fault or after it.
    mutating func conclude(_ arrival: Arrival, _ outcome: Outcome) {
        switch outcome {
        case .answer(let response): answer(arrival, response)
        case .watch(let options, let cluster): openWatch(arrival, options, cluster: cluster)
        }
    }

    mutating func answer(_ arrival: Arrival, _ response: HTTPResponse, fault: Fault? = nil) {
        record(arrival, status: response.status, fault: fault)
        add(.answer(arrival.exchange, dated(response)))
    }

    func logEntry(_ arrival: Arrival, status: Int, fault: Fault?) -> LogEntry {
        LogEntry(
            time: arrival.time,
            method: arrival.request.method,
            target: arrival.request.target,
            user: arrival.user,
            status: status,
            groups: arrival.request.headers.values("impersonate-group"),
            strayImpersonation: arrival.strayImpersonation,
            fault: fault?.kind
        )
    }

    mutating func record(_ arrival: Arrival, status: Int, fault: Fault? = nil) {
        log.append(logEntry(arrival, status: status, fault: fault))
    }

    mutating func dated(_ response: HTTPResponse) -> HTTPResponse {
        var response = response
        response.headers.add("Date", clock.date(at: now))
        return response
    }
}

extension Fleet.Arrival {
    /// Impersonation headers other than `-User` and `-Group`.
    var strayImpersonation: [String] {
        var names: [String] = []
        for field in request.headers.fields
        where field.name.hasPrefix("impersonate-")
            && !["impersonate-user", "impersonate-group"].contains(field.name)
        {
            names.append(field.name)
        }
        return names
    }
}
