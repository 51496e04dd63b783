import KubernetesAPI
import PullerCore
import Timing

// Reading, creating and deleting, and what the keeper takes in of it. See ClusterWorker+keep.swift for why much is not inlined.
extension ClusterWorker {
    @inline(never)
    func read(_ slot: Slot, _ place: Place, _ turn: Turn) async throws(Failure) {
        let name = place.name(slot)
        let knowsNone = keeper[place.id].custody.held.isEmpty
        do throws(Failure) {
            let observation = try await request(turn) { () async throws(Failure) in
                try await api.observe(name)
            }
            take(observation, in: slot, place, turn, knowsNone: knowsNone)
        } catch {
            try take(failureToRead: error, in: slot, place, turn)
        }
    }

    @inline(never)
    private func take(
        _ observation: Observation,
        in slot: Slot,
        _ place: Place,
        _ turn: Turn,
        knowsNone: Bool
    ) {
        let serverTime = context.serverClock.trusted(observation.serverTime, of: id)
        keeper[place.id].take(
            observation.daemonSet,
            in: slot,
            serverTime: serverTime,
            &turn.round[place.id],
            at: context.clock.now(),
            place.settings
        )
        guard knowsNone, let observed = observation.daemonSet, turn.round[place.id].isRight(slot) else {
            return
        }
        context.report(PoolEvent(.adopted(name: place.name(slot), Health(of: observed)), id))
        if context.readsPulls, PullQuestion.isRecent(observed, at: serverTime) {
            pullQuestion.isOpen = true
        }
    }

    @inline(never)
    private func take(
        failureToRead failure: Failure,
        in slot: Slot,
        _ place: Place,
        _ turn: Turn
    ) throws(Failure) {
        guard keeper[place.id].take(failure, in: slot, name: place.name(slot), &turn.round[place.id]) else {
            throw failure
        }
    }

    @inline(never)
    func create(
        _ slot: Slot,
        _ reason: ReplaceReason?,
        _ note: CreationNote?,
        _ place: Place,
        _ turn: Turn
    ) async throws(Failure) {
        let name = place.name(slot)
        let body = place.settings.desired.body(slot, note: note)
        let creation: Creation
        do throws(Failure) {
            creation = try await request(turn) { () async throws(Failure) in
                // Only what is sent can be open.
                keeper[place.id].willCreate(in: slot)
                return try await api.create(body, name: name)
            }
        } catch {
            keeper[place.id].creationFailed(in: slot, error)
            throw reason == nil ? error : error.leaving(place.name(slot.other), needing: name)
        }
        try take(creation, in: slot, reason, place, turn)
    }

    @inline(never)
    private func take(
        _ creation: Creation,
        in slot: Slot,
        _ reason: ReplaceReason?,
        _ place: Place,
        _ turn: Turn
    ) throws(Failure) {
        let name = place.name(slot)
        switch creation {
        case .created(let created):
            keeper[place.id].created(
                created,
                in: slot,
                reason,
                &turn.round[place.id],
                at: context.clock.now(),
                place.settings
            )
            context.report(PoolEvent(.created(name: name, beside: reason), id))
            pullQuestion.isOpen = context.readsPulls
            // It goes again at once.
            if place.settings.desired.lacksImageVolumes(created) { break }
            hold([created.uid])
            let missing = place.settings.desired.missingKeys(in: created, slot)
            if !missing.isEmpty { context.report(PoolEvent(.altered(name: name, missing: missing), id)) }
        case .alreadyExists:
            guard keeper[place.id].overtaken(in: slot, &turn.round[place.id]) else {
                throw Failure(.conflict, "something else keeps creating the DaemonSet \(name)")
            }
        case .beingDeleted:
            guard keeper[place.id].overtaken(in: slot, &turn.round[place.id]) else {
                throw Failure(.terminating, "the DaemonSet \(name) is being deleted and does not go")
            }
        }
    }

    /// Deletes one of two; the deletion has begun in `HeldObjects`.
    @inline(never)
    func delete(_ doomed: Keeper.Doomed, _ place: Place, _ turn: Turn) async throws(Failure) {
        var isGone = false
        defer { context.held.endDeletion(of: doomed.uid, isGone: isGone) }
        let name = place.name(doomed.slot)
        do throws(Failure) {
            let deletion = try await request(turn) { () async throws(Failure) in
                try await api.delete(name, uid: doomed.uid, resourceVersion: doomed.resourceVersion)
            }
            isGone = try take(deletion, of: doomed, place, turn)
        } catch {
            take(failureToDelete: error, doomed, place, turn)
            throw error
        }
    }

    /// - Returns: Whether the object is gone.
    @inline(never)
    private func take(
        _ deletion: Deletion,
        of doomed: Keeper.Doomed,
        _ place: Place,
        _ turn: Turn
    ) throws(Failure) -> Bool {
        switch deletion {
        case .gone, .absent:
            let event = event(of: doomed, place, turn)
            keeper[place.id].deleted(
                doomed,
                &turn.round[place.id],
                at: context.clock.now(),
                place.settings
            )
            context.report(PoolEvent(event, id))
            return true
        case .going(let finalizers):
            keeper[place.id].going(
                doomed,
                finalizers: finalizers,
                &turn.round[place.id],
                at: context.clock.now(),
                place.settings
            )
        case .changed:
            // Its status may have changed, or there may be another object: the current state decides.
            guard keeper[place.id].changed(&turn.round[place.id]) else {
                throw Failure(
                    .conflict,
                    "the DaemonSet \(place.name(doomed.slot)) changed each time before it could be deleted"
                )
            }
        }
        return false
    }

    @inline(never)
    private func take(
        failureToDelete failure: Failure,
        _ doomed: Keeper.Doomed,
        _ place: Place,
        _ turn: Turn
    ) {
        keeper[place.id].deletionFailed(
            doomed,
            failure,
            turn.round[place.id],
            at: context.clock.now(),
            place.settings
        )
    }

    /// What to report once it is gone. Called before that is noted, since the round forgets it then.
    private func event(of doomed: Keeper.Doomed, _ place: Place, _ turn: Turn) -> PoolEvent.What {
        let gone = place.name(doomed.slot)
        let stays = place.name(doomed.slot.other)
        return switch doomed.why {
        case .succeeded: .replaced(turn.round[place.id].reason(of: doomed), old: gone, new: stays)
        case .steppedBack(let why):
            .steppedBack(why, new: gone, old: stays, pods: turn.round[place.id].pods(of: doomed.uid))
        case .outdated: .tidied(gone: gone, stays: stays)
        case .unmounted: .deleted(name: gone)
        }
    }
}

extension Failure {
    /// The failure of a creation beside another DaemonSet: says that the other one stays, and what the new
    /// name requires.
    fileprivate func leaving(_ old: String, needing name: String) -> Failure {
        var failure = self
        let needs =
            reason == .quota
            ? "; a replacement needs room for two DaemonSets"
            : reason == .forbidden
                ? "; the account needs get, create, delete and watch for the name \(name)" : ""
        failure.message += "\(needs); \(old) stays"
        return failure
    }
}
