import Operations
import PullerCore
import WorkerPool

/// The program: it reads its arguments and its environment, and is the only place that prints and exits.
@main
struct Main {
    /// What the end may take besides the deletion of DaemonSets.
    private static let endPatience = Duration.milliseconds(1800)

    private let environment: [String: String]
    private let errors: ErrorOutput
    private let signals: Signals

    static func main() async {
        // Before anything that takes time: a signal that comes earlier may be lost.
        let endings = Signals.hold()
        Process.shareMemory()
        // A reader that went away, or a server that did, must not end the program.
        Process.ignoreBrokenPipes()
        // As it was given: there is a warning about what is taken out of it.
        let environment = Process.environment
        Process.silenceDebugOutput()
        let errors = ErrorOutput(environment: environment)
        let command: Command
        switch CommandLineArguments.parse(Array(CommandLine.arguments.dropFirst())) {
        case .failure(let error):
            errors.write([Notice(.arguments, reason: "WrongUse", "kubernetes-image-puller: \(error)")])
            Process.exit(ExitCode.usage)
        case .success(let understood):
            command = understood
        }
        let signals = Signals(endings) { ending in
            guard let code = command.codeWhenToldEarly else { return nil }
            errors.writeLast(
                Notice(.stopped, .info, reason: ending.name, "\(ending.name) came before anything was begun")
            )
            return code
        }
        let main = Main(environment: environment, errors: errors, signals: signals)
        let code = await main.run(command)
        if let problem = Terminal.outputLoss {
            errors.write([Notice(.output, reason: "OutputLoss", "the output was not written: \(problem)")])
            Process.exit(code == ExitCode.done ? ExitCode.output : code)
        }
        Process.exit(code)
    }

    private func run(_ command: Command) async -> Int32 {
        switch command {
        case .help(let topic):
            Terminal.print(CommandLineArguments.help(topic))
            return ExitCode.done
        case .version:
            Terminal.print("kubernetes-image-puller \(Version.current)\n")
            return ExitCode.done
        case .manifest(let format):
            let parsed = DaemonSetSettings.parse(environment: environment, readFile: Process.readFile)
            warn(try? parsed.get())
            switch parsed {
            case .success(let settings):
                let cache = DesiredCache(settings, ClusterFacts(unasked: settings.pods.platform))
                Terminal.print(format == .json ? cache.prettyJSON() : cache.yaml())
                return ExitCode.done
            case .failure(let problems):
                return refuse(problems)
            }
        case .validate:
            let parsed = configuration()
            warn(try? parsed.get().daemonSet)
            switch parsed {
            case .success(let configuration):
                Terminal.print(configuration.summaryLines().map { $0 + "\n" }.joined())
                return ExitCode.done
            case .failure(let problems):
                return refuse(problems)
            }
        case .run:
            switch configuration() {
            case .success(let configuration):
                return await keep(configuration)
            case .failure(let problems):
                warn(nil)
                return refuse(problems)
            }
        case .plan(let users):
            let parsed = configuration()
            warn(try? parsed.get().daemonSet)
            switch parsed {
            case .success(let configuration):
                return await plan(configuration, users: users)
            case .failure(let problems):
                return refuse(problems)
            }
        case .cleanup(let users, let isDryRun):
            warn(nil)
            switch configuration(requiresImages: false) {
            case .success(let configuration):
                return await cleanUp(configuration, users: users, isDryRun: isDryRun)
            case .failure(let problems):
                return refuse(problems)
            }
        }
    }

    private func configuration(requiresImages: Bool = true) -> Result<Configuration, ConfigurationProblems> {
        Configuration.parse(
            environment: environment,
            requiresImages: requiresImages,
            readFile: Process.readFile
        )
    }

    /// Says what is odd about the environment, and about the images' file if it could be read. The pool does that in its
    /// log instead.
    private func warn(_ settings: DaemonSetSettings?) {
        errors.write(warnings(settings).map { Notice($0) })
    }

