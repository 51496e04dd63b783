import PullerCore
import Timing

/// Decides what each reading of a file changes.
protocol FileRoster: Sendable {
    /// What the file says.
    associatedtype Content: Sendable
    /// What that changes.
    associatedtype Change: FileChange

    /// Takes in a reading; `nil` when it changes nothing, or not yet.
    ///
    /// - Parameter now: By a monotonic clock.
    mutating func take(_ content: Content, at now: Duration) throws(BrakedRemoval) -> Change?

    /// Takes in that the file could not be used.
    mutating func changeNothing()
}

/// What a reading changes.
protocol FileChange: Sendable {
    /// How much comes and goes.
    var counts: (added: Int, removed: Int) { get }
}

/// A removal of so much that it is treated as a mistake in the file until the file confirms it.
struct BrakedRemoval: Error, Equatable {
    var count: RemovalCount
    /// What it would do, and how to confirm it, as the rest of a sentence.
    var problem: String
}

/// Why a file cannot be used.
struct FileProblem: Error, Equatable {
    var text: String
}

/// A mounted file: text in, what it says or a reason out.
struct FileReader<Content: Sendable>: Sendable {
    /// Path, for messages.
    let path: String
    let readFile: @Sendable (String) throws -> String
    let parse: @Sendable (String) -> Result<Content, FileProblem>

    /// What the file held when it was read.
    struct Reading: Sendable {
        /// What it said, or why it could not be used.
        let content: Result<Content, FileProblem>
        fileprivate let text: String?
    }

    /// Reads the file.
    ///
    /// - Parameter last: The reading before. What has not changed is not looked through again: every few seconds, that
    ///   would cost more than the requests of the users.
    func read(after last: Reading?) -> Reading {
        let text: String
        do {
            text = try readFile(path)
        } catch {
            return Reading(content: .failure(FileProblem(text: "it cannot be read: \(error)")), text: nil)
        }
        if let last, last.text == text { return last }
        return Reading(content: parse(text), text: text)
    }
}

/// Follows a mounted file, and reports what it changes.
struct FileFollower<Roster: FileRoster>: Sendable {
    /// How often the file is looked at.
    static var period: Duration { .seconds(10) }

    private let reader: FileReader<Roster.Content>
    private let clock: MonotonicClock
    private let report: @Sendable (PoolEvent.FileEvent) -> Void
    private var roster: Roster
    private var reading: FileReader<Roster.Content>.Reading?
    /// Whether the last read was a removal of much. The next one may take it back, so nothing is reported before that.
    private var isRemovalHeld = false
    /// What was reported about the file since it was last usable.
    private var complaint: PoolEvent.FileEvent?

    /// Creates a follower of a file whose initial content the roster knows.
    ///
    /// - Parameter event: What the reports are about.
    init(
        _ reader: FileReader<Roster.Content>,
        roster: Roster,
        context: PoolContext,
        event: @escaping @Sendable (PoolEvent.FileEvent) -> PoolEvent.What
    ) {
        self.reader = reader
        self.roster = roster
        clock = context.clock
        report = { [report = context.report] in report(PoolEvent(event($0))) }
    }

    /// Follows the file until the task is cancelled. Does not run on the caller's actor: a file system that
    /// hangs must not block anything else.
    @concurrent
    mutating func run(tell: @Sendable (Roster.Change) -> Void) async {
        while (try? await clock.sleep(Self.period)) != nil {
            let latest = reader.read(after: reading)
            reading = latest
            guard let change = take(latest) else { continue }
            report(.changed(added: change.counts.added, removed: change.counts.removed))
            tell(change)
        }
    }

    private mutating func take(_ reading: FileReader<Roster.Content>.Reading) -> Roster.Change? {
        let content: Roster.Content
        do throws(FileProblem) {
            content = try reading.content.get()
        } catch {
            roster.changeNothing()
            isRemovalHeld = false
            complain(.unusable(path: reader.path, error.text))
            return nil
        }
        do throws(BrakedRemoval) {
            let change = try roster.take(content, at: clock.now())
            isRemovalHeld = false
            if complaint != nil { report(.usable(path: reader.path)) }
            complaint = nil
            return change
        } catch {
            if isRemovalHeld { complain(.braked(path: reader.path, error.count, error.problem)) }
            isRemovalHeld = true
            return nil
        }
    }

    /// Reports each problem once, until it changes.
    private mutating func complain(_ problem: PoolEvent.FileEvent) {
        if problem != complaint { report(problem) }
        complaint = problem
    }
}
