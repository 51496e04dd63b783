import PullerCore

/// A bearer token.
public struct Token: Sendable {
    /// The token itself.
    public var value: Secret
    /// Monotonic time at which it was first seen.
    var issued: Duration
    /// Monotonic time at which the caller took it, so that its request began later.
    var taken = Duration.zero
}

/// A token as its issuer handed it out.
struct IssuedToken: Sendable, Equatable {
    var value: Secret
    /// Time after which another is to be fetched; `nil` for not before it is refused.
    var renewAfter: Duration?
    /// Time after which it is worth nothing; `nil` when the issuer did not say.
    var expiresAfter: Duration?
}

/// Which token to use, and when to get another: the decisions of ``TokenSource``, without its waiting.
///
/// There is the token that works for most clusters, and at times a candidate that was fetched because a request was
/// answered with 401. The candidate takes over only when a cluster has accepted it: a user who is not known stays
/// unknown with any token, and must not take the working one from the others.
struct TokenState: Sendable {
    /// A token younger than this may have been refused because the server's clock is a little behind.
    static let youth = Duration.seconds(5)
    /// How long to wait for that clock.
    static let clockSkew = Duration.seconds(1)

    /// What a caller is to do.
    enum Advice {
        /// Use this token, after waiting this long.
        case use(Token, after: Duration)
        /// Use this token, and have another fetched meanwhile.
        case useAndFetch(Token)
        /// Fetch one.
        case fetch
        /// There is none, and it is too early to ask again.
        case fail(Failure)
        /// Nothing better than what was refused.
        case giveUp
    }

    private struct Held {
        var token: Token
        var renewAt: Duration?
        var expiresAt: Duration?

        func isFresh(at now: Duration) -> Bool { renewAt.map { now < $0 } ?? true }
        func isGood(at now: Duration) -> Bool { expiresAt.map { now < $0 } ?? true }
    }

    /// Time between two fetches that a 401 causes.
    let refetchPause: Duration
    /// Whether a token that works is used while the next one is fetched.
    let renewsInBackground: Bool

    private var current: Held?
    private var candidate: Held?
    private var lastRefetch: Duration?
    private var failures = 0
    private var counts = (successes: 0, failures: 0)
    private var lastFetched: Duration?
    private var retryAt: Duration?
    private var lastFailure = Failure(.tokenUnavailable, "no token yet")
    /// The latest time at which a token was taken that an API server accepted.
    private var lastAccepted: Duration?

    init(refetchPause: Duration, renewsInBackground: Bool) {
        self.refetchPause = refetchPause
        self.renewsInBackground = renewsInBackground
    }

    /// The token for a request.
    func token(at now: Duration) -> Advice {
        if let current, current.isFresh(at: now) { return .use(current.token, after: .zero) }
        let working = current.flatMap { $0.isGood(at: now) ? $0.token : nil }
        if let retryAt, now < retryAt {
            // An old token that still works is better than none while its issuer has trouble.
            return working.map { .use($0, after: .zero) } ?? .fail(lastFailure)
        }
        // No request has to wait for an issuer that may be slow.
        if let working, renewsInBackground { return .useAndFetch(working) }
        return .fetch
    }

    /// The token for a second try after `refused` got a 401.
    func replacement(for refused: Token, at now: Duration) -> Advice {
        if let token = current?.token, token.value != refused.value, token.issued > refused.issued {
            return .use(token, after: .zero)
        }
        // A candidate that is older than the pause may be as worthless as what was refused: the user for whom it was
        // fetched may be unknown with any token.
        let isEarly = lastRefetch.map { now - $0 < refetchPause } ?? false
        if !isEarly, retryAt.map({ now >= $0 }) ?? true { return .fetch }
        if let candidate, candidate.token.value != refused.value, candidate.isGood(at: now) {
            // It was issued a moment ago, perhaps, and its server's clock may be a little behind.
            return .use(candidate.token, after: max(Self.clockSkew - (now - candidate.token.issued), .zero))
        }
        return now - refused.issued < Self.youth ? .use(refused, after: Self.clockSkew) : .giveUp
    }

    /// Takes in a token that was fetched; `asCandidate` when a 401 was the reason.
    mutating func fetched(_ issued: IssuedToken, asCandidate: Bool, at now: Duration) {
        failures = 0
        counts.successes += 1
        lastFetched = now
        retryAt = nil
        // An issuer that hands out the same token again has not issued another.
        let known = current?.token.value == issued.value ? current?.token : nil
        let held = Held(
            token: known ?? Token(value: issued.value, issued: now),
            renewAt: issued.renewAfter.map { now + $0 },
            expiresAt: issued.expiresAfter.map { now + $0 }
        )
        if asCandidate { lastRefetch = now }
        if asCandidate, known == nil {
            candidate = held
        } else {
            current = held
            // What is newer than a candidate need not wait for its proof.
            candidate = nil
        }
    }

    /// Takes in that a fetch failed; the next is made after a backoff.
    mutating func fetchFailed(_ failure: Failure, at now: Duration, backoff: Backoff, random: Double) {
        failures += 1
        counts.failures += 1
        lastFailure = failure
        let own = backoff.delay(afterFailures: failures, random: random)
        // A service that says "at once" is asked no sooner than one that says nothing, and no backoff is nothing.
        retryAt = now + max(min(max(failure.retryAfter ?? .zero, own), backoff.maximum), .milliseconds(10))
    }

    /// What was fetched until now.
    var figures: TokenFigures {
        TokenFigures(
            successes: counts.successes,
            failures: counts.failures,
            fetched: lastFetched,
            expires: current?.expiresAt,
            failure: renewalFailure
        )
    }

    /// Why no other token can be had at present; `nil` when the last fetch succeeded.
    var renewalFailure: Failure? { failures > 0 ? lastFailure : nil }

    /// Whether an API server accepted a token in a request that began after this time. Then a token that is refused at
    /// one cluster is not the cause: the cluster, or its user, is.
    func hasWorked(since time: Duration) -> Bool { lastAccepted.map { $0 > time } ?? false }

    /// Takes in that a token worked.
    mutating func hasProven(_ token: Token) {
        lastAccepted = max(lastAccepted ?? token.taken, token.taken)
        guard let candidate, candidate.token.value == token.value else { return }
        current = candidate
        self.candidate = nil
    }
}
