import KubernetesAPI
import PullerCore
import WorkerPool

/// The answers of the API as JSON; docs/api.md describes them.
enum ConsoleAPI {
    /// `GET /api/v1/summary`.
    static func summary(_ fleet: FleetSummary, _ status: PoolStatus, _ times: BoardTimes) -> [UInt8] {
        let facts = status.facts
        let gauges = status.gauges()
        var json = JSONWriter(capacity: 4096)
        json.object { json in
            json.member("version", facts.version)
            json.member("mode", facts.mode.rawValue)
            json.member("time", milliseconds: times.now)
            json.member("started", milliseconds: times.milliseconds(status.startedAt))
            json.member("revision", fleet.revision)
            json.member("intervalSeconds", Int(facts.interval / .seconds(1)))
            json.object("daemonSet") { json in
                json.member("namespace", facts.namespace)
                json.member("name", facts.name)
            }
            json.object("clusters") { json in
                json.member("total", fleet.total)
                for state in ClusterState.allCases { json.member(state.rawValue, fleet.clusters[state] ?? 0) }
            }
            json.member("stuck", fleet.stuck)
            json.member("inBackoff", fleet.inBackoff)
            json.array("reasons", fleet.reasons) { json, reason in
                json.member("state", reason.state.rawValue)
                json.member("reason", reason.reason)
                json.member("clusters", reason.clusters)
                json.member("since", milliseconds: times.milliseconds(reason.since))
            }
            json.array("faults", fleet.faults) { json, fault in
                json.member("reason", fault.reason)
                json.member("state", (fault.isFailing ? ClusterState.failing : .unready).rawValue)
                json.member("message", fault.text)
                json.member("clusters", fault.share.clusters)
                json.member("of", fault.share.all)
                json.member("since", milliseconds: times.now - Int(fault.age / .milliseconds(1)))
            }
            json.array("files", fleet.files) { json, file in
                json.member("file", file.kind.rawValue)
                json.member("path", file.path)
                json.member("braked", file.isBraked)
                json.member("message", file.message)
            }
            json.object("requests") { write(&$0, gauges.requests) }
            json.object("rollouts") { write(&$0, gauges.rollouts) }
            json.object("token") { write(&$0, status.tokens(), times) }
            let pulls = Dictionary(fleet.pulls.map { ($0.reference, $0) }) { first, _ in first }
            write(&json, images(fleet, status.images()), pulls)
        }
        return json.bytes
    }

    /// The images of the configuration with their figures, where there are any. Those of a reference that the configuration
    /// had before stay with the clusters that were not checked since, and are not figures of the image that is wanted.
    private static func images(_ fleet: FleetSummary, _ images: [CachedImage]) -> [(PodReport.Image, Bool)] {
        images.map { image in
            let wanted = PodReport.Image(name: image.name, reference: image.image.text)
            let known = fleet.images.first {
                ($0.image.name, $0.image.reference) == (wanted.name, wanted.reference)
            }
            return (known?.image ?? wanted, known != nil)
        }
    }

    private static func write(_ json: inout JSONWriter, _ token: TokenFigures?, _ times: BoardTimes) {
        json.member("state", TokenCondition(token).rawValue)
        json.member("fetched", milliseconds: token?.fetched.map(times.milliseconds))
        json.member("expires", milliseconds: token?.expires.map(times.milliseconds))
        json.member("message", token?.failure.map { "\($0)" })
    }

    private static func write(_ json: inout JSONWriter, _ figures: GateFigures) {
        json.member("inFlight", figures.inside + figures.overdue)
        json.member("queued", figures.waiting)
        json.member("limit", figures.capacity)
    }

    /// - Parameter pulls: How long pulls took, by the reference of the image; those of a cluster are written apart.
    private static func write(
        _ json: inout JSONWriter,
        _ images: [(image: PodReport.Image, isKnown: Bool)],
        _ pulls: [String: PullTimes.Image] = [:]
    ) {
        json.array("images", images) { json, entry in
            let image = entry.image
            json.member("name", image.name)
            json.member("image", image.reference)
            if let pulls = pulls[image.reference] {
                json.object("pullSeconds") { json in
                    json.member("mean", seconds: pulls.mean)
                    json.member("max", seconds: pulls.longest)
                    json.member("nodes", pulls.nodes)
                }
            }
            guard entry.isKnown else { return }
            for (state, nodes) in image.nodesByState { json.member(state, nodes) }
        }
    }

