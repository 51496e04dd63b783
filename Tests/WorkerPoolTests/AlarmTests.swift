import PullerCore
import Synchronization
import TestSupport
import Testing

@testable import WorkerPool

@Suite("A pause between two rounds")
final class AlarmTests: Sendable {
    private let simulation = Simulation()
    private let alarm: Alarm
    private let pauses = Mutex<[Duration]>([])

    init() {
        alarm = Alarm(simulation.clock)
    }

    /// Pauses for ten seconds again and again.
    private func start() -> Task<Void, Never> {
        simulation.start { [self] in
            while !Task.isCancelled {
                let began = simulation.now
                await alarm.wait(.seconds(10))
                pauses.withLock { $0.append(simulation.now - began) }
                // A pause of nothing still lets time go by.
                if !Task.isCancelled { try? await simulation.clock.sleep(.seconds(1)) }
            }
        }
    }

    private var seconds: [Double] { pauses.withLock { $0.map { $0 / .seconds(1) } } }

    @Test("lasts as long as it should, or until it is rung")
    func rung() async {
        let task = start()
        simulation.advance(by: .seconds(15))
        alarm.ring()
        simulation.advance(by: .seconds(12))
        #expect(seconds == [10, 4, 10])
        task.cancel()
        simulation.settle()
        await task.value
    }

    @Test("is none when it was rung since the last one, however often, and the one after is whole")
    func rungBetween() async {
        let task = start()
        simulation.advance(by: .seconds(10.5))
        alarm.ring()
        alarm.ring()
        simulation.advance(by: .seconds(12))
        #expect(seconds == [10, 0, 10])
        task.cancel()
        simulation.settle()
        await task.value
    }

    @Test("ends when its task is cancelled, also before it begins")
    func cancelled() async {
        let task = start()
        simulation.advance(by: .seconds(3))
        task.cancel()
        simulation.settle()
        #expect(seconds == [3])
        let alarm = alarm
        let other = simulation.start { await alarm.wait(.seconds(1000)) }
        other.cancel()
        simulation.settle()
        await other.value
    }
}
