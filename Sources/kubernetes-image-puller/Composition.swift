import KubernetesAPI
import Operations
import PullerCore
import Timing
import WorkerPool

/// Puts the program together from its configuration. Clock, randomness and files come in here and nowhere else.
struct Composition {
    /// What the program is put together for.
    enum Purpose {
        case pool, plan, cleanup
    }

    /// Seconds that the last lines of the log are waited for.
    private static let logPatience = 1.0

    private let configuration: Configuration
    private let budget: ConnectionBudget
    /// URLSessions: at most one for each connection.
    private let sessions: Int
    private let context: PoolContext
    private let journal: PoolJournal
    private let log: EventLog
    /// What can be asked while it runs.
    let status: PoolStatus
    private let errors: ErrorOutput

    /// - Throws: A failure when this executable does not stand between URLSession and libcurl.
    init(_ configuration: Configuration, _ purpose: Purpose, errors: ErrorOutput) throws(Failure) {
        self.configuration = configuration
        self.errors = errors
        // Before the first connection is made.
        try Trust.install(bundle: configuration.caBundleFile)

        let clock = MonotonicClock.system()
        let wallTime: @Sendable () -> Double = { Process.wallTime() }
        let schedule = configuration.schedule
        let log = EventLog(
            settings: configuration.log,
            shape: LogShape(
                configuration.log.format,
                on: purpose == .plan
                    ? Terminal.errors(Process.environment) : Terminal.output(Process.environment),
                hasUsers: configuration.hasUsers
            ),
            wallTime: wallTime,
            write: purpose == .plan ? Terminal.printErrorBytes : Terminal.printBytes
        )
        self.log = log
        // Milliseconds: a run has fewer revisions than it lasts milliseconds, so those of the next one are higher.
        let board = StatusBoard(clock: clock, firstRevision: UInt64(max(wallTime(), 0) * 1000))
        // What concerns the whole pool comes from the journal, since it tells the shared faults.
        let journal = PoolJournal(clock: clock) { event in
            if event.cluster == nil { board.take(event) }
            log.log(event)
        }
        self.journal = journal
        board.askFaults(journal.ongoingFaults)
        let report: @Sendable (PoolEvent) -> Void = { event in
            if event.cluster != nil { board.take(event) }
            journal.report(event)
        }
        let meter = RequestMeter()
        let wanted = schedule.transportSessions.count(
            for: configuration.target,
            processors: Process.processors
        )
        budget = ConnectionBudget(
            schedule: schedule,
            openFiles: Process.raiseFileLimit(),
            others: (purpose == .pool ? OperatorPorts.files(configuration.status) : 0)
                + wanted * HTTPTransport.filesOfSession
        )
        sessions = min(wanted, budget.connections)
        if let warning = budget.warning { report(PoolEvent(.warning(warning, reason: .openFiles))) }
        let survey = Survey(configuration)
        let cache = CurrentCache(
            configuration.daemonSet,
            survey.facts,
            schedule: budget.schedule,
            readsPods: configuration.readsPods
        )
        let transport = HTTPTransport(
            limits: .init(time: schedule.requestTimeout),
            connections: budget.connections,
            sessions: sessions,
            clock: clock,
            hiding: ProxyVariables.secrets(in: Process.environment)
        )
        let tokens = Self.tokens(configuration, transport: transport, clock: clock)
        let context = PoolContext(
            cache: cache,
            schedule: budget.schedule,
            overdueRequests: budget.overdueRequests,
            survey: survey,
            readsPulls: configuration.readsPulls,
            clock: clock,
            wallTime: { Timestamp(seconds: Int(wallTime())) },
            random: Process.random,
            report: report,
            makeAPI: Self.clients(
                configuration,
                answerLimit: Self.answerLimit(purpose, cache),
                transport: transport,
                tokens: tokens,
                meter: meter,
                report: report
            )
        )
        self.context = context
        status = PoolStatus(
            facts: PoolStatus.Facts(configuration, version: Version.current),
            board: board,
            gauges: { context.gauges },
            pulse: context.pulse,
            tokens: { tokens?.figures },
            meter: meter,
            images: { cache.images },
            linesDropped: { log.linesDropped },
            clock: clock,
            wallTime: wallTime,
            startedAt: clock.now()
        )
    }

    /// Opens the ports on which an operator asks how it goes.
    ///
    /// - Throws: Every port that cannot be had.
    func openPorts() throws(ConfigurationProblems) -> OperatorPorts {
        let status = status
        let settings = configuration.status
        let key = settings.consoleTokenFile.map {
            ConsoleKey(path: $0, now: status.clock.now, readFile: Process.readFile)
        }
        return try OperatorPorts(
            settings,
            status: StatusRoutes(
                livez: { HealthChecks.live(status) },
                readyz: { HealthChecks.ready(status) },
                metrics: { accept in
                    MetricsPage.render(
                        status,
                        perCluster: settings.perCluster,
                        process: Process.figures(),
                        accept: accept
                    )
                }
            ),
            console: ConsoleRoutes(
                ConsoleFacts(
                    access: { key.map { $0.token.map { .token($0) } ?? .closed } ?? .loopback },
                    page: ConsolePage(html: StatusPage.html),
                    status: status
                )
            )
        )
    }