    /// `GET /api/v1/clusters`.
    static func clusters(_ page: ClusterPage, _ times: BoardTimes) -> [UInt8] {
        var json = JSONWriter(capacity: 256 + 400 * page.clusters.count)
        json.object { json in
            json.member("revision", page.revision)
            json.member("total", page.total)
            json.member("matching", page.matching)
            json.member("continue", page.next.map(ContinueToken.text))
            json.member("reset", page.isReset)
            json.strings("removed", page.removed.map(\.label))
            json.array("clusters", page.clusters) { write(&$0, $1, times) }
        }
        return json.bytes
    }

    /// `GET /api/v1/clusters/NAME`.
    static func cluster(_ detail: ClusterDetail, _ times: BoardTimes) -> [UInt8] {
        var json = JSONWriter(capacity: 4096)
        json.object { json in
            write(&json, detail.status, times)
            json.array("daemonSets", detail.daemonSets) { json, daemonSet in
                json.member("name", daemonSet.name)
                json.member("ready", daemonSet.health.ready)
                json.member("desired", daemonSet.health.desired)
                json.member("beside", daemonSet.isBeside)
            }
            json.object("replacements") { json in
                for (reason, count) in detail.replacements.sorted(by: { $0.key < $1.key }) {
                    json.member(reason, count)
                }
            }
            write(&json, detail.images.map { ($0, true) })
            if let pulls = detail.pulls { json.object("pulls") { write(&$0, pulls) } }
            json.array("problems", detail.problems) { json, problem in
                json.member("text", problem.text)
                json.member("nodes", problem.nodes)
                json.member("of", detail.status.health?.desired)
            }
            json.array("history", detail.history) { json, entry in
                json.member("time", milliseconds: times.milliseconds(entry.time))
                json.member("event", entry.event.rawValue)
                json.member("level", entry.level.rawValue)
                json.member("reason", entry.reason)
                json.member("message", entry.message)
            }
        }
        return json.bytes
    }

    private static func write(_ json: inout JSONWriter, _ pulls: PullTimes) {
        json.array("images", pulls.images) { json, image in
            json.member("name", image.name)
            json.member("image", image.reference)
            json.member("nodes", image.nodes)
            json.member("meanSeconds", seconds: image.mean)
            json.member("maxSeconds", seconds: image.longest)
            json.member("bytes", image.bytes)
        }
        guard let coldStart = pulls.coldStart else { return }
        json.object("coldStart") { json in
            json.member("nodes", coldStart.nodes)
            json.member("meanSeconds", seconds: coldStart.mean)
            json.member("maxSeconds", seconds: coldStart.longest)
        }
    }

    private static func write(_ json: inout JSONWriter, _ status: ClusterStatus, _ times: BoardTimes) {
        json.member("name", status.id.label)
        json.member("state", status.state.rawValue)
        json.member("reason", status.reason)
        if !status.message.isEmpty { json.member("message", status.message) }
        json.member("since", milliseconds: times.milliseconds(status.since))
        json.member("activity", status.activity.rawValue)
        json.member("ready", status.health?.ready)
        json.member("desired", status.health?.desired)
        json.member("lastCheck", milliseconds: status.lastCheck.map(times.milliseconds))
        json.member("lastSuccess", milliseconds: status.lastSuccess.map(times.milliseconds))
        json.member("nextCheck", milliseconds: status.nextCheck.map(times.milliseconds))
        json.member("failures", status.failures)
        json.member("coldStartSeconds", seconds: status.coldStart)
        json.member("stuck", status.isStuck)
    }

    /// What goes with an error's status.
    static func error(_ message: String) -> [UInt8] {
        var json = JSONWriter()
        json.object { $0.member("error", message) }
        return json.bytes
    }
}
