import Synchronization
import Testing

@testable import WorkerPool

@Suite("Work for many elements")
struct BoundedTasksTests {
    /// How many are at work.
    private struct Load {
        var now = 0
        var most = 0
    }

    @Test("is done for each of them, by no more tasks at once than allowed", arguments: [1, 7, 100, 1000])
    func bounded(limit: Int) async {
        let load = Mutex(Load())
        var results: [Int] = []
        await forEach(of: 0..<500, limit: limit) { number in
            load.withLock { load in
                load.now += 1
                load.most = max(load.most, load.now)
            }
            await Task.yield()
            load.withLock { $0.now -= 1 }
            return number
        } take: { result in
            results.append(result)
        }
        #expect(results.sorted() == Array(0..<500))
        #expect(load.withLock { $0.most } <= limit)
    }

    @Test("is done even if nothing were allowed, and there may be none")
    func edges() async {
        var results: [Int] = []
        await forEach(of: [1, 2], limit: 0) {
            $0
        } take: {
            results.append($0)
        }
        await forEach(of: [Int](), limit: 5) {
            $0
        } take: {
            results.append($0)
        }
        #expect(results == [1, 2])
    }
}
