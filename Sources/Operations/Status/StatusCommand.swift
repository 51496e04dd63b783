import PullerCore
import Timing

/// The command `status`: it looks at the clusters of a running puller, once or until something has come about.
public struct StatusCommand: Sendable {
    /// Where it prints.
    public struct Output: Sendable {
        /// Prints a text as it is.
        public var write: @Sendable (String) -> Void
        /// What is known of the place.
        public var traits: TerminalTraits

        /// A place to print to.
        public init(_ traits: TerminalTraits, write: @escaping @Sendable (String) -> Void) {
            self.traits = traits
            self.write = write
        }
    }

    /// How it ended.
    public enum Outcome: Equatable, Sendable {
        /// All clusters that were asked for are ready.
        case ready
        /// Not all of them are.
        case notReady
        /// There are no such clusters, and what was probably meant.
        case unknown(String)
        /// The puller gives no answer, and why.
        case unavailable(String)
    }

    private static let interval = Duration.seconds(2)

    private let arguments: StatusArguments
    private let get: FleetLook.Get
    private let clock: MonotonicClock
    private let output: Output
    private let errors: Output

    /// - Parameters:
    ///   - get: Gives the document at a path of the console.
    ///   - output: For what was asked for.
    ///   - errors: For what people want to know beside it.
    public init(
        _ arguments: StatusArguments,
        get: @escaping @Sendable (_ path: String) async throws(StatusProblem) -> [UInt8],
        clock: MonotonicClock,
        output: Output,
        errors: Output
    ) {
        self.arguments = arguments
        self.get = get
        self.clock = clock
        self.output = output
        self.errors = errors
    }

    /// Runs until its end, or until its task is cancelled.
    public func run() async -> Outcome {
        var look = FleetLook(get)
        do throws(StatusProblem) {
            switch arguments.mode {
            case .once: return try await once(&look)
            case .watch: return try await watch(&look)
            case .wait(let timeout): return try await wait(&look, timeout: timeout)
            }
        } catch {
            return .unavailable(error.message)
        }
    }

    private func once(_ look: inout FleetLook) async throws(StatusProblem) -> Outcome {
        _ = try await look.look()
        let rows = look.mirror.rows(arguments.clusters)
        if printsTable, arguments.clusters.isEmpty { tellCommon(look) }
        print(rows, look)
        let figures = FleetFigures(rows)
        if let unknown = unknown(look) { return unknown }
        if printsTable { tell(figures.text) }
        return figures.isAllReady ? .ready : .notReady
    }

    /// Prints clusters when they change. A puller that is restarted is asked again until it answers.
    private func watch(_ look: inout FleetLook) async throws(StatusProblem) -> Outcome {
        _ = try await look.look()
        if let unknown = unknown(look) { return unknown }
        var table = StatusTable(isWide: arguments.form == .wide)
        func show(_ rows: [ClusterDocument], _ look: FleetLook, withTitles: Bool = false) {
            let lines =
                arguments.form == .name
                ? rows.map { displayText($0.name, limit: .max) }
                : table.lines(rows, now: look.now, columns: output.traits.columns(), withTitles: withTitles)
            if !lines.isEmpty { output.write(lines.map { $0 + "\n" }.joined()) }
        }
        show(look.mirror.rows(arguments.clusters), look, withTitles: true)
        var isAnswering = true
        while (try? await clock.sleep(Self.interval)) != nil {
            do throws(StatusProblem) {
                let changes = try await look.look()
                if !isAnswering { tell("the puller answers again") }
                isAnswering = true
                show(changes.changed.filter(isWanted), look)
                show(
                    changes.removed.map { ClusterDocument(name: $0, state: "removed") }.filter(isWanted),
                    look
                )
            } catch {
                guard error.mayPass else { throw error }
                if isAnswering { tell("no answer, trying again: \(error.message)") }
                isAnswering = false
            }
        }
        return .notReady
    }