    /// Runs the pool.
    ///
    /// - Parameter warnings: What is odd about the environment, for the log.
    func runPool(
        until shutdown: AsyncStream<String>,
        warnings: [ConfigurationWarning]
    ) async -> [Supervisor.Leftover] {
        let supervisor = supervisor()
        let shares = sessions > 1 ? ", in \(sessions) sessions" : ""
        let proxies = configuration.proxies.summaryLines().map { "; " + $0 }.joined()
        let ports = configuration.status.summary.map { "; " + $0 } ?? ""
        let platform = context.survey.finding.map { "; \($0.text)" } ?? ""
        let start =
            "kubernetes-image-puller \(Version.current): \(purpose); \(budget.summary)\(shares)\(proxies)\(platform)\(ports)"
        context.report(PoolEvent(.started(start)))
        for warning in warnings { context.report(PoolEvent(.warning("\(warning)"))) }
        let leftovers = await supervisor.run(until: shutdown)
        for leftover in leftovers {
            context.report(PoolEvent(.leftover(leftover.failure), leftover.cluster))
        }
        context.report(PoolEvent(.stopped))
        finishLog()
        return leftovers
    }

    /// Deletes what is ours, and prints what came of each cluster. When its task is cancelled, what was not tried yet
    /// counts as failed.
    ///
    /// - Returns: Whether nothing is left that should not be.
    func cleanUp(users: [String], isDryRun: Bool) async -> Bool {
        let clusters: [ClusterID]
        var others: [ClusterID] = []
        switch configuration.target {
        case .fleet(let fleet):
            clusters = (users.isEmpty ? fleet.allUsers : users).map(ClusterID.user)
            let cleaned = Set(clusters)
            others = fleet.allUsers.map(ClusterID.user).filter { !cleaned.contains($0) }
        case .single:
            clusters = [.only]
        }
        var isClean = true
        let cleanup = Cleanup(context: context, patience: configuration.exit.grace)
        await cleanup.run(
            clusters,
            sparing: others,
            isDryRun: isDryRun,
            tellUnasked: { [errors] count in
                let clusters = counted(count, "cluster") + " of other users did not answer"
                let message = "\(clusters): DaemonSets that are in use there cannot be spared"
                errors.write([Notice(.cleanup, .warning, reason: "Unanswered", message)])
            }
        ) { cluster, outcome in
            Terminal.print("\(Self.name(cluster)): \(outcome)\n")
            if case .failed = outcome { isClean = false }
        }
        finishLog()
        return isClean
    }

    /// Prints what would be done in each cluster, and sums it up. When its task is cancelled, what was not asked yet counts
    /// as failed.
    ///
    /// - Returns: The exit code.
    func plan(users: [String]) async -> Int32 {
        let clusters: [ClusterID] =
            switch configuration.target {
            case .fleet(let fleet): (users.isEmpty ? fleet.allUsers : users).map(ClusterID.user)
            case .single: [.only]
            }
        if let finding = context.survey.finding {
            errors.write([Notice(.plan, .info, reason: "Platform", finding.text)])
        }
        let summary = await Planner(context: context).run(clusters) { cluster, plan in
            Terminal.print("\(Self.name(cluster)): \(plan)\n")
        }
        Terminal.print("\n" + summary.lines.map { $0 + "\n" }.joined())
        finishLog()
        errors.write(summary.warnings.map { Notice(.plan, .warning, reason: "Capacity", $0) })
        if summary.hasFailed { return ExitCode.left }
        return summary.hasChanges ? ExitCode.changes : ExitCode.done
    }

    private static func name(_ cluster: ClusterID) -> String {
        cluster.user.map { WrittenUser.text(of: $0) } ?? "the cluster"
    }

    /// Gets the last lines of the log out, or says how many are lost.
    private func finishLog() {
        if let loss = log.finish(within: Self.logPatience) { errors.writeLast(Notice(loss)) }
    }

    private var purpose: String {
        let images = counted(configuration.daemonSet.images.count, "image")
        let base = context.cache.settings.cache.base
        let place = "DaemonSet \(base.namespace)/\(base.baseName)"
        return switch configuration.target {
        case .fleet(let fleet): "\(images) in \(counted(fleet.allUsers.count, "cluster")), \(place)"
        case .single: "\(images) in one cluster, \(place)"
        }
    }

    private func supervisor() -> Supervisor {
        let imagesFile = ImagesFileReader(configuration.daemonSet, readFile: Process.readFile)
        return switch configuration.target {
        case .fleet(let fleet):
            Supervisor(
                users: fleet.users,
                fileUsers: fleet.fileUsers,
                usersFile: fleet.usersFile.map {
                    UsersFileReader(path: $0, proxy: fleet.proxy, readFile: Process.readFile)
                },
                imagesFile: imagesFile,
                context: context,
                exit: configuration.exit,
                journal: journal,
                returnMemory: Process.returnMemory
            )
        case .single:
            Supervisor(
                imagesFile: imagesFile,
                context: context,
                exit: configuration.exit,
                journal: journal,
                returnMemory: Process.returnMemory
            )
        }
    }
}

extension Configuration {
    /// Whether clusters have names.
    fileprivate var hasUsers: Bool {
        if case .fleet = target { true } else { false }
    }
}

extension Cleanup.Outcome: CustomStringConvertible {
    /// For the clean-up's output.
    public var description: String {
        switch self {
        case .deleted: "deleted"
        case .wouldDelete: "would be deleted"
        case .absent: "nothing there"
        case .spared: "left alone: another user of this cluster needs it"
        case .notOurs(let why): "left alone: \(why)"
        case .failed(let failure): "failed: \(failure)"
        }
    }
}
