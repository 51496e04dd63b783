// Three programs in one, for `scripts/thread-sanitizer --prove`, which checks that a race is reported, and that correct
// locking is not.
import Foundation
import Synchronization

private final class Sums: Sendable {
    let started = Atomic(0)
    let done = Atomic(0)
    let guarded = Mutex([Int]())
    nonisolated(unsafe) var bare = 0

    /// Waits until both threads have called this. Both must run at the same time: a thread that ends before the other
    /// starts does not race with it, and the sanitizer no longer knows what an ended thread did.
    func meet(at counter: borrowing Atomic<Int>) {
        counter.add(1, ordering: .sequentiallyConsistent)
        while counter.load(ordering: .sequentiallyConsistent) < 2 { usleep(100) }
    }

    func add(_ number: Int, how: String) {
        switch how {
        case "locked":
            guarded.withLock { $0 = $0.count < 100 ? $0 + [number] : [] }
        case "half-locked":
            // Most accesses take the lock; the others race with them.
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
        // While a thread takes no lock, the sanitizer does not record a repeated access again, and it does not report a
        // race with an access for which it no longer has the thread's history. So the unlocked threads make few
        // accesses.
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
