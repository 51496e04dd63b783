import PullerCore
import TestSupport
import Testing

@testable import WorkerPool

/// A fleet that has troubles at random, and what its log says about it.
private struct Walk {
    /// What is wrong with a cluster, as its rounds report it.
    struct Trouble: Hashable {
        var reason: FailureReason
        var text: String
    }

    private(set) var bench: JournalBench
    private let random: @Sendable () -> Double
    private var users: [String]
    private var nextUser: Int
    /// A trouble that clusters have by chance, each with this probability.
    private var weather: (trouble: Trouble, part: Double)?
    private var own: [String: Trouble] = [:]
    /// How each cluster's last round ended; `nil` for ready.
    private(set) var last: [String: Trouble?] = [:]
    private(set) var rounds = 0
    /// Who has had each fault while it lasted, or another one with the same reason.
    private var victims: [String: Set<String>] = [:]
    private var linesSeen = 0
    /// The reasons in a cluster's own lines since it was last said to be ready.
    private(set) var told: [String: Set<String>] = [:]
    private(set) var openFaults: [String: Int] = [:]
    private(set) var problems: [String] = []

    private static let shared = [
        Trouble(reason: .tokenUnavailable, text: "answered 500"),
        Trouble(reason: .unreachable, text: "no route"), Trouble(reason: .serverError, text: "answered 502"),
        Trouble(reason: .timeout, text: "30 s"),
    ]
    private static let single = [
        Trouble(reason: .forbidden, text: "403"), Trouble(reason: .unreachable, text: "refused"),
        Trouble(reason: .unreachable, text: "no route"), Trouble(reason: .namespaceMissing, text: "none"),
    ]

    init(clusters: Int, seed: UInt64) {
        bench = JournalBench(clusters: clusters)
        random = seededRandom(seed)
        users = JournalBench.users(1...clusters)
        nextUser = clusters + 1
    }

    private func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int(random() * Double(elements.count))]
    }

    mutating func step() {
        if random() < 0.03 { weather = (pick(Self.shared), pick([1, 1, 0.5, 0.1])) }
        if random() < 0.03 { weather = nil }
        if random() < 0.05 { own[pick(users)] = pick(Self.single) }
        if random() < 0.05 { own[pick(users)] = nil }
        if random() < 0.03 { replaceUser() }
        for _ in 0...Int(random() * 8) { round(pick(users)) }
        pass(.milliseconds(Int(random() * 15_000)))
    }

    /// Every cluster is looked at once, in the course of a minute.
    mutating func roundOfAll() {
        for user in users {
            round(user)
            pass(.seconds(60) / users.count)
        }
    }

    mutating func calm() { weather = nil }

    mutating func cure() {
        calm()
        own = [:]
    }

    mutating func pass(_ duration: Duration) {
        bench.pass(duration)
        read()
    }

    mutating func flush() {
        bench.flush()
        read()
    }

    private mutating func replaceUser() {
        let old = pick(users)
        bench.take(.removed(.absent), old)
        read()
        users.removeAll { $0 == old }
        last[old] = nil
        told[old] = nil
        users.append("user-\(nextUser)")
        nextUser += 1
    }

    private mutating func round(_ user: String) {
        var trouble = own[user]
        if trouble == nil, let weather, random() < weather.part { trouble = weather.trouble }
        rounds += 1
        if let trouble {
            bench.fail(user, trouble.reason, trouble.text)
        } else {
            bench.succeed(user)
        }
        read()
        last[user] = .some(trouble)
        if let reason = trouble?.reason.rawValue, openFaults[reason, default: 0] > 0 {
            victims[reason, default: []].insert(user)
            hadFault.insert(user)
        }
    }

    /// Reads what was logged since the last time.
    private mutating func read() {
        for line in bench.lines.dropFirst(linesSeen) {
            if case .fault(let fault) = line.what { read(fault) }
            guard let user = line.user, line.level > .debug, case .round(let report) = line.what else {
                continue
            }
            let isReminder = report.failures > 0 && report.failures & (report.failures - 1) == 0
            if hadFault.remove(user) != nil { told[user] = nil }
            if let reason = line.reason {
                if !told[user, default: []].insert(reason).inserted, !isReminder {
                    problems.append("\(user) is told twice: \(line.message)")
                }
            } else {
                told[user] = []
            }
        }
        linesSeen = bench.lines.count
    }

    /// Clusters that have shared a fault since their last line, after which what they have is news again.
    private var hadFault: Set<String> = []

    private mutating func read(_ fault: PoolEvent.SharedFault) {
        let members = last.filter {
            $0.value?.reason.rawValue == fault.reason && $0.value?.text == fault.text
        }
        hadFault.formUnion(members.keys)
        let share = fault.share
        if share.clusters > share.all { problems.append("\(share)") }
        switch fault.phase {
        case .began:
            victims[fault.reason, default: []].formUnion(members.keys)
            openFaults[fault.reason, default: 0] += 1
        case .lasts:
            if openFaults[fault.reason, default: 0] == 0 { problems.append("\(fault) never began") }
        case .over(let recovered):
            openFaults[fault.reason, default: 0] -= 1
            if openFaults[fault.reason, default: 0] < 0 { problems.append("\(fault) never began") }
            let victims = victims[fault.reason] ?? []
            if recovered > victims.count {
                problems.append("\(recovered) have recovered of \(victims.count)")
            }
            if openFaults[fault.reason] == 0 { self.victims[fault.reason] = nil }
            if recovered + share.clusters > share.all {
                problems.append("\(recovered) recovered of \(share)")
            }
        }
    }

    /// Clusters that are not ready although no line says so.
    var untold: [String] {
        last.compactMap { user, trouble in
            guard let reason = trouble?.reason.rawValue else { return nil }
            let isCovered = told[user]?.contains(reason) == true || openFaults[reason, default: 0] > 0
            return isCovered ? nil : "\(user) \(reason)"
        }
    }

    /// Clusters that are ready although a line says otherwise.
    var wronglyTold: [String] {
        last.filter { $0.value == nil }.keys.filter { told[$0]?.isEmpty == false }
    }
}

@Suite("What the journal says of a fleet that has troubles at random")
struct JournalWalkTests {
    @Test(
        "names or counts every cluster that is not ready, ends each fault once, and says nothing twice",
        arguments: [2, 3, 12, 100],
        1...12
    )
    func walk(fleet: Int, seed: Int) {
        var walk = Walk(clusters: fleet, seed: UInt64(seed))
        for _ in 0..<400 { walk.step() }
        // What clusters have of their own stays, and is told.
        walk.calm()
        for _ in 0..<4 {
            walk.roundOfAll()
            walk.pass(.seconds(300))
        }
        #expect(walk.untold == [])
        #expect(walk.wronglyTold == [])
        walk.cure()
        for _ in 0..<2 { walk.roundOfAll() }
        walk.pass(.seconds(3600))
        walk.flush()
        #expect(walk.wronglyTold == [])
        #expect(walk.bench.journal.faults.isEmpty && walk.openFaults.values.allSatisfy { $0 == 0 })
        #expect(walk.bench.journal.causes.isEmpty && walk.bench.journal.held.isEmpty)
        let reports = walk.bench.lines.filter { if case .round = $0.what { true } else { false } }
        #expect(reports.count == walk.rounds)
        #expect(walk.problems == [])
    }
}
