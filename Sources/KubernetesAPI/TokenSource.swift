import PullerCore
import Synchronization
import Timing

/// The token that all workers share: fetched once, by the worker that needs it first, while the others wait for the same
/// fetch. What to use when is ``TokenState``'s decision.
public final class TokenSource: Sendable {
    private struct Shared {
        var state: TokenState
        var isFetching = false
        /// They are told whether a fetch has ended, or they were cancelled.
        var line = WaitingLine<CheckedContinuation<Bool, Never>>()
    }

    /// The token as a message names it.
    let tokenName: String
    private let issue: @Sendable () async throws(Failure) -> IssuedToken
    private let clock: MonotonicClock
    private let backoff: Backoff
    private let random: @Sendable () -> Double
    private let shared: Mutex<Shared>

    /// A source with no token yet.
    ///
    /// - Parameter backoff: Delays after fetches that failed.
    public convenience init(
        issuer: TokenIssuer,
        backoff: Backoff,
        clock: MonotonicClock,
        random: @escaping @Sendable () -> Double
    ) {
        self.init(
            tokenName: issuer.tokenName,
            issue: { () async throws(Failure) in try await issuer.issue() },
            refetchPause: issuer.refetchPause,
            renewsInBackground: issuer.renewsInBackground,
            backoff: backoff,
            clock: clock,
            random: random
        )
    }

    /// The same, of any issuer.
    init(
        tokenName: String = "the token",
        issue: @escaping @Sendable () async throws(Failure) -> IssuedToken,
        refetchPause: Duration,
        renewsInBackground: Bool,
        backoff: Backoff,
        clock: MonotonicClock,
        random: @escaping @Sendable () -> Double
    ) {
        self.tokenName = tokenName
        self.issue = issue
        self.clock = clock
        self.backoff = backoff
        self.random = random
        let state = TokenState(refetchPause: refetchPause, renewsInBackground: renewsInBackground)
        shared = Mutex(Shared(state: state))
    }

    /// What was fetched until now.
    public var figures: TokenFigures { shared.withLock { $0.state.figures } }

    /// The token for a request.
    ///
    /// - Throws: A failure with the reason `tokenUnavailable`, or `cancelled`.
    public func token() async throws(Failure) -> Token {
        while true {
            switch shared.withLock({ $0.state.token(at: clock.now()) }) {
            case .use(let token, _): return taken(token)
            case .useAndFetch(let token):
                startFetch()
                return taken(token)
            case .fetch:
                try await fetch(asCandidate: false) { state, now in
                    if case .fetch = state.token(at: now) { true } else { false }
                }
            case .fail(let failure): throw failure
            case .giveUp: throw Failure(.tokenUnavailable, "no token")
            }
        }
    }

    /// The token for a second try after a 401, when the time for it has come; `nil` when there is none to try.
    public func replacement(for refused: Token) async throws(Failure) -> Token? {
        while true {
            switch shared.withLock({ $0.state.replacement(for: refused, at: clock.now()) }) {
            case .use(let token, let pause):
                if pause > .zero {
                    do { try await clock.sleep(pause) } catch { throw .ending }
                }
                return taken(token)
            case .useAndFetch(let token): return taken(token)
            case .fetch:
                try await fetch(asCandidate: true) { state, now in
                    if case .fetch = state.replacement(for: refused, at: now) { true } else { false }
                }
            case .fail, .giveUp: return nil
            }
        }
    }

    private func taken(_ token: Token) -> Token {
        var token = token
        token.taken = clock.now()
        return token
    }

    /// Takes in that an API server accepted a token.
    public func hasProven(_ token: Token) {
        shared.withLock { $0.state.hasProven(token) }
    }

    /// Why a token that is refused has no successor at present.
    struct NoSuccessor {
        /// Why the last fetch failed.
        var failure: Failure
        /// Whether other clusters have accepted a token meanwhile.
        var worksElsewhere: Bool
    }

    /// Why a token that is refused has no successor at present; `nil` when the last fetch succeeded.
    ///
    /// - Parameter time: When the cluster began to refuse tokens.
    func noSuccessor(refusedSince time: Duration) -> NoSuccessor? {
        shared.withLock { shared in
            shared.state.renewalFailure.map {
                NoSuccessor(failure: $0, worksElsewhere: shared.state.hasWorked(since: time))
            }
        }
    }

    /// The time on the clock of this source.
    var now: Duration { clock.now() }

    /// Joins the fetch that is under way, or starts one; returns when it has ended, however it ended.
    ///
    /// - Parameter isNeeded: Asked again once nothing can come in between: a fetch may have ended since.
    private func fetch(
        asCandidate: Bool,
        isNeeded: @Sendable (TokenState, _ now: Duration) -> Bool
    ) async throws(Failure) {
        let place = shared.withLock { $0.line.reserve() }
        let isDone = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let now = clock.now()
                let (isNeeded, isFirst) = shared.withLock { shared in
                    guard isNeeded(shared.state, now) else { return (false, false) }
                    shared.line.add(continuation, at: place)
                    defer { shared.isFetching = true }
                    return (true, !shared.isFetching)
                }
                guard isNeeded else { return continuation.resume(returning: true) }
                if isFirst { startTask(asCandidate: asCandidate) }
                // A cancellation before the place was taken had no continuation to resume.
                if Task.isCancelled { leave(place) }
            }
        } onCancel: {
            leave(place)
        }
        if !isDone { throw .ending }
    }

    /// Starts a fetch in the background, unless one is under way or has ended since.
    private func startFetch() {
        let now = clock.now()
        let isFirst = shared.withLock { shared in
            guard case .useAndFetch = shared.state.token(at: now) else { return false }
            defer { shared.isFetching = true }
            return !shared.isFetching
        }
        if isFirst { startTask(asCandidate: false) }
    }

    /// The one unstructured task of this program: the fetch belongs to all workers that wait for it, and must not end because
    /// the first of them is cancelled. It is bounded by the transport's time-out.
    private func startTask(asCandidate: Bool) {
        Task { await fetchForAll(asCandidate: asCandidate) }
    }

    private func leave(_ place: UInt64) {
        shared.withLock { $0.line.remove(place) }?.resume(returning: false)
    }

    private func fetchForAll(asCandidate: Bool) async {
        let result: Result<IssuedToken, Failure>
        do throws(Failure) {
            result = .success(try await issue())
        } catch {
            result = .failure(error)
        }
        let waiting = shared.withLock { shared in
            switch result {
            case .success(let token):
                shared.state.fetched(token, asCandidate: asCandidate, at: clock.now())
            case .failure(let failure):
                shared.state.fetchFailed(failure, at: clock.now(), backoff: backoff, random: random())
            }
            shared.isFetching = false
            return shared.line.removeAll()
        }
        for continuation in waiting { continuation.resume(returning: true) }
    }
}
