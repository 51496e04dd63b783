import PullerCore

// The text of events in log lines, all in one place.
extension PoolEvent {
    /// For people, on one line.
    public var message: String { displayText(text, limit: 600) }

    private var text: String {
        switch what {
        case .started(let text): text
        case .added: "the pool looks after this cluster from now on"
        case .surveyed(let note): note.text
        case .adopted(let name, _): "the desired DaemonSet already exists: \(name)"
        case .created(let name, nil): "the DaemonSet \(name) was created"
        case .created(let name, let reason?):
            "the DaemonSet \(name) was created beside the one that it replaces: \(reason.explanation)"
        case .altered(let name, let missing):
            "the server stored \(name) without what was sent: \(missing.joined(separator: ", ")); "
                + "a webhook may drop it. It is left alone"
        case .fellBack:
            "the cluster has no image volumes: it keeps containers that run the images instead "
                + "(CACHE_MODE_FALLBACK=containers)"
        case .replaced(let reason, let old, let new):
            "\(new) has taken the place of \(old), which was deleted"
                + (reason.map { ": \($0.explanation)" } ?? "")
        case .steppedBack(let why, let new, let old, let pods):
            "\(new) was deleted, and \(old) stays: \(why.explanation)" + problems(of: pods)
        case .tidied(let gone, let stays):
            "\(gone) was deleted: it is not the desired one, and \(stays) serves as many nodes"
        case .queued: "waits for its turn to roll out"
        case .progress(let health): "\(health.figures) nodes are ready"
        case .watchBroke(let failure): failure.message
        case .podsUnread(let failure): "the pods could not be read: \(failure.message)"
        case .podsNotReadable(let why):
            "POD_STATUS has no effect, because the account may not list pods: \(why)"
        case .pulled(let times): times.text
        case .pullsUnread(let failure): "the events about pulls could not be read: \(failure.message)"
        case .pullsNotReadable(let why):
            "PULL_TIMES has no effect, because the account may not list events: \(why)"
        case .round(let report): report.text
        case .deleted(let name): "the DaemonSet \(name) was deleted"
        case .removed(let outcome): "the user was removed: \(outcome.explanation)"
        case .removalGivenUp(let failure):
            "the user was removed a day ago, and a DaemonSet may be left: \(failure.message)"
        case .stuck(let delay):
            "its worker has not gone on for \(roughly(delay)), longer than anything it does may take; if it stays so, "
                + "restart the puller, and please report this"
        case .serverWarning(let text), .warning(let text, _): text
        case .linesDropped(let count):
            "\(counted(count, "log line")) dropped, because the reader of the log was too slow"
        case .clock(.missing):
            "answers have no Date: DaemonSets are refreshed by how long this process has known them"
        case .clock(.differs(let by)):
            "the server's Date is \(by > .zero ? "ahead of" : "behind") this machine's clock by "
                + "\(Int(max(by, .zero - by).components.seconds)) seconds: DaemonSets are refreshed by how long this process has known them"
        case .users(let event): event.text(of: "user")
        case .images(let event): event.text(of: "image")
        case .fault(let fault): fault.text(of: fault.phase)
        case .commonWarning(let warning):
            "the same warning from \(counted(warning.share.clusters, "cluster")): \(warning.text)"
        case .digest(let digest): digest.text
        case .summary(let sum): sum.text
        case .stopping: "the puller was told to end"
        case .leftover(let failure): "a DaemonSet may be left: \(failure.message)"
        case .stopped: "the puller has ended"
        }
    }
}

/// What is wrong with pods, behind what else is said.
func problems(of pods: PodReport?) -> String {
    guard let text = pods?.text(), !text.isEmpty else { return "" }
    return "; \(text)"
}

extension PoolEvent.FileEvent {
    fileprivate func text(of item: String) -> String {
        switch self {
        case .changed(let added, 0): "\(counted(added, item)) added"
        case .changed(0, let removed): "\(counted(removed, item)) removed"
        case .changed(let added, let removed): "\(counted(added, item)) added, \(removed) removed"
        case .unusable(let path, let why), .braked(let path, _, let why): "\(path) changes nothing: \(why)"
        case .usable(let path): "\(path) can be used again"
        }
    }
}

