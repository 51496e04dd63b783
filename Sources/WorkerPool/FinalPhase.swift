import KubernetesAPI
import PullerCore
import Timing

/// The second phase of a shutdown: does the workers' last work, until it is done or the grace period has ended.
///
/// Only an attempt under way has a task, and there are no more at once than requests may be in flight, those that hang
/// included: with a task for each of thousands of clusters, the end would need more memory than anything before. Clusters
/// that were not tried yet go before those that are tried again.
struct FinalPhase {
    /// What the phase acts on, in the order in which it hears of it.
    private enum Event: Sendable {
        case tried(ClusterWorker, ClusterWorker.LastStep)
        case due(ClusterID)
        case graceEnded
    }

    /// A cluster that failed, and is tried again.
    private struct Again {
        var worker: ClusterWorker
        var work: ClusterWorker.LastWork
    }

    private let context: PoolContext
    private let exit: ExitSettings
    private let events: AsyncStream<Event>
    private let feed: AsyncStream<Event>.Continuation
    /// Workers that were not tried yet, the next one last.
    private var untried: [ClusterWorker]
    /// Clusters that are tried again once their delay is over.
    private var resting: [ClusterID: Again] = [:]
    /// Those whose delay is over, in the order in which that came about, and those that were taken from there to be begun,
    /// the next one last: taking the first of many from an array moves all others.
    private var due: [Again] = []
    private var dueNext: [Again] = []
    private var underWay: [ClusterID: Again] = [:]
    private var isOver = false
    private var leftovers: [Supervisor.Leftover] = []

    init(_ workers: [ClusterWorker], context: PoolContext, exit: ExitSettings) {
        (events, feed) = AsyncStream.makeStream(of: Event.self)
        untried = workers.reversed()
        self.context = context
        self.exit = exit
    }

    /// Does the work.
    ///
    /// - Returns: What may be left.
    mutating func run() async -> [Supervisor.Leftover] {
        let (feed, clock, grace) = (feed, context.clock, exit.grace)
        await withDiscardingTaskGroup { group in
            group.addTask {
                try? await clock.sleep(grace)
                feed.yield(.graceEnded)
            }
            begin(in: &group)
            var events = events.makeAsyncIterator()
            while hasWork, let event = await events.next() {
                await take(event)
                if isOver { group.cancelAll() } else { begin(in: &group) }
            }
            group.cancelAll()
        }
        // The events of a cancelled task end at once.
        for again in underWay.values { leftovers.append(await again.worker.leftover(after: again.work)) }
        underWay = [:]
        await giveUp()
        return leftovers.sorted { $0.cluster < $1.cluster }
    }

    private var hasWork: Bool {
        !(underWay.isEmpty && untried.isEmpty && resting.isEmpty && due.isEmpty && dueNext.isEmpty)
    }

    private mutating func begin(in group: inout DiscardingTaskGroup) {
        while underWay.count < context.mostRequests {
            let next: Again
            if let worker = untried.popLast() {
                next = Again(worker: worker, work: .init())
            } else if let again = takeDue() {
                next = again
            } else {
                return
            }
            underWay[next.worker.id] = next
            group.addTask { [feed, action = exit.action] in
                let step = await next.worker.tryLastWork(next.work, action)
                feed.yield(.tried(next.worker, step))
            }
        }
    }

    private mutating func takeDue() -> Again? {
        if dueNext.isEmpty { (dueNext, due) = (due.reversed(), []) }
        return dueNext.popLast()
    }

    private mutating func take(_ event: Event) async {
        switch event {
        case .tried(let worker, .done):
            underWay[worker.id] = nil
        case .tried(let worker, .open(let work, let delay)):
            underWay[worker.id] = nil
            guard !isOver else { return leftovers.append(await worker.leftover(after: work)) }
            resting[worker.id] = Again(worker: worker, work: work)
            _ = context.clock.schedule(after: delay) { [feed] in feed.yield(.due(worker.id)) }
        case .due(let cluster):
            if let again = resting.removeValue(forKey: cluster) { due.append(again) }
        case .graceEnded:
            isOver = true
            await giveUp()
        }
    }

    /// Gives up what is not under way.
    private mutating func giveUp() async {
        for worker in untried { leftovers.append(await worker.leftover(after: .init())) }
        for again in due + dueNext + resting.values {
            leftovers.append(await again.worker.leftover(after: again.work))
        }
        (untried, due, dueNext, resting) = ([], [], [], [:])
    }
}
