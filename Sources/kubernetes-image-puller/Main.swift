import Operations
import PullerCore
import WorkerPool

/// The program: it reads its arguments and its environment, and is the only place that prints and exits.
@main
struct Main {
    private enum ExitCode {
        static let left: Int32 = 1
        static let usage: Int32 = 64
        static let software: Int32 = 70
        static let configuration: Int32 = 78
    }

    /// What the end may take besides the deletion of DaemonSets.
    private static let endPatience = Duration.milliseconds(1800)

    static func main() async {
        Process.shareMemory()
        // A reader that went away, or a server that did, must not end the program.
        Process.ignoreBrokenPipes()
        switch CommandLineArguments.parse(Array(CommandLine.arguments.dropFirst())) {
        case .failure(let error):
            Terminal.printError("\(error)\n\n\(CommandLineArguments.usage)")
            Process.exit(ExitCode.usage)
        case .success(let command):
            Process.exit(await run(command))
        }
    }

    private static func run(_ command: Command) async -> Int32 {
        switch command {
        case .help:
            Terminal.print(CommandLineArguments.usage + "\n" + CommandLineArguments.variablesHelp)
            return 0
        case .version:
            Terminal.print("kubernetes-image-puller \(Version.current)\n")
            return 0
        case .manifest(let format):
            switch DaemonSetSettings.parse(environment: Process.environment) {
            case .success(let settings):
                let manifest = DesiredDaemonSet(settings).manifest()
                Terminal.print(format == .json ? manifest.prettyJSON() : manifest.yaml())
                return 0
            case .failure(let problems):
                Terminal.printError("\(problems)\n")
                return ExitCode.configuration
            }
        case .validate:
            switch Configuration.parse(environment: Process.environment, readFile: Process.readFile) {
            case .success(let configuration):
                Terminal.print(configuration.summaryLines().map { $0 + "\n" }.joined())
                return 0
            case .failure(let problems):
                Terminal.print("\(problems)\n")
                return ExitCode.configuration
            }
        case .run, .cleanup:
            switch Configuration.parse(environment: Process.environment, readFile: Process.readFile) {
            case .success(let configuration):
                return await work(command, configuration)
            case .failure(let problems):
                Terminal.printError("\(problems)\n")
                return ExitCode.configuration
            }
        }
    }

    private static func work(_ command: Command, _ configuration: Configuration) async -> Int32 {
        let composition: Composition
        do throws(Failure) {
            composition = try Composition(configuration)
        } catch {
            Terminal.printError("\(error)\n")
            return ExitCode.software
        }
        let patience = configuration.exit.grace + endPatience
        let signals = Signals(patience: patience) {
            Terminal.printError("the puller did not end within \(patience)\n")
        }
        // Its handlers go with it.
        defer { withExtendedLifetime(signals) {} }
        if case .cleanup(let users, let isDryRun) = command {
            return await untilTold(signals.stream) {
                await composition.cleanUp(users: users, isDryRun: isDryRun)
            } ? 0 : ExitCode.left
        }
        let leftovers = await composition.runPool(until: signals.stream)
        return leftovers.isEmpty ? 0 : ExitCode.left
    }

    /// Runs `body`, which is cancelled at the first signal.
    private static func untilTold(
        _ signals: AsyncStream<String>,
        _ body: @escaping @Sendable () async -> Bool
    ) async -> Bool {
        await withTaskGroup(of: Bool?.self) { group in
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
            return false
        }
    }
}
