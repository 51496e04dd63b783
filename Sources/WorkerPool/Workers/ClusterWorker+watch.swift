import KubernetesAPI
import PullerCore
import Timing

// Watching between two rounds, in small pools: what something else deletes or edits is noticed at once, and not after an
// interval. An event decides nothing: it only has the next round begin earlier.
extension ClusterWorker {
    /// Remembers what to watch until the next round. After a failure or a contest nothing is watched: their delays count.
    func beginVigil(number: Int, after turn: Turn, rest: Duration) {
        guard turn.isPeaceful, wish == .keep, context.watchLimit.isKept,
            vigilance.mayWatch(for: rest, at: context.clock.now())
        else { return }
        let watches = turn.round.watches(turn.settings)
        if !watches.isEmpty { vigil = Vigil(number: number, watches: watches) }
    }

    /// Ends the watches, if any stand.
    func endVigil() {
        vigil?.end.end()
        vigil = nil
    }

    /// Watches until the next round begins, if that is worth it. Called in the task of the turn before, so that a worker
    /// without a watch has no task.
    public func keepWatch() async {
        guard let vigil, !vigil.isKept else { return }
        self.vigil?.isKept = true
        await withDiscardingTaskGroup { group in
            for index in vigil.watches.indices {
                group.addTask { await self.watch(index, of: vigil.number) }
            }
            await withTaskCancellationHandler {
                await vigil.end.wait()
            } onCancel: {
                vigil.end.end()
            }
            group.cancelAll()
        }
    }

    /// Watches one DaemonSet, again and again.
    private func watch(_ index: Int, of number: Int) async {
        while true {
            let pause = vigilance.pause(interval: context.schedule.interval, random: context.random())
            if pause > .zero { try? await context.clock.sleep(pause) }
            guard !Task.isCancelled, vigil?.number == number else { return }
            let began = context.clock.now()
            guard context.watchLimit.isKept, !vigilance.isForbidden(at: began) else { return endVigil() }
            guard let watch = vigil?.begin(index) else { return }
            // Of less than 30 seconds, and apart from each other, see ``follow(_:from:timeLeft:_:_:)``.
            let seconds = 20 + Int(context.random() * 9)
            var failure: Failure?
            do throws(Failure) {
                try await api.watch(
                    context.cache.settings.name(watch.name),
                    from: watch.resourceVersion,
                    seconds: seconds
                ) { await self.hear($0, index, of: number) }
            } catch {
                failure = error
            }
            // What ended because of its news has no vigil any more.
            guard !Task.isCancelled, vigil?.number == number else { return }
            noteEnd(of: index, failure, hasLasted: context.clock.now() - began >= .seconds(seconds) / 2)
        }
    }

    /// Takes in an event; returns whether to go on.
    private func hear(_ event: WatchEvent, _ index: Int, of number: Int) -> Bool {
        guard vigil?.number == number, var watch = vigil?.watches[index] else { return false }
        let news =
            switch event {
            case .present(let observed): watch.see(observed)
            case .deleted(let uid): watch.seeDeletion(of: uid)
            case .caughtUp(let version): watch.catchUp(to: version)
            case .expired: watch.expire()
            }
        vigil?.watches[index] = watch
        return answer(news)
    }

    private func noteEnd(of index: Int, _ failure: Failure?, hasLasted: Bool) {
        guard let watch = vigil?.watches[index] else { return }
        let isFirst = vigilance.shortWatches == 0
        let end: Vigilance.End =
            failure?.reason == .forbidden ? .forbidden : hasLasted && !watch.hasHeardEnough ? .lasted : .short
        vigilance.note(end, at: context.clock.now())
        if let failure, end != .lasted, isFirst { context.report(PoolEvent(.watchBroke(failure), id)) }
        _ = answer(watch.end(hasLasted: hasLasted))
    }

    /// - Returns: Whether the watch goes on.
    private func answer(_ news: StandingWatch.News) -> Bool {
        let now = context.clock.now()
        let rests = bringForward { due in
            vigilance.answer(news, at: now, due: due, interval: context.schedule.interval)
        }
        switch news {
        case .nothing, .figures:
            return rests
        case .tooMany:
            return false
        case .change:
            // Whatever else happens, the round will see it.
            endVigil()
            return false
        }
    }
}