    private func wait(_ look: inout FleetLook, timeout: Duration) async throws(StatusProblem) -> Outcome {
        let start = clock.now()
        var progress = WaitProgress(timeout: timeout)
        var problem: StatusProblem?
        repeat {
            let sight: WaitProgress.Sight
            do throws(StatusProblem) {
                _ = try await look.look()
                problem = nil
                // The clusters of a puller that has just been started may be on their way.
                if !look.mirror.clusters.isEmpty, let unknown = unknown(look) {
                    clearBar()
                    return unknown
                }
                let figures = FleetFigures(look.mirror.rows(arguments.clusters))
                if figures.isAllReady {
                    clearBar()
                    if !printsTable { print(look.mirror.rows(arguments.clusters), look) }
                    tell("\(figures.text), after \(WaitProgress.text(clock.now() - start))")
                    return .ready
                }
                sight = .fleet(figures)
            } catch {
                guard error.mayPass else {
                    clearBar()
                    throw error
                }
                problem = error
                sight = .none(error.message)
            }
            let elapsed = clock.now() - start
            if errors.traits.redraws {
                let bar = progress.bar(sight, elapsed: elapsed, columns: errors.traits.columns())
                errors.write("\r\(bar)\u{1B}[K")
            } else if let line = progress.line(sight, elapsed: elapsed) {
                tell(line)
            }
            let rest = timeout - elapsed
            guard rest > .zero, (try? await clock.sleep(min(rest, Self.interval))) != nil else { break }
        } while true
        clearBar()
        let end = "not all clusters are ready after \(WaitProgress.text(clock.now() - start))"
        if let problem {
            throw StatusProblem("\(end): \(problem.message)", mayPass: true)
        }
        let rows = look.mirror.rows(arguments.clusters)
        if arguments.clusters.isEmpty { tellCommon(look) }
        print(printsTable ? rows.filter { !$0.isReady } : rows, look)
        tell("\(end): \(FleetFigures(rows).text)")
        return .notReady
    }

    private var printsTable: Bool { arguments.form == .table || arguments.form == .wide }

    private func isWanted(_ cluster: ClusterDocument) -> Bool {
        arguments.clusters.isEmpty || arguments.clusters.contains(cluster.name)
    }

    private func print(_ rows: [ClusterDocument], _ look: FleetLook) {
        switch arguments.form {
        case .table, .wide:
            guard !rows.isEmpty else { return }
            var table = StatusTable(isWide: arguments.form == .wide)
            let columns = output.traits.columns()
            let lines = table.lines(rows, now: look.now, columns: columns, withTitles: true)
            output.write(lines.map { $0 + "\n" }.joined())
        case .name:
            output.write(rows.map { displayText($0.name, limit: .max) + "\n" }.joined())
        case .json:
            let document = StatusJSON(
                revision: look.mirror.revision,
                total: look.mirror.clusters.count,
                matching: rows.count,
                clusters: rows
            )
            output.write(document.text)
        }
    }

    /// Says what concerns many clusters.
    private func tellCommon(_ look: FleetLook) {
        for file in look.files { tell(file.text) }
        for fault in look.faults { tell(fault.text(now: look.now)) }
    }

    private func tell(_ line: String) { errors.write(line + "\n") }

    private func clearBar() {
        if errors.traits.redraws { errors.write("\r\u{1B}[K") }
    }

    /// What is wrong with the names that were given; `nil` for nothing.
    private func unknown(_ look: FleetLook) -> Outcome? {
        let names = look.mirror.unknown(arguments.clusters)
        guard !names.isEmpty else { return nil }
        let known = look.mirror.clusters.keys.sorted()
        let texts = names.map { name in
            let meant = nearMiss(of: name, among: known).map { "; did you mean \(displayText($0))?" } ?? ""
            return "there is no cluster \"\(displayText(name))\"\(meant)"
        }
        return .unknown(texts.joined(separator: "; "))
    }
}