extension PoolEvent.SharedFault {
    fileprivate func text(of phase: Phase) -> String {
        let clusters = "\(share.clusters) of \(counted(share.all, "cluster"))"
        switch phase {
        case .began:
            let what = isFailing ? "fail in the same way" : "are not ready for the same reason"
            return "\(clusters) \(what); their own lines are at level debug until this is over: \(text)"
        case .lasts:
            let what = isFailing ? "still fail in the same way" : "are still not ready for the same reason"
            return "\(clusters) \(what), for \(roughly(age)) now: \(text)"
        case .over(0):
            return
                "over after \(roughly(age)): no cluster has this any more, as they were removed or have something "
                + "else. It was: \(text)"
        case .over(let recovered):
            let rest = share.clusters == 0 ? "" : ", \(share.clusters) not yet"
            return
                "over after \(roughly(age)): \(counted(recovered, "cluster")) recovered\(rest). It was: \(text)"
        }
    }
}

extension PoolEvent.Digest {
    fileprivate var text: String {
        let verb = share.clusters == 1 ? "is" : "are"
        return
            "\(share.clusters) of \(counted(share.all, "cluster")) \(verb) \(isFailing ? "failing" : "not ready") "
            + "for this reason, the longest for \(roughly(longest))"
    }
}

extension PoolEvent.Summary {
    fileprivate var text: String {
        let verb = clusters == 1 ? "is" : "are"
        return
            "\(ready) of \(counted(clusters, "cluster")) \(verb) ready; \(unready) not ready, \(failing) failing, "
            + "\(waiting) not checked yet"
    }
}

extension PoolEvent.RoundReport {
    fileprivate var text: String {
        placement == .base ? ownText : "\(placement.name(base: baseName, .primary)): \(ownText)"
    }

    private var ownText: String {
        switch outcome {
        case .ready(let standing), .unready(let standing): text(of: standing)
        case .contested(let reason, _):
            "\(reason.explanation), and this has now happened several times in a row"
        case .failed(let failure): failure.message
        }
    }

    private func text(of standing: Standing) -> String {
        func name(_ slot: Slot) -> String { placement.name(base: baseName, slot) }
        var text = standing.health.explanation
        if let outdated = standing.outdated {
            text = "\(name(standing.slot)) stays for now, although \(outdated.explanation): \(text)"
        }
        if let beside = standing.beside {
            let minutes = Int(beside.since.components.seconds) / 60
            text +=
                " in \(name(standing.slot)); \(name(beside.slot)) (\(beside.health.figures)) has stood beside it for "
            text += "\(minutes) min"
            if !beside.finalizers.isEmpty {
                text += ", being deleted, held by the finalizers \(beside.finalizers.joined(separator: ", "))"
            }
        }
        text += problems(of: standing.pods)
        if let obstacle = standing.obstacle { text += "; the next replacement would be refused: \(obstacle)" }
        return text
    }
}

extension Keeper.StepBack {
    /// What happened, for an operator.
    var explanation: String {
        switch self {
        case .harm:
            "fewer of the old one's nodes were ready while both existed, perhaps because there is no room for both pods; "
                + "the replacement will be retried later"
        case .refresh: "it did not serve as many nodes in time; the refresh will be retried later"
        case .noBetter: "it serves no more nodes than the old one"
        }
    }
}

extension Health {
    /// The figures and what they mean, for an operator.
    var explanation: String {
        switch condition {
        case .ready, .degraded: "\(figures) nodes are ready"
        case .pending:
            "the DaemonSet controller has written no status yet; if that lasts for more than a minute, it is not running, "
                + "or a quota, Pod Security, an SCC or an admission webhook refuses the pods"
        case .noNodes: "no node matches: check NODE_SELECTOR, taints, and whether nodes are Ready"
        case .podsRefused:
            "\(figures) nodes are ready; no pod was created: a quota, Pod Security, an SCC or an admission webhook may refuse them"
        }
    }
}
