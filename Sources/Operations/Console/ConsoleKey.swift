import PullerCore
import Synchronization

/// The token of the console, read again from its file now and then, so that it can be rotated.
public final class ConsoleKey: Sendable {
    private struct State {
        var token: ConsoleToken?
        var isReadAt: Duration
    }

    /// A token in a file counts at the latest after this time.
    public static let period = Duration.seconds(5)

    private let path: String
    private let now: @Sendable () -> Duration
    private let readFile: @Sendable (String) throws -> String
    private let state: Mutex<State>

    /// Reads the token for the first time.
    public init(
        path: String,
        now: @escaping @Sendable () -> Duration,
        readFile: @escaping @Sendable (String) throws -> String
    ) {
        self.path = path
        self.now = now
        self.readFile = readFile
        state = Mutex(State(token: (try? readFile(path)).flatMap { ConsoleToken($0) }, isReadAt: now()))
    }

    /// The token; `nil` while the file holds none.
    public var token: ConsoleToken? {
        let now = now()
        return state.withLock { state in
            if now - state.isReadAt >= Self.period {
                state.token = (try? readFile(path)).flatMap { ConsoleToken($0) }
                state.isReadAt = now
            }
            return state.token
        }
    }
}
