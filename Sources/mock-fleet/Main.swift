import Foundation
import MockFleet

/// A simulated fleet as a process; see ``Options/usage``.
@main
struct Main {
    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        if arguments.contains("--help") {
            print(Options.usage, terminator: "")
            return
        }
        guard let options = Options(arguments) else {
            FileHandle.standardError.write(Data(Options.usage.utf8))
            exit(64)
        }
        // Before any thread is made, so that all of them leave these signals to `waitForEnd`.
        var signals = sigset_t()
        sigemptyset(&signals)
        for signal in [SIGTERM, SIGINT] { sigaddset(&signals, signal) }
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        raiseDescriptorLimit()
        do {
            let server = try MockFleetServer(
                settings: options.settings,
                host: options.host,
                port: options.port,
                controlPort: options.controlPort
            )
            announce(server, options)
            waitForEnd(signals, standardInput: options.exitsWithStandardInput)
            server.stop()
        } catch {
            FileHandle.standardError.write(Data("mock-fleet: \(error)\n".utf8))
            exit(1)
        }
    }

    private static func announce(_ server: MockFleetServer, _ options: Options) {
        let ready: JSON = [
            "ready": true, "port": .int(Int(server.port)), "controlPort": .int(Int(server.controlPort)),
            "proxyURL": .string(server.proxyURL), "providerURL": .string(server.providerURL),
            "pathURL": .string(server.pathURL), "controlURL": .string(server.controlURL),
            "users": .int(options.settings.users.count), "pid": .int(Int(getpid())),
        ]
        FileHandle.standardOutput.write(Data(ready.text + [0x0A]))
    }

    /// Returns at SIGTERM, SIGINT, or the end of standard input. Signals are waited for and not handled: nothing
    /// runs in a signal handler's context, and nothing at an actor's.
    private static func waitForEnd(_ signals: sigset_t, standardInput: Bool) {
        var signals = signals
        guard standardInput else {
            var received: Int32 = 0
            sigwait(&signals, &received)
            return
        }
        var pause = timespec(tv_sec: 0, tv_nsec: 100_000_000)
        var buffer = [UInt8](repeating: 0, count: 4096)
        while sigtimedwait(&signals, nil, &pause) < 0 {
            var input = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
            if poll(&input, 1, 0) > 0, read(STDIN_FILENO, &buffer, buffer.count) <= 0 { return }
        }
    }

    /// Ten thousand watches need as many descriptors.
    private static func raiseDescriptorLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
