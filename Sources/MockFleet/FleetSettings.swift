/// How a fleet is built. All times are the fleet's own; nothing here reads a clock.
public struct FleetSettings: Sendable {
    /// Which kind of token service it has.
    public enum Profile: String, Sendable, CaseIterable {
        /// As fabric8-auth: unknown form keys refused, no `expires_in`, JSON:API errors.
        case fabric8
        /// As any OIDC provider: `expires_in`, `scope`, HTTP Basic, RFC 6749 errors.
        case oidc
    }

    /// The users, each with a cluster of their own until a setting makes two of them tenants of one.
    public var users: [String]
    /// Nodes of each cluster.
    public var nodes = 3
    /// The shortest time in which a node pulls an image it has not got.
    public var pull: Duration = .milliseconds(300)
    /// Added to ``pull``, evenly between nothing and this, for each pod.
    public var pullSpread: Duration = .milliseconds(200)
    /// How long the DaemonSet controller takes to notice a change (`observedGeneration` lags by this).
    public var observeDelay: Duration = .milliseconds(20)
    /// How long pods take to end.
    public var terminationDelay: Duration = .milliseconds(50)
    /// How long bookmarks of a watch are apart.
    public var bookmarkInterval: Duration = .seconds(60)
    /// The namespace that exists in each cluster.
    public var namespace = "k8s-image-puller"
    /// The token service's kind.
    public var profile = Profile.fabric8
    /// The one account that may impersonate.
    public var clientID = "rh-che"
    /// Its secret.
    public var clientSecret = "mock-secret"
    /// Accounts that get tokens which the proxy does not accept: id to secret.
    public var otherClients: [String: String] = ["other-account": "other-secret"]
    /// Everything random comes from this.
    public var seed: UInt64 = 1
    /// The wall clock when the fleet starts, in seconds since 1970.
    public var startSeconds = 1_700_000_000
    /// Requests kept in the log; older ones are dropped.
    public var logCapacity = 10_000

    /// A fleet of these users.
    public init(users: [String]) {
        self.users = users
    }

    /// A fleet of `user-1` to `user-<count>`.
    public init(userCount: Int) {
        self.init(users: (0..<max(userCount, 0)).map { "user-\($0 + 1)" })
    }
}
