import KubernetesAPI
import PullerCore
import Timing

// Following what was created.
extension ClusterWorker {
    /// Watches a rollout for a while.
    func follow(
        _ slot: Slot,
        from version: String,
        timeLeft: Duration,
        _ place: Place,
        _ turn: Turn
    ) async throws(Failure) {
        let began = context.clock.now()
        // Routers cut streams that are idle for about 30 seconds; jitter keeps the watches of a pool apart.
        let seconds = min(Int(timeLeft.components.seconds) + 1, 20 + Int(context.random() * 9))
        do throws(Failure) {
            try await api.watch(place.name(slot), from: version, seconds: seconds) {
                await self.see($0, in: slot, place)
            }
        } catch {
            if error.reason == .cancelled { throw error }
            // The read that follows tells more than a broken stream.
            context.report(PoolEvent(.watchBroke(error), id))
        }
        guard watchEnded(in: slot, place, turn) else { return }
        // A watch that ended early, or was forbidden, is not restarted at once.
        let isShort = context.clock.now() - began < .seconds(seconds) / 2
        turn.shortWatches = isShort ? turn.shortWatches + 1 : 0
        guard isShort else { return }
        let distance = Backoff(initial: .seconds(1), maximum: .seconds(30))
        await pause(min(distance.ceiling(afterFailures: turn.shortWatches), timeLeft), turn)
    }

    /// Waits within a turn, but no longer than what it keeps is wanted.
    func pause(_ duration: Duration, _ turn: Turn) async {
        guard isKeeping(turn) else { return }
        let wakeUp = WakeUp()
        turn.wakeUp = wakeUp
        try? await context.clock.sleep(duration, orUntil: wakeUp)
        turn.wakeUp = nil
    }

    /// Takes in that the watch ended; returns whether the next step is to read. As with other synchronous parts here, see
    /// ClusterWorker+keep.swift for why it is not inlined.
    @inline(never)
    private func watchEnded(in slot: Slot, _ place: Place, _ turn: Turn) -> Bool {
        keeper[place.id].watchEnded(in: slot, &turn.round[place.id])
        return turn.round[place.id].needsLook(slot)
    }

    /// Takes in an event of the watch; returns whether to continue watching.
    @inline(never)
    func see(_ event: WatchEvent, in slot: Slot, _ place: Place) -> Bool {
        guard case .acting(let turn) = activity else { return false }
        switch event {
        case .present(let observed):
            let before = turn.round[place.id].health(slot)
            let goesOn = keeper[place.id].see(
                observed,
                in: slot,
                &turn.round[place.id],
                at: context.clock.now(),
                place.settings
            )
            let health = Health(of: observed)
            if health != before { context.report(PoolEvent(.progress(health), id)) }
            return goesOn && isKeeping(turn)
        case .deleted(let uid):
            keeper[place.id].seeDeletion(of: uid, in: slot, &turn.round[place.id])
            return false
        case .caughtUp:
            return isKeeping(turn)
        case .expired:
            return false
        }
    }
}

// Reading pods, where that is wanted and allowed: a round goes on without it.
extension ClusterWorker {
    /// How long the pages of one list are waited for; what is known by then has to do.
    static let patienceWithPods = Duration.seconds(60)

    func readPods(_ slot: Slot, _ place: Place, _ turn: Turn) async throws(Failure) {
        guard let query = turn.round[place.id].podQuery(slot, place.settings.desired) else { return }
        do throws(Failure) {
            take(try await pods(query, turn), in: slot, place, turn)
        } catch {
            if error.reason == .cancelled { throw error }
            keeper[place.id].podsUnknown(&turn.round[place.id])
            context.report(PoolEvent(.podsUnread(error), id))
        }
    }

    @inline(never)
    private func take(_ reading: PodReading, in slot: Slot, _ place: Place, _ turn: Turn) {
        switch reading {
        case .report(let report):
            keeper[place.id].take(report, in: slot, &turn.round[place.id])
        case .notAllowed(let why):
            keeper.podsNotAllowed(place.id, &turn.round, at: context.clock.now())
            context.report(PoolEvent(.podsNotReadable(why), id))
        }
    }

    func pods(_ query: PodQuery, _ turn: Turn) async throws(Failure) -> PodReading {
        let end = context.clock.now() + Self.patienceWithPods
        var pass = PodPass(query)
        var lane = lane(hasAnswered: turn.hasAnswered)
        while true {
            let current = pass
            let step = try await context.request(lane) { () async throws(Failure) in
                try await api.pods(current)
            }
            // A cluster that has ever more of them does not keep those waiting that work.
            lane = .suspect
            switch step {
            case .done(let reading): return reading
            case .more(let next):
                guard isKeeping(turn), context.clock.now() < end else { return .report(next.report()) }
                pass = next
            }
        }
    }
}
