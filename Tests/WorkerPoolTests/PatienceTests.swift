import PullerCore
import TestSupport
import Testing
import WorkerPool

@Suite("Patience")
struct PatienceTests {
    private let longest = Duration.seconds(2)

    /// Patience after so many answers that took so long.
    private func patience(after count: Int, _ duration: (Int) -> Duration?) -> Patience {
        var patience = Patience(.milliseconds(50)...longest)
        for number in 0..<count {
            let limit = patience.limit
            if let took = duration(number), took <= limit {
                patience.note(took)
            } else {
                patience.noteOverdue()
            }
        }
        return patience
    }

    @Test("is longest as long as nothing is known")
    func unknown() {
        #expect(Patience(.milliseconds(50)...longest).limit == longest)
    }

    @Test("comes to eight times what half of the answers take", arguments: [10, 30, 100])
    func median(milliseconds: Int) {
        let random = seededRandom(UInt64(milliseconds))
        // Half take less, half take more, and some of these much more.
        let patience = patience(after: 1000) { _ in
            let share = random()
            return .milliseconds(milliseconds) * (share < 0.5 ? share * 2 : 1 / (2 - 2 * share))
        }
        let times = patience.limit / .milliseconds(milliseconds)
        #expect((5...12).contains(times), "\(times)")
    }

    @Test("is short after some dozen quick answers, though a third never come, but has a bound")
    func silentOnes() {
        #expect(patience(after: 100) { _ in .milliseconds(1) }.limit == .milliseconds(50))
        let withSilent = patience(after: 300) { $0 % 3 == 0 ? nil : .milliseconds(1) }
        #expect(withSilent.limit < .milliseconds(80))
    }

    @Test("soon is at its maximum again when no cluster answers any more")
    func allSilent() {
        var patience = patience(after: 100) { _ in .milliseconds(1) }
        var count = 0
        while patience.limit < longest, count < 1000 {
            patience.noteOverdue()
            count += 1
        }
        #expect(count < 80)
        patience.noteOverdue()
        #expect(patience.limit == longest)
    }
}
