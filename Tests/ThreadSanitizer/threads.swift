// Three programs in one, for `scripts/thread-sanitizer --prove`: is a race found, and is nothing else taken for one?
import Foundation
import Synchronization

private final class Sums: Sendable {
    let started = Atomic(0)
    let done = Atomic(0)
    let guarded = Mutex([Int]())
    nonisolated(unsafe) var bare = 0

    /// Neither thread goes on before both have started, nor ends before both are done: one that ends before the other
    /// starts does not race with it, and what one has done that is gone is not known any more.
    func meet(at counter: borrowing Atomic<Int>) {
        counter.add(1, ordering: .sequentiallyConsistent)
        while counter.load(ordering: .sequentiallyConsistent) < 2 { usleep(100) }
    }

    func add(_ number: Int, how: String) {
        switch how {
        case "locked":
            guarded.withLock { $0 = $0.count < 100 ? $0 + [number] : [] }
        case "half-locked":
            // Most accesses take the lock, and the others race with them.
            if number % 100 == 0 { bare += 1 } else { guarded.withLock { _ in bare += 1 } }
        default:
            bare += 1
        }
    }
}

@main private enum Program {
    static func main() {
        let how = CommandLine.arguments.last ?? ""
        let sums = Sums()
        // An access like the one before is not noted anew while a thread takes no lock, and the sanitizer reports none of
        // which it knows no more what the thread did at the time.
        let last = how == "unlocked" ? 100 : 100_000
        let threads = (0..<2).map { _ in
            Thread {
                sums.meet(at: sums.started)
                for number in 0..<last { sums.add(number, how: how) }
                sums.meet(at: sums.done)
            }
        }
        for thread in threads { thread.start() }
        while threads.contains(where: { !$0.isFinished }) { usleep(1000) }
    }
}
