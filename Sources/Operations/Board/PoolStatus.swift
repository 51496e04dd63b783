import KubernetesAPI
import PullerCore
import Timing
import WorkerPool

/// Everything that can be asked about a pool that runs. Times are by the pool's clock, unless they say otherwise.
public struct PoolStatus: Sendable {
    /// What is fixed for the whole run.
    public struct Facts: Sendable, Equatable {
        /// Which clusters there are.
        public enum Mode: String, Sendable, CaseIterable {
            /// Many, one for each user.
            case fleet
            /// One, without a user.
            case single
        }

        /// This program's version.
        public var version: String
        /// Which clusters there are.
        public var mode: Mode
        /// Time between two checks of one cluster.
        public var interval: Duration
        /// The namespace of the DaemonSets.
        public var namespace: String
        /// The name of the DaemonSets (`DAEMONSET_NAME`); one beside another, or of a placement, has a suffix.
        public var name: String
        /// Path of the users' file; `nil` without one.
        public var usersFile: String?
        /// Path of the images' file; `nil` without one.
        public var imagesFile: String?

        /// Which files are configured.
        var files: [FleetSummary.FileTrouble.Kind] {
            (usersFile == nil ? [] : [.users]) + (imagesFile == nil ? [] : [.images])
        }

        /// Some facts.
        public init(
            version: String,
            mode: Mode,
            interval: Duration,
            namespace: String,
            name: String,
            usersFile: String? = nil,
            imagesFile: String? = nil
        ) {
            self.version = version
            self.mode = mode
            self.interval = interval
            self.namespace = namespace
            self.name = name
            self.usersFile = usersFile
            self.imagesFile = imagesFile
        }

        /// What a configuration says.
        public init(_ configuration: Configuration, version: String) {
            let daemonSet = configuration.daemonSet
            self.init(
                version: version,
                mode: .single,
                interval: configuration.schedule.interval,
                namespace: daemonSet.namespace,
                name: daemonSet.name,
                imagesFile: daemonSet.imagesFile
            )
            if case .fleet(let fleet) = configuration.target {
                mode = .fleet
                usersFile = fleet.usersFile
            }
        }
    }

    /// What is fixed.
    public var facts: Facts
    /// What is known of the clusters.
    public var board: StatusBoard
    /// How full the gates are.
    public var gauges: @Sendable () -> PoolGauges
    /// Whether the pool as a whole acts.
    public var pulse: PoolPulse
    /// What was fetched from the issuer of tokens; `nil` when no token is used.
    public var tokens: @Sendable () -> TokenFigures?
    /// Counts the requests.
    public var meter: RequestMeter
    /// The images that are wanted now, in the order of their names.
    public var images: @Sendable () -> [CachedImage]
    /// Lines of the log that were dropped.
    public var linesDropped: @Sendable () -> Int
    /// The pool's clock.
    public var clock: MonotonicClock
    /// Seconds since 1970-01-01T00:00:00Z.
    public var wallTime: @Sendable () -> Double
    /// When the pool began.
    public var startedAt: Duration

    /// All of it.
    public init(
        facts: Facts,
        board: StatusBoard,
        gauges: @escaping @Sendable () -> PoolGauges,
        pulse: PoolPulse,
        tokens: @escaping @Sendable () -> TokenFigures?,
        meter: RequestMeter,
        images: @escaping @Sendable () -> [CachedImage],
        linesDropped: @escaping @Sendable () -> Int = { 0 },
        clock: MonotonicClock,
        wallTime: @escaping @Sendable () -> Double,
        startedAt: Duration
    ) {
        self.facts = facts
        self.board = board
        self.gauges = gauges
        self.pulse = pulse
        self.tokens = tokens
        self.meter = meter
        self.images = images
        self.linesDropped = linesDropped
        self.clock = clock
        self.wallTime = wallTime
        self.startedAt = startedAt
    }
}
