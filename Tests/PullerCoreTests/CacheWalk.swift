import TestSupport
import Testing

@testable import PullerCore

/// A keeper of several placements in a cluster where much may happen, at random but reproducibly.
struct CacheWalk {
    /// What must never happen, and did.
    struct Violation: Error, CustomStringConvertible {
        var description: String
    }

    private let random: @Sendable () -> Double
    private var bench: CacheBench
    private let isRough: Bool
    private var log: [String] = []

    /// - Parameter isRough: Whether nodes break, too, and rollouts are judged after their time: then it is not certain that
    ///   nothing is lost.
    init(seed: UInt64, isRough: Bool) throws {
        let random = seededRandom(seed)
        self.random = random
        self.isRough = isRough
        // In the calm walk, no rollout is ever judged by its time.
        let schedule = isRough ? [:] : ["ROLLOUT_TIMEOUT_SECONDS": "86400", "IMAGE_REFRESH_HOURS": "0"]
        bench = try CacheBench(Self.images(random), schedule)
        bench.meanwhile = { bench throws(CacheBench.Crash) in
            if random() < 0.02 { throw CacheBench.Crash() }
            if random() < 0.1 { bench.changeNodes { $0.schedule() } }
            if isRough, random() < 0.05 { Self.happen(&bench, random) }
        }
        bench.whileWatching = { bench in
            if isRough, random() < 0.1 { Self.happen(&bench, random) }
            for id in bench.clusters.keys.sorted() {
                if random() < 0.9 { bench.clusters[id]?.schedule() }
                if random() < 0.4 { bench.clusters[id]?.pull() }
            }
        }
    }

    private static func pick<Value>(_ values: [Value], _ random: () -> Double) -> Value {
        values[min(Int(random() * Double(values.count)), values.count - 1)]
    }

    private static func images(_ random: () -> Double) -> [String] {
        let all = ["a", "b", "c"].compactMap { name -> String? in
            guard random() < 0.7 else { return nil }
            return "\(name):\(pick([1, 2], random))\(pick(["", "", "@gpu", "@ssd"], random))"
        }
        return all.isEmpty ? ["a:1"] : all
    }

    private static func happen(_ bench: inout CacheBench, _ random: () -> Double) {
        let node = pick(CacheBench.all.sorted(), random)
        switch Int(random() * 5) {
        case 0: bench.changeNodes { $0.broken.insert(node) }
        case 1: bench.changeNodes { $0.down.insert(node) }
        case 2: bench.changeNodes { $0.down.remove(node) }
        default: bench.changeNodes { $0.broken.remove(node) }
        }
    }

    private static func fault(_ random: () -> Double) -> CacheBench.Fault? {
        guard random() < 0.04 else { return nil }
        let reasons: [FailureReason] = [.forbidden, .serverError, .timeout, .quota, .unreachable]
        return random() < 0.5 ? .lost : .refused(Failure(pick(reasons, random), "x"))
    }

    /// Walks at random for a while, then lets the cluster settle.
    mutating func run(rounds: Int) throws {
        let random = random
        bench.fault = { _ in Self.fault(random) }
        for number in 0..<rounds {
            bench.advance(by: .seconds(random() * (isRough ? 3600 : 600)))
            if random() < 0.3 { bench.changeNodes { $0.schedule() } }
            for id in bench.clusters.keys.sorted() where random() < 0.3 { bench.clusters[id]?.pull() }
            if random() < 0.25 {
                let images = Self.images(random)
                let restarts = random() < 0.5
                try bench.configure(images, restarts: restarts)
                log.append("\(number): \(images)\(restarts ? " (restart)" : "")")
            }
            bench.hasSlot = random() < 0.95
            let end = bench.turn()
            if end == nil { bench.restart() }
            log.append(
                "\(number): \(bench.takeRequests()) -> \(end.map { "\($0)" } ?? "died"), \(bench.names)"
            )
            try check()
        }
        try calmDown()
    }

    private mutating func check() throws {
        guard bench.steps <= 5000 else { throw violation("a turn does not end") }
        guard bench.orphans.isEmpty else { throw violation("nothing names \(bench.orphans)") }
        let (served, wanted) = (bench.served, bench.wanted)
        defer { bench.deletions = [] }
        guard !isRough else { return }
        for deletion in bench.deletions where deletion.isSuccession {
            for image in deletion.images {
                let lost = deletion.nodes.intersection(wanted[image] ?? []).subtracting(served[image] ?? [])
                guard lost.isEmpty else { throw violation("\(image) is lost on \(lost): \(deletion)") }
            }
        }
    }

    private func violation(_ what: String) -> Violation {
        Violation(description: "\(what)\n\(log.suffix(12).joined(separator: "\n"))")
    }

    /// Once nothing goes wrong any more, there is one DaemonSet for each placement, as desired, and nothing else.
    private mutating func calmDown() throws {
        bench.fault = { _ in nil }
        bench.meanwhile = { _ in }
        bench.whileWatching = { $0.settle() }
        bench.hasSlot = true
        bench.changeNodes {
            $0.broken = []
            $0.down = []
        }
        for _ in 0..<60 {
            bench.settle()
            let end = bench.turn()
            log.append("calm: \(bench.takeRequests()) -> \(end.map { "\($0)" } ?? ""), \(bench.names)")
            try check()
            let isDone =
                end?.outcome.isReady == true && bench.names.count == bench.settings.ids.count
                && bench.served.filter { !$0.value.isEmpty } == bench.wanted
            if isDone { return }
            bench.advance(by: .seconds(3600))
        }
        throw violation("no calm end")
    }
}

@Suite("The keeper of several placements, whatever happens,")
struct CacheWalkTests {
    @Test(
        "orphans nothing, ends every turn and is left with what is wanted, and loses no image while nodes work",
        arguments: [false, true]
    )
    func walks(isRough: Bool) async throws {
        for seed in UInt64(1)...120 {
            do {
                var walk = try CacheWalk(seed: seed, isRough: isRough)
                try walk.run(rounds: 25)
            } catch {
                Issue.record("seed \(seed): \(error)")
                return
            }
            // The tests of other suites wait for the same few threads.
            await Task.yield()
        }
    }
}
