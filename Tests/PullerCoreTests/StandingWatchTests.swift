import TestSupport
import Testing

@testable import PullerCore

@Suite("A watch between two rounds")
struct StandingWatchTests {
    private let seen: ObservedDaemonSet
    private var watch: StandingWatch

    init() throws {
        seen = Observed.right(DesiredDaemonSet(try Configuration.sample().daemonSet))
        watch = StandingWatch(CacheRound.Name(id: .base, slot: .primary), from: seen)
        watch.begin()
    }

    private func later(_ change: (inout ObservedDaemonSet) -> Void = { _ in }) -> ObservedDaemonSet {
        var observed = seen
        observed.resourceVersion = "8"
        change(&observed)
        return observed
    }

    @Test(
        "makes news of a deletion, an edit and another object, and of nothing else that is not the nodes' figures"
    )
    mutating func changes() {
        #expect(watch.see(seen) == .nothing)
        #expect(watch.see(later()) == .nothing)
        #expect(watch.see(later { $0.status.misscheduled = 1 }) == .nothing)
        #expect(watch.see(later { $0.generation = 2 }) == .change)
        #expect(watch.see(later { $0.labels = [:] }) == .change)
        #expect(watch.see(later { $0.annotations = [:] }) == .change)
        #expect(watch.see(later { $0.isTerminating = true }) == .change)
        #expect(watch.see(later { $0.uid = "other" }) == .change)
        #expect(watch.seeDeletion(of: "other") == .nothing)
        #expect(watch.seeDeletion(of: seen.uid) == .change)
    }

    @Test("makes smaller news of other figures of nodes")
    mutating func figures() {
        #expect(watch.see(later { $0.status = Observed.status(ready: 3, of: 4) }) == .figures)
        #expect(watch.see(later { $0.status = Observed.status(ready: 2, of: 3) }) == .figures)
        #expect(watch.see(later { $0.status = Observed.status(ready: 2, of: 2) }) == .figures)
        #expect(watch.see(later()) == .nothing)
    }

    @Test("goes on after what it has heard last")
    mutating func position() {
        #expect(watch.resourceVersion == "7")
        #expect(watch.see(later()) == .nothing)
        #expect(watch.resourceVersion == "8")
        #expect(watch.catchUp(to: "20") == .nothing)
        #expect(watch.resourceVersion == "20")
        #expect(watch.end(hasLasted: true) == .nothing)
    }

    @Test("begins anew with what is there when the server has forgotten what happened before")
    mutating func expired() {
        #expect(watch.expire() == .nothing)
        #expect(watch.end(hasLasted: false) == .nothing)
        #expect(watch.resourceVersion == "0")
        watch.begin()
        #expect(watch.see(seen) == .nothing)
        #expect(watch.resourceVersion == "0", "the object's own version is what has been forgotten")
        #expect(watch.end(hasLasted: true) == .nothing)
        #expect(watch.catchUp(to: "20") == .nothing)
        #expect(watch.resourceVersion == "20")
    }

    @Test("misses the object that is not there when it begins anew")
    mutating func missing() {
        #expect(watch.expire() == .nothing)
        watch.begin()
        #expect(watch.end(hasLasted: false) == .nothing)
        #expect(watch.end(hasLasted: true) == .change)
        #expect(watch.catchUp(to: "20") == .change)
    }

    @Test("hears a limited number of events")
    mutating func storm() {
        for _ in 0..<StandingWatch.mostEvents { #expect(watch.see(later()) == .nothing) }
        #expect(watch.see(later()) == .tooMany)
        #expect(watch.hasHeardEnough)
        watch.begin()
        #expect(!watch.hasHeardEnough)
    }
}

@Suite("What watches between rounds may cost")
struct VigilanceTests {
    private let hour = Duration.seconds(3600)

