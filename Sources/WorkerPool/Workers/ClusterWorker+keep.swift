import KubernetesAPI
import PullerCore
import Timing

// One turn of keeping: carries out the steps that the keeper decides.
//
// What an async function keeps across an await is in its frame, on the heap, and temporaries of synchronous functions that
// are inlined into it can be, too. Many turns wait at once, so the larger synchronous parts are not inlined.
extension ClusterWorker {
    /// How a turn goes on after a step.
    private enum StepEnd {
        case goesOn
        /// There is no slot to roll out in: the turn ends, and another one begins when there is.
        case waits(RolloutLane, absent: Set<CacheRound.Name>)
        /// Another user of this cluster is replacing its DaemonSet: what comes of that is seen a little later.
        case letsOthers
    }

    /// A placement, and what is wanted there.
    struct Place {
        let id: PlacementID
        let settings: Keeper.Settings

        func name(_ slot: Slot) -> String { settings.desired.name(slot) }
    }

    /// How long another user of this cluster is given for a deletion.
    private static let patienceWithOthers = Duration.seconds(5)

    func keep(_ turn: Turn, after wait: Wait) async -> (wait: Wait, delay: Duration) {
        takeUp(turn, after: wait)
        do throws(Failure) { try await askWhatIsOpen(turn) } catch {
            return isKeeping(turn) ? (.look, conclude(.failed(error), of: .base, turn)) : (.look, .zero)
        }
        keeper.begin(turn.settings)
        // What is kept changes at once where something else is wanted.
        while isKeeping(turn) {
            let step = nextStep(turn)
            if case .rest(let id, let outcome) = step {
                turn.outcome = outcome
                return (.look, conclude(outcome, of: id, turn))
            }
            if case .fallBack = step {
                context.report(PoolEvent(.fellBack, id))
                return (.look, .zero)
            }
            do throws(Failure) {
                switch try await carryOut(step, turn) {
                case .goesOn: break
                case .waits(let lane, let absent): return (.rollout(lane, absent: absent), .zero)
                case .letsOthers: return (.look, Self.patienceWithOthers)
                }
            } catch {
                // The outcome of a round that was cut short is not worth reporting.
                guard isKeeping(turn) else { return (.look, .zero) }
                if keeper.failed(step, error, &turn.round) { continue }
                return (.look, conclude(.failed(error), of: .base, turn))
            }
        }
        return (.look, .zero)
    }

    /// Begins with what the last look found absent. What else it saw may be old, and is looked at again; but a creation
    /// destroys nothing, and the server refuses it when it comes too late.
    @inline(never)
    private func takeUp(_ turn: Turn, after wait: Wait) {
        guard case .rollout(_, let absent) = wait else { return }
        turn.round = CacheRound(absent: absent)
        // It has answered in this round, or it would not wait for a slot.
        turn.hasAnswered = true
    }

    @inline(never)
    private func nextStep(_ turn: Turn) -> CacheKeeper.Step {
        noteStep()
        let before = keeper.heldUIDs
        let step = keeper.next(&turn.round, at: context.clock.now(), turn.settings)
        let after = keeper.heldUIDs
        if after != before { hold(after, instead: before) }
        return step
    }

    /// Whether the turn goes on: what it keeps is still wanted.
    func isKeeping(_ turn: Turn) -> Bool {
        wish == .keep && !Task.isCancelled && turn.settings.generation == context.cache.generation
    }

    /// What is held counts at once: another user of this cluster may be removed at any moment.
    func hold(_ uids: [String], instead former: [String] = []) {
        context.held.hold(uids, instead: former, by: id)
    }

    private func carryOut(
        _ step: CacheKeeper.Step,
        _ turn: Turn
    ) async throws(Failure) -> StepEnd {
        switch step {
        case .keep(let placement, let step):
            if case .create = step { try await confirmOwner(turn) }
            guard let settings = turn.settings[placement] else { break }
            return try await carryOut(step, Place(id: placement, settings: settings), turn)
        case .clear(let placement):
            do throws(Failure) {
                try await clear(placement, turn)
            } catch {
                guard error == Retirement.othersAct else { throw error }
                return .letsOthers
            }
        case .wait:
            context.report(PoolEvent(.queued, id))
            return .waits(turn.lane ?? .changed, absent: turn.round.absent)
        case .rest, .fallBack:
            break
        }
        return .goesOn
    }

    private func carryOut(
        _ step: Keeper.Step,
        _ place: Place,
        _ turn: Turn
    ) async throws(Failure) -> StepEnd {
        switch step {
        case .read(let slot):
            try await read(slot, place, turn)
        case .create(let slot, let reason, let note):
            guard enterRollout(place, reason, turn) else { break }
            while let left = keeper[place.id].pause(beforeCreatingIn: slot, at: context.clock.now()) {
                guard isKeeping(turn) else { return .goesOn }
                await pause(left, turn)
            }
            guard isKeeping(turn) else { break }
            try await create(slot, reason, note, place, turn)
        case .delete(let doomed):
            guard beginDeletion(of: doomed) else { return .letsOthers }
            try await delete(doomed, place, turn)
        case .follow(let slot, let version, let left):
            try await follow(slot, from: version, timeLeft: left, place, turn)
        case .readPods(let slot):
            try await readPods(slot, place, turn)
        case .rest:
            break
        }
        return .goesOn
    }

    /// Deletes what there is of a placement that is not kept.
    @inline(never)
    private func clear(_ placement: PlacementID, _ turn: Turn) async throws(Failure) {
        let retirement = Retirement(
            cluster: id,
            api: api,
            context: context,
            settings: turn.settings,
            lane: lane(hasAnswered: false),
            turn: turn
        )
        try await retirement.clear(placement)
        keeper.cleared(placement, &turn.round, turn.settings)
    }

    /// Notes that a deletion begins.
    ///
    /// - Returns: Whether it may: no other user of this cluster relies on the object, or deletes it.
    @inline(never)
    private func beginDeletion(of doomed: Keeper.Doomed) -> Bool {
        doomed.survivor.map { context.held.beginDeletion(of: doomed.uid, relyingOn: $0) }
            ?? context.held.beginRemoval(of: doomed.uid)
    }

    /// Takes a slot to roll out in, unless there is one already, or notes that the placement waits for one.
    ///
    /// - Returns: Whether there is a slot.
    @inline(never)
    private func enterRollout(_ place: Place, _ reason: ReplaceReason?, _ turn: Turn) -> Bool {
        let lane = rolloutLane(reason)
        if rolloutSlot == nil { rolloutSlot = context.rollouts.tryEnter(lane) }
        if rolloutSlot != nil { return true }
        if lane.rawValue < turn.lane?.rawValue ?? .max { turn.lane = lane }
        keeper.mustWait(place.id, &turn.round)
        return false
    }

    private func rolloutLane(_ reason: ReplaceReason?) -> RolloutLane {
        if keeper.stoodStill { return .stalled }
        return switch reason {
        case nil: .missing
        case .refresh: .refresh
        default: .changed
        }
    }

    /// Sends a request when the gate lets it.
    func request<Value: Sendable>(
        _ turn: Turn,
        _ body: () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        try await turn.request(context, lane(hasAnswered: false), body)
    }
}
