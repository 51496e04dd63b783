import Dispatch
import Foundation

/// Calls on SIGINT and SIGTERM, so that the demo ends what it started.
final class Interrupts {
    private let sources: [any DispatchSourceSignal]

    init(_ call: @escaping @Sendable () -> Void) {
        sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { @Sendable in call() }
            source.resume()
            return source
        }
    }

    /// Leaves the signals alone again.
    func stop() {
        for source in sources { source.cancel() }
    }
}
