import PullerCore

extension RetryPace {
    /// The most retries in a second when clusters fail at one moment: each comes after 0.5 to 1.5 times the time until its
    /// place, so there are ln 3 times as many as places, 549, and five standard deviations of what comes at random.
    public static let mostRetriesPerSecond = 549 + 5 * 24
}
