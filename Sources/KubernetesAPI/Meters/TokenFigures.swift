import PullerCore

/// What was fetched from the issuer of tokens. Times are by the clock of the ``TokenSource``.
public struct TokenFigures: Sendable, Equatable {
    /// Fetches that brought a token.
    public var successes: Int
    /// Fetches that failed.
    public var failures: Int
    /// When the last token came; `nil` before the first.
    public var fetched: Duration?
    /// When the token in use is worth nothing any more; `nil` when the issuer did not say, or there is none.
    public var expires: Duration?
    /// Why the last fetch failed; `nil` when it did not.
    public var failure: Failure?

    /// Some figures.
    public init(
        successes: Int,
        failures: Int,
        fetched: Duration?,
        expires: Duration?,
        failure: Failure?
    ) {
        self.successes = successes
        self.failures = failures
        self.fetched = fetched
        self.expires = expires
        self.failure = failure
    }
}
