import Dispatch
import Foundation

/// Calls on the first SIGINT, SIGTERM or SIGHUP, so that the demo ends what it started. The second one ends the demo at once.
final class Interrupts {
    private let sources: [any DispatchSourceSignal]

    init(_ call: @escaping @Sendable () -> Void) {
        sources = [SIGINT, SIGTERM, SIGHUP].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { @Sendable in
                signal(number, SIG_DFL)
                call()
            }
            source.resume()
            return source
        }
    }
}