    private func warnings(_ settings: DaemonSetSettings?) -> [ConfigurationWarning] {
        ConfigurationWarning.all(in: environment, fileImages: settings?.fileImages ?? [])
    }

    private func refuse(_ problems: ConfigurationProblems) -> Int32 {
        errors.write(problems.problems.map { Notice($0) })
        return ExitCode.configuration
    }

    private func keep(_ configuration: Configuration) async -> Int32 {
        guard let composition = compose(configuration, .pool) else { return ExitCode.software }
        let ports: OperatorPorts
        do throws(ConfigurationProblems) {
            ports = try composition.openPorts()
        } catch {
            warn(configuration.daemonSet)
            return refuse(error)
        }
        defer { ports.stop() }
        let warnings = warnings(configuration.daemonSet)
        let leftovers = await composition.runPool(until: work(configuration), warnings: warnings)
        return leftovers.isEmpty ? ExitCode.done : ExitCode.left
    }

    private func cleanUp(_ configuration: Configuration, users: [String], isDryRun: Bool) async -> Int32 {
        if let problem = configuration.problem(with: users) {
            errors.write([Notice(.cleanup, reason: "WrongUse", "--user: \(problem)")])
            return ExitCode.usage
        }
        guard let composition = compose(configuration, .cleanup) else { return ExitCode.software }
        let isClean = await untilTold(work(configuration)) {
            await composition.cleanUp(users: users, isDryRun: isDryRun)
        }
        return isClean == true ? ExitCode.done : ExitCode.left
    }

    private func plan(_ configuration: Configuration, users: [String]) async -> Int32 {
        if let problem = configuration.problem(with: users) {
            errors.write([Notice(.plan, reason: "WrongUse", "--user: \(problem)")])
            return ExitCode.usage
        }
        guard let composition = compose(configuration, .plan) else { return ExitCode.software }
        return await untilTold(work(configuration)) { await composition.plan(users: users) } ?? ExitCode.left
    }

    private func compose(_ configuration: Configuration, _ purpose: Composition.Purpose) -> Composition? {
        do throws(Failure) {
            return try Composition(configuration, purpose, errors: errors)
        } catch {
            errors.write([Notice(.stopped, reason: error.reason.rawValue, "\(error)")])
            return nil
        }
    }

    /// From now on a signal ends the work in order.
    private func work(_ configuration: Configuration) -> AsyncStream<String> {
        let patience = configuration.exit.grace + Self.endPatience
        let errors = errors
        return signals.work(patience: patience) {
            errors.writeLast(Notice(.stopped, reason: "Late", "the puller did not end within \(patience)"))
        }
    }

    /// Runs `body`, which is cancelled at the first signal.
    private func untilTold<Result: Sendable>(
        _ signals: AsyncStream<String>,
        _ body: @escaping @Sendable () async -> Result
    ) async -> Result? {
        await withTaskGroup(of: Result?.self) { group in
            group.addTask { await body() }
            group.addTask {
                for await _ in signals { break }
                return nil
            }
            // The signal comes first, or never.
            while let result = await group.next() {
                group.cancelAll()
                if let result { return result }
            }
            return nil
        }
    }
}

extension Command {
    /// The exit code when a signal comes before the command has begun; `nil` when the signal ends the program as it would
    /// any other.
    fileprivate var codeWhenToldEarly: Int32? {
        switch self {
        case .run: ExitCode.done
        case .cleanup, .plan: ExitCode.left
        case .validate, .manifest, .help, .version: nil
        }
    }
}

extension Configuration {
    /// Why a command cannot be confined to these users, or `nil`.
    fileprivate func problem(with users: [String]) -> String? {
        switch target {
        case .fleet(let fleet): fleet.proxy.problem(with: users)
        case .single: users.isEmpty ? nil : "there are no users with MULTICLUSTER=false"
        }
    }
}
