import PullerCore
import Testing

@testable import KubernetesAPI

@Suite("The choice of a token:")
struct TokenStateTests {
    private var state = TokenState(refetchPause: .seconds(60), renewsInBackground: true)
    private let backoff = Backoff(initial: .seconds(2), maximum: .seconds(60))

    /// An advice as text: `use a`, `use b after 1.0`, `fetch`, `use a, fetch`, `fail`, `give up`.
    private func shown(_ advice: TokenState.Advice) -> String {
        switch advice {
        case .use(let token, .zero): "use \(token.value.reveal())"
        case .use(let token, let pause): "use \(token.value.reveal()) after \(pause / .seconds(1))"
        case .useAndFetch(let token): "use \(token.value.reveal()), fetch"
        case .fetch: "fetch"
        case .fail(let failure): "fail: \(failure.message)"
        case .giveUp: "give up"
        }
    }

    private func token(at seconds: Double) -> String { shown(state.token(at: .seconds(seconds))) }

    private func replacement(_ refused: String, issued: Double = 0, at seconds: Double) -> String {
        let token = Token(value: Secret(refused), issued: .seconds(issued))
        return shown(state.replacement(for: token, at: .seconds(seconds)))
    }

    private mutating func fetched(
        _ value: String,
        life: Duration? = nil,
        asCandidate: Bool = false,
        at seconds: Double
    ) {
        let token = IssuedToken(value: Secret(value), renewAfter: life.map { $0 * 0.8 }, expiresAfter: life)
        state.fetched(token, asCandidate: asCandidate, at: .seconds(seconds))
    }

    private mutating func failed(_ message: String = "down", retryAfter: Duration? = nil, at seconds: Double)
    {
        state.fetchFailed(
            Failure(.tokenUnavailable, message, retryAfter: retryAfter),
            at: .seconds(seconds),
            backoff: backoff,
            random: 0.5
        )
    }

    private mutating func proven(_ value: String) {
        state.hasProven(Token(value: Secret(value), issued: .zero))
    }

    @Test("the first token is fetched, and one without an expiry is used until it is refused")
    mutating func unlimited() {
        #expect(token(at: 0) == "fetch")
        fetched("a", at: 0)
        #expect(token(at: 0) == "use a")
        #expect(token(at: 1_000_000) == "use a")
    }

    @Test("a token is renewed before it expires, used meanwhile, and waited for once it has expired")
    mutating func renewal() {
        fetched("a", life: .seconds(100), at: 0)
        #expect(token(at: 79.9) == "use a")
        #expect(token(at: 80) == "use a, fetch")
        #expect(token(at: 99.9) == "use a, fetch")
        #expect(token(at: 100) == "fetch")
        fetched("b", life: .seconds(100), at: 90)
        #expect(token(at: 100) == "use b")
    }

    @Test("a file is read before its old token is used on")
    mutating func foregroundRenewal() {
        state = TokenState(refetchPause: .seconds(1), renewsInBackground: false)
        fetched("a", life: .seconds(100), at: 0)
        #expect(token(at: 80) == "fetch")
        failed(at: 80)
        #expect(token(at: 80) == "use a")
    }

    @Test("a failed fetch is not repeated before its backoff is over; the failure is what callers get")
    mutating func failedFetch() {
        failed("first", at: 0)
        #expect(token(at: 0) == "fail: first")
        #expect(token(at: 0.99) == "fail: first")
        #expect(token(at: 1) == "fetch")
        failed("second", at: 1)
        #expect(token(at: 2.99) == "fail: second")
        #expect(token(at: 3) == "fetch")
        // From here on the cap counts, and a success sets everything back.
        for _ in 0..<20 { failed(at: 3) }
        #expect(token(at: 32.9) == "fail: down")
        #expect(token(at: 33) == "fetch")
        fetched("a", life: .seconds(10), at: 33)
        failed(at: 50)
        #expect(token(at: 51) == "fetch")
    }

    @Test("a failed renewal leaves the old token in use until it expires, and no longer")
    mutating func failedRenewal() {
        fetched("a", life: .seconds(100), at: 0)
        failed(retryAfter: .seconds(50), at: 80)
        #expect(token(at: 99) == "use a")
        #expect(token(at: 100) == "fail: down")
        #expect(token(at: 130) == "fetch")
    }

    @Test("a provider that asks for a delay gets it, but no more than the cap")
    mutating func retryAfter() {
        failed(retryAfter: .seconds(30), at: 0)
        #expect(token(at: 29.9) == "fail: down")
        #expect(token(at: 30) == "fetch")
        failed(retryAfter: .seconds(86_400), at: 30)
        #expect(token(at: 89.9) == "fail: down")
        #expect(token(at: 90) == "fetch")
    }

