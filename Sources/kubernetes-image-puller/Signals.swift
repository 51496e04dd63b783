import Dispatch
import Foundation
import Synchronization

/// SIGTERM and SIGINT: the first one ends the puller in order, the second one at once. When the end in order takes longer
/// than it may, whatever the reason, it is brought about.
///
/// The handlers are made in a type of their own: at the top level of the program they would belong to the main actor,
/// and crash on their own queue.
final class Signals {
    /// The name of the signal that was sent first.
    let stream: AsyncStream<String>
    private var sources: [any DispatchSourceSignal] = []

    /// - Parameters:
    ///   - patience: Time that the end may take.
    ///   - late: Called when it took longer, a moment before the program is ended.
    init(patience: Duration, late: @escaping @Sendable () -> Void) {
        let (stream, feed) = AsyncStream.makeStream(of: String.self)
        self.stream = stream
        let queue = DispatchQueue(label: "signals")
        let isSecond = SharedFlag()
        for (number, name) in [(SIGTERM, "SIGTERM"), (SIGINT, "SIGINT")] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { @Sendable in
                if isSecond.exchange() { _exit(128 + number) }
                feed.yield(name)
                let end = DispatchTime.now() + patience / .seconds(1)
                // Saying so must not hold it up.
                DispatchQueue.global().asyncAfter(deadline: end, execute: late)
                queue.asyncAfter(deadline: end + 0.1) { _exit(1) }
            }
            source.resume()
            sources.append(source)
        }
    }
}

/// A flag that is set once.
private final class SharedFlag: Sendable {
    private let isSet = Mutex(false)

    /// Sets it, and tells whether it was set before.
    func exchange() -> Bool {
        isSet.withLock { isSet in
            defer { isSet = true }
            return isSet
        }
    }
}
