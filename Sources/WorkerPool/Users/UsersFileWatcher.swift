import KubernetesAPI
import PullerCore
import Timing

/// Follows the users' file, and reports which users it adds and removes.
struct UsersFileWatcher: Sendable {
    /// How often the file is looked at.
    static let period = Duration.seconds(10)

    private let reader: UsersFileReader
    private let clock: MonotonicClock
    private let report: @Sendable (PoolEvent) -> Void
    private var roster: UserRoster
    private var reading: UsersFileReader.Reading?
    /// Whether the last read was a removal of many users. The next one may take it back, so nothing is
    /// reported before that.
    private var isRemovalHeld = false
    /// What was reported about the file since it was last usable.
    private var complaint: PoolEvent.UsersEvent?

    /// Creates a watcher of a file whose initial users the roster knows.
    init(_ reader: UsersFileReader, roster: UserRoster, context: PoolContext) {
        self.reader = reader
        self.roster = roster
        clock = context.clock
        report = context.report
    }

    /// Follows the file until the task is cancelled. Does not run on the caller's actor: a file system that
    /// hangs must not block anything else.
    @concurrent
    mutating func run(tell: @Sendable (UserRoster.Change) -> Void) async {
        while (try? await clock.sleep(Self.period)) != nil {
            let latest = reader.read(after: reading)
            reading = latest
            let change = take(latest)
            guard !change.isEmpty else { continue }
            report(PoolEvent(.users(.changed(added: change.added.count, removed: change.removed.count))))
            tell(change)
        }
    }

    private mutating func take(_ reading: UsersFileReader.Reading) -> UserRoster.Change {
        let file: UsersFile
        do throws(UsersFileProblem) {
            file = try reading.file.get()
        } catch {
            roster.changeNothing()
            isRemovalHeld = false
            complain(.unusable(path: reader.path, error.text))
            return UserRoster.Change()
        }
        do throws(MassRemoval) {
            let change = try roster.read(file, at: clock.now())
            isRemovalHeld = false
            if complaint != nil { report(PoolEvent(.users(.usable(path: reader.path)))) }
            complaint = nil
            return change
        } catch {
            if isRemovalHeld { complain(.braked(path: reader.path, error.count, error.problem)) }
            isRemovalHeld = true
            return UserRoster.Change()
        }
    }

    /// Reports each problem once, until it changes.
    private mutating func complain(_ problem: PoolEvent.UsersEvent) {
        if problem != complaint { report(PoolEvent(.users(problem))) }
        complaint = problem
    }
}