    @Test("a refused token leads to another, which others do not use before a cluster has accepted it")
    mutating func candidate() {
        fetched("a", at: 0)
        #expect(replacement("a", at: 100) == "fetch")
        fetched("b", asCandidate: true, at: 100)
        #expect(token(at: 100) == "use a")
        #expect(replacement("a", at: 100) == "use b after 1.0")
        #expect(replacement("a", at: 100.5) == "use b after 0.5")
        #expect(replacement("a", at: 130) == "use b")
        #expect(token(at: 130) == "use a")
        proven("b")
        #expect(token(at: 130) == "use b")
        #expect(replacement("a", at: 130) == "use b")
    }

    @Test("a success proves nothing about a token that was never a candidate")
    mutating func provenNonCandidate() {
        fetched("a", at: 0)
        fetched("b", asCandidate: true, at: 10)
        proven("a")
        proven("c")
        #expect(token(at: 10) == "use a")
    }

    @Test("a candidate whose proof comes late does not take the place of a newer one")
    mutating func lateProof() {
        fetched("a", at: 0)
        fetched("b", asCandidate: true, at: 10)
        fetched("c", at: 20)
        proven("b")
        #expect(token(at: 21) == "use c")
    }

    @Test("a user that is refused with every token causes at most one fetch a minute")
    mutating func refusedForGood() {
        fetched("a", at: 0)
        fetched("b", asCandidate: true, at: 100)
        #expect(replacement("b", issued: 100, at: 101) == "use b after 1.0")
        #expect(replacement("b", issued: 100, at: 106) == "give up")
        #expect(replacement("b", issued: 100, at: 159.9) == "give up")
        #expect(replacement("b", issued: 100, at: 160) == "fetch")
    }

    @Test(
        "a candidate that was never proven does not block a fresh one when all old tokens are revoked"
    )
    mutating func staleCandidate() {
        fetched("a", at: 0)
        // A user who is unknown with any token had this one fetched.
        fetched("b", asCandidate: true, at: 100)
        #expect(replacement("a", at: 159) == "use b")
        // Later the provider revokes everything that it has issued.
        #expect(replacement("a", at: 10_000) == "fetch")
        fetched("c", asCandidate: true, at: 10_000)
        #expect(replacement("a", at: 10_001) == "use c")
        proven("c")
        #expect(token(at: 10_001) == "use c")
    }

    @Test("an old candidate is still tried when no other can be fetched")
    mutating func oldCandidate() {
        fetched("a", at: 0)
        fetched("b", asCandidate: true, at: 100)
        failed(at: 10_000)
        #expect(replacement("a", at: 10_000.5) == "use b")
    }

    @Test("a caller whose old token was refused gets the newer one if there already is one")
    mutating func alreadyRenewed() {
        fetched("a", at: 0)
        fetched("b", at: 50)
        #expect(replacement("a", at: 51) == "use b")
        // And not the other way round.
        #expect(replacement("b", issued: 50, at: 51) == "fetch")
    }

    @Test("an issuer that hands out the same token again has issued no other")
    mutating func sameAgain() {
        fetched("a", at: 0)
        fetched("a", asCandidate: true, at: 100)
        #expect(replacement("a", at: 100) == "give up")
        #expect(token(at: 100) == "use a")
    }

    @Test("a young token that is refused is tried again after a second, because clocks differ")
    mutating func clockSkew() {
        fetched("a", at: 0)
        fetched("a", asCandidate: true, at: 1)
        #expect(replacement("a", at: 1) == "use a after 1.0")
        #expect(replacement("a", at: 4.9) == "use a after 1.0")
        #expect(replacement("a", at: 5) == "give up")
    }

    @Test("a candidate that has expired is not used")
    mutating func candidateExpired() {
        fetched("a", at: 0)
        fetched("b", life: .seconds(10), asCandidate: true, at: 100)
        #expect(replacement("a", at: 109) == "use b")
        #expect(replacement("a", at: 111) == "give up")
    }

    @Test("while fetches fail, a refused token has no replacement")
    mutating func noReplacement() {
        fetched("a", at: 0)
        failed(at: 100)
        #expect(replacement("a", at: 100.5) == "give up")
        #expect(replacement("a", at: 101) == "fetch")
        #expect(token(at: 100.5) == "use a")
    }

    @Test("a token has worked since a time only if a request that began later was accepted")
    mutating func worked() {
        #expect(!state.hasWorked(since: .zero))
        fetched("a", at: 0)
        var token = Token(value: Secret("a"), issued: .zero)
        token.taken = .seconds(10)
        state.hasProven(token)
        #expect(state.hasWorked(since: .seconds(9)))
        #expect(!state.hasWorked(since: .seconds(10)))
        // An answer that comes late says nothing about what came after its request.
        token.taken = .seconds(5)
        state.hasProven(token)
        #expect(state.hasWorked(since: .seconds(9)))
    }

    @Test("from a failed fetch until the next successful one, there is a reason why no token can be renewed")
    mutating func renewalFailure() {
        #expect(state.renewalFailure == nil)
        fetched("a", at: 0)
        #expect(state.renewalFailure == nil)
        failed("down", at: 10)
        #expect(state.renewalFailure?.message == "down")
        fetched("b", at: 20)
        #expect(state.renewalFailure == nil)
    }
}