    @Test(
        "a change has a round begin in a second, further ones at growing distance, and soon again after a quiet interval"
    )
    func changes() {
        var vigilance = Vigilance()
        var now = Duration.zero
        var delays: [Int] = []
        for _ in 0..<14 {
            let answer = vigilance.answer(.change, at: now, due: now + hour * 2, interval: hour) ?? .zero
            delays.append(Int((answer - now).components.seconds))
            now = answer
        }
        #expect(delays == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600])
        now += hour + .seconds(1)
        #expect(vigilance.answer(.change, at: now, due: now + hour, interval: hour) == now + .seconds(1))
        #expect(vigilance.answer(.change, at: now, due: now + hour, interval: hour) == now + .seconds(3))
    }

    @Test("other figures wait for half a minute, and do not delay the answer to a change")
    func figures() {
        var vigilance = Vigilance()
        #expect(vigilance.answer(.figures, at: .zero, due: hour, interval: hour) == .seconds(30))
        #expect(vigilance.answer(.figures, at: .seconds(1), due: .seconds(30), interval: hour) == nil)
        #expect(vigilance.answer(.figures, at: .seconds(31), due: hour, interval: hour) == .seconds(90))
        #expect(
            vigilance.answer(.change, at: .seconds(32), due: .seconds(90), interval: hour) == .seconds(33)
        )
    }

    @Test("a round that is due sooner is not brought forward, and nothing is counted")
    func dueSooner() {
        var vigilance = Vigilance()
        let before = vigilance
        #expect(vigilance.answer(.change, at: .zero, due: .seconds(1), interval: hour) == nil)
        #expect(vigilance.answer(.nothing, at: .zero, due: hour, interval: hour) == nil)
        #expect(vigilance.answer(.tooMany, at: .zero, due: hour, interval: hour) == nil)
        #expect(vigilance == before)
    }

    @Test("whatever comes, rounds because of it are few in any interval", arguments: 0..<20)
    func walk(seed: UInt64) {
        let random = seededRandom(seed)
        var vigilance = Vigilance()
        var now = Duration.zero
        var rounds: [Duration] = []
        while now < hour * 48 {
            // A rest as after a round, in which events come sooner or later, or all the time.
            let due = now + hour * (0.95 + 0.1 * random())
            let patience = [0.1, 10, 600, 3700][Int(random() * 4)]
            var time = now
            var begin = due
            while time < begin {
                let news: StandingWatch.News = random() < 0.5 ? .change : .figures
                if let answer = vigilance.answer(news, at: time, due: begin, interval: hour) {
                    #expect(answer > time && answer < begin)
                    begin = answer
                }
                time += .seconds(patience * (0.1 + random()))
            }
            if begin < due { rounds.append(begin) }
            now = begin
        }
        #expect(!rounds.isEmpty)
        let most = rounds.map { first in rounds.count { $0 >= first && $0 < first + hour } }.max() ?? 0
        // Distances of 1, 2, 4 ... seconds and of 30, 60 ... seconds: 13 and 8 until they are an hour.
        #expect(most <= 2 * (13 + 8), "\(most) in an hour")
    }

    @Test("watches that do not last are apart for ever longer, and one that lasts ends that")
    func shortWatches() {
        var vigilance = Vigilance()
        #expect(vigilance.pause(interval: hour, random: 1) == .zero)
        var pauses: [Duration] = []
        for _ in 0..<14 {
            vigilance.note(.short, at: .zero)
            pauses.append(vigilance.pause(interval: hour, random: 1))
        }
        #expect(pauses.prefix(4) == [.seconds(1), .seconds(2), .seconds(4), .seconds(8)])
        #expect(pauses.last == hour)
        vigilance.note(.lasted, at: .zero)
        #expect(vigilance.pause(interval: hour, random: 1) == .zero)
    }

    @Test("a refusal counts for a day, and short rests have no watch")
    func refusal() {
        var vigilance = Vigilance()
        #expect(vigilance.mayWatch(for: hour, at: .zero))
        #expect(!vigilance.mayWatch(for: .seconds(30), at: .zero))
        vigilance.note(.forbidden, at: .zero)
        #expect(!vigilance.mayWatch(for: hour, at: hour * 23))
        #expect(vigilance.mayWatch(for: hour, at: hour * 24))
    }
}
