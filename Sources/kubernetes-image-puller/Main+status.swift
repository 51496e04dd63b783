import KubernetesAPI
import Operations
import PullerCore
import Timing

extension Main {
    /// Prints how the clusters of a running puller are.
    ///
    /// - Returns: The exit code.
    static func status(
        _ arguments: StatusArguments,
        environment: [String: String],
        errors: ErrorOutput
    ) async -> Int32 {
        let access: ConsoleAccess
        switch ConsoleAccess.find(url: arguments.url, environment: environment, readFile: Process.readFile) {
        case .success(let found): access = found
        case .failure(let problems):
            errors.write(problems.problems.map { Notice($0) })
            return ExitCode.configuration
        }
        do throws(Failure) {
            try Trust.install(bundle: access.caBundleFile)
        } catch {
            errors.write([Notice(.stopped, reason: error.reason.rawValue, "\(error)")])
            return ExitCode.software
        }
        if access.isLoopback { Process.useNoProxy() }
        let clock = MonotonicClock.system()
        let client = ConsoleClient(
            access,
            clock: clock,
            hiding: ProxyVariables.secrets(in: environment),
            readFile: Process.readFile
        )
        let command = StatusCommand(
            arguments,
            get: client.get,
            clock: clock,
            output: .init(Terminal.output(environment), write: Terminal.print),
            errors: .init(Terminal.errors(environment), write: Terminal.printError)
        )
        switch await command.run() {
        case .ready: return ExitCode.done
        case .notReady: return ExitCode.left
        case .unknown(let text):
            errors.write([Notice(.status, reason: "UnknownCluster", text)])
            return ExitCode.left
        case .unavailable(let text):
            errors.write([Notice(.status, reason: "Unavailable", text)])
            return ExitCode.unavailable
        }
    }
}
