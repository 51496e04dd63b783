import KubernetesAPI
import PullerCore

extension ClusterWorker {
    /// Where a round is that goes on.
    enum Progress: Sendable {
        /// A new DaemonSet is needed, perhaps instead of another one.
        case planned(replacing: Replaced?)
        /// Somebody was faster: what was observed does not hold any more. The failure is for when that happens twice.
        case overtaken(Failure)

        var isPlan: Bool { if case .planned = self { true } else { false } }
    }

    /// What a step of a round came to.
    enum StepEnd: Sendable {
        /// There is more to do.
        case goesOn(Progress)
        /// The round is over.
        case ended(RoundOutcome)
    }

    /// The DaemonSet that is to be replaced.
    struct Replaced: Sendable {
        var uid: String
        var reason: ReplaceReason
        var health: Health
    }

    /// One step of a reconcile: observe and decide, or carry out; and all of it once more when somebody was faster.
    func nextStep(after progress: Progress?) async -> StepEnd {
        do throws(Failure) {
            switch progress {
            case nil:
                return try await observe()
            case .planned(let old):
                return try await carryOut(replacing: old)
            case .overtaken(let failure):
                guard !wasOvertaken else { throw failure }
                wasOvertaken = true
                return try await observe()
            }
        } catch {
            return .ended(.failed(error))
        }
    }

    /// Rolls out, now that it is this cluster's turn.
    private func carryOut(replacing planned: Replaced?) async throws(Failure) -> StepEnd {
        guard context.clock.now() - calledAt > PoolContext.planPatience else {
            return try await rollOut(replacing: planned)
        }
        // Meanwhile the DaemonSet may have become well, or have been taken away.
        let fresh = try await observe()
        guard case .goesOn(.planned(let old)) = fresh else { return fresh }
        return try await rollOut(replacing: old)
    }

    // MARK: Observing

    /// What is there, and what follows from it.
    private func observe() async throws(Failure) -> StepEnd {
        let daemonSet = context.desired.name
        let observation = try await request { (api) async throws(Failure) in
            try await api.observe(daemonSet)
        }
        return try decide(observation)
    }

    private func decide(_ observation: Observation) throws(Failure) -> StepEnd {
        isCreateOpen = false
        let observed = observation.daemonSet
        if let observed {
            memory.note(
                observed,
                at: context.clock.now(),
                interval: context.schedule.interval,
                minReadyPercent: context.schedule.minReadyPercent
            )
        }
        let plan = ReconcilePlan(
            desired: context.desired,
            observed: observed,
            memory: memory,
            serverTime: observation.serverTime,
            refreshAge: context.schedule.refreshAge
        )
        switch plan {
        case .keep(let health):
            owed = nil
            if let observed { adopt(observed, health) }
            memory.wasUndone = false
            return .ended(health.isReady ? .ready(health) : .unready(health))
        case .refuse(let why):
            owed = nil
            forget()
            throw Failure(.conflict, why)
        case .create:
            forget()
            return .goesOn(.planned(replacing: nil))
        case .replace(let reason):
            let old = observed.map { Replaced(uid: $0.uid, reason: reason, health: Health(of: $0)) }
            return .goesOn(.planned(replacing: old))
        }
    }

    private func adopt(_ observed: ObservedDaemonSet, _ health: Health) {
        if uid == nil {
            context.report(PoolEvent(.adopted, user: user, "the right DaemonSet is there", health: health))
        }
        hold(observed.uid)
    }

    private func hold(_ newUID: String) {
        uid = newUID
        context.held.hold(newUID, by: name)
    }

    func forget() {
        uid = nil
        context.held.release(by: name)
    }

    // MARK: Rolling out

    /// Deletes the old one, if any, creates the new one at once, and follows it until its nodes are ready.
    private func rollOut(replacing old: Replaced?) async throws(Failure) -> StepEnd {
        guard isWanted else { throw .ending }
        if let old {
            guard try await retire(old) else {
                return .goesOn(.overtaken(Failure(.conflict, "somebody keeps replacing the DaemonSet")))
            }
            guard isWanted else { throw .ending }
        }
        switch try await create(note: owed) {
        case .alreadyExists:
            owed = nil
            return .goesOn(.overtaken(Failure(.conflict, "somebody keeps creating the DaemonSet")))
        case .beingDeleted:
            return .goesOn(
                .overtaken(Failure(.terminating, "the old DaemonSet is being deleted and does not go"))
            )
        case .created(let created):
            owed = nil
            hold(created.uid)
            reportCreation(of: created, instead: old?.reason)
            let end = try await follow(created)
            return judge(end, old?.reason)
        }
    }

    /// What the end of a rollout means. A replacement that somebody's doing made necessary is a contest when the
    /// DaemonSet before was undone, too: in the last round, or while it rolled out in this one.
    private func judge(_ end: Rollout, _ reason: ReplaceReason?) -> StepEnd {
        if end.isLost { forget() }
        let isSomebodys = reason?.isSomebodysDoing == true
        defer { memory.wasUndone = isSomebodys || end.isLost }
        if isSomebodys, memory.wasUndone, let reason {
            return .ended(.contested(reason, end.health))
        }
        guard !end.isLost else {
            return .goesOn(
                .overtaken(Failure(.recreated, "somebody keeps changing the DaemonSet while it rolls out"))
            )
        }
        return .ended(end.health.isReady ? .ready(end.health) : .unready(end.health))
    }

    /// Deletes a DaemonSet that another one is owed for. A deletion whose answer does not come may have happened, too.
    ///
    /// - Returns: Whether it is gone; not when there is another one in its place.
    private func retire(_ old: Replaced) async throws(Failure) -> Bool {
        let before = (owed, memory.tookOverFromGoPuller)
        owed = old.reason.note(health: old.health)
        if old.reason == .goPuller { memory.tookOverFromGoPuller = true }
        var isGone = false
        do throws(Failure) {
            let daemonSet = context.desired.name
            let deletion = try await request { (api) async throws(Failure) in
                try await api.delete(daemonSet, uid: old.uid, resourceVersion: nil)
            }
            isGone = deletion != .changed
        } catch {
            if !error.leavesOpen { (owed, memory.tookOverFromGoPuller) = before }
            throw error
        }
        if !isGone { (owed, memory.tookOverFromGoPuller) = before }
        return isGone
    }

    func create(note: CreationNote?) async throws(Failure) -> Creation {
        let body = context.desired.body(note: note)
        isCreateOpen = true
        do throws(Failure) {
            let daemonSet = context.desired.name
            let creation = try await request { (api) async throws(Failure) in
                try await api.create(body, name: daemonSet)
            }
            isCreateOpen = false
            return creation
        } catch {
            isCreateOpen = error.leavesOpen
            throw error
        }
    }

    private func reportCreation(of created: ObservedDaemonSet, instead reason: ReplaceReason?) {
        // Whatever becomes of it is news.
        lastReport = nil
        guard let reason else {
            context.report(PoolEvent(.created, user: user, "the DaemonSet was created"))
            return
        }
        context.report(
            PoolEvent(
                .replaced,
                user: user,
                reason: reason.name,
                "the DaemonSet was replaced: \(reason.explanation)"
            )
        )
    }

    // MARK: Following

    /// Follows a rollout until it is over, its deadline passes, or it does not move any more.
    private func follow(_ created: ObservedDaemonSet) async throws(Failure) -> Rollout {
        rollout = Rollout(created, at: context.clock.now())
        // What was seen of it is not needed any more: thousands of workers would keep it.
        defer { rollout = nil }
        var shortWatches = 0
        while isWanted, let current = rollout, !current.isOver {
            let began = context.clock.now()
            let left = current.timeLeft(at: began, timeout: context.schedule.rolloutTimeout)
            guard left > .zero else { break }
            // Routers cut streams that are idle for about 30 seconds; jitter keeps the watches of a pool apart.
            let seconds = min(Int(left.components.seconds) + 1, 20 + Int(context.random() * 9))
            try await watch(from: current.observed.resourceVersion, seconds: seconds)
            if rollout?.isOver == true { break }
            // However a watch ends, what is there counts. One that ended early, or was not allowed, is not begun
            // again at once.
            let isShort = context.clock.now() - began < .seconds(seconds) / 2
            shortWatches = isShort ? shortWatches + 1 : 0
            if isShort, isWanted {
                let distance = Backoff(initial: .seconds(1), maximum: .seconds(30))
                await pause(min(distance.ceiling(afterFailures: shortWatches), left))
            }
            guard isWanted else { break }
            try await look()
        }
        return rollout ?? Rollout(created, at: context.clock.now())
    }

    private func watch(from resourceVersion: String, seconds: Int) async throws(Failure) {
        do throws(Failure) {
            try await api.watch(context.desired.name, from: resourceVersion, seconds: seconds) {
                await self.see($0)
            }
        } catch {
            if error.reason == .cancelled { throw error }
            // A look follows, and tells more than a stream that broke.
            context.report(
                PoolEvent(.progress, level: .debug, user: user, reason: error.reason.rawValue, error.message)
            )
        }
    }

    /// Takes in an event of the watch; tells whether more are wanted.
    private func see(_ event: WatchEvent) -> Bool {
        switch event {
        case .present(let observed): seePresent(observed)
        case .deleted(let uid): rollout?.seeDeletion(of: uid)
        }
        return isWanted && rollout?.isOver == false
    }

    private func look() async throws(Failure) {
        let daemonSet = context.desired.name
        let observation = try await request { (api) async throws(Failure) in
            try await api.observe(daemonSet)
        }
        seePresent(observation.daemonSet)
    }

    private func seePresent(_ observed: ObservedDaemonSet?) {
        let before = rollout?.health
        rollout?.see(observed, isRight: isRight(observed), at: context.clock.now())
        if let health = rollout?.health, health != before {
            context.report(
                PoolEvent(
                    .progress,
                    level: .debug,
                    user: user,
                    "\(health.figures) nodes are ready",
                    health: health
                )
            )
        }
    }

    /// Whether an object would be kept by somebody who sees it for the first time and does not know its age.
    private func isRight(_ observed: ObservedDaemonSet?) -> Bool {
        let plan = ReconcilePlan(
            desired: context.desired,
            observed: observed,
            memory: WorkerMemory(),
            serverTime: nil,
            refreshAge: nil
        )
        return if case .keep = plan { true } else { false }
    }
}
