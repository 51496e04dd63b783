import Foundation

extension Scenarios {
    /// The faults of the failing clusters. The first ten affect the first GET and everything after it, the next ten
    /// creates and watches; the last two are clusters whose answers are larger than those of any healthy one.
    private static let faults = [
        #"{"kind":"status","status":503,"body":"html"}"#, #"{"kind":"drop"}"#, #"{"kind":"never"}"#,
        #"{"kind":"delay","delayMs":5000}"#, #"{"kind":"huge"}"#, #"{"kind":"malformed"}"#,
        #"{"kind":"drip"}"#, #"{"kind":"status","status":401,"body":"empty"}"#, #"{"kind":"cut"}"#,
        #"{"kind":"endless"}"#,
        #"{"kind":"status","status":500,"verbs":["create"]}"#, #"{"kind":"never","verbs":["create"]}"#,
        #"{"kind":"drop","takesEffect":true,"verbs":["create"]}"#,
        #"{"kind":"truncated","verbs":["create"]}"#,
        #"{"kind":"drip","verbs":["create"]}"#,
        #"{"kind":"status","status":429,"retryAfter":"7","verbs":["watch"]}"#, #"{"kind":"silentWatch"}"#,
        #"{"kind":"cutWatch"}"#, #"{"kind":"expiredWatch"}"#, #"{"kind":"never","verbs":["watch"]}"#,
        answer(labels: 2000, uidLength: 36), answer(labels: 0, uidLength: 100_000),
    ]

    /// A cluster that answers each read with an invented DaemonSet, with this number of labels and a uid of this
    /// length.
    private static func answer(labels: Int, uidLength: Int) -> String {
        let bomb = (0..<labels).map { "\"label-\($0)\":\"\(String(repeating: "x", count: 40))\"" }
        let uid = String(repeating: "u", count: uidLength)
        let content =
            #"{"kind":"DaemonSet","metadata":{"name":"kubernetes-image-puller","uid":"\#(uid)","#
            + #""resourceVersion":"1","generation":1,"labels":{\#(bomb.joined(separator: ","))}}}"#
        let quoted = content.replacing("\"", with: "\\\"")
        return #"{"kind":"status","status":200,"content":"\#(quoted)","verbs":["get"]}"#
    }

    /// A cold start in which one in ten users fails in one of several ways, or none does.
    func isolation(_ scenario: Scenario, _ settings: MockFleet.Settings, _ road: Tools.Road) throws {
        let fleet = try tools.startFleet(settings, road)
        let failing = Set(stride(from: 10, through: settings.users, by: 10).map { "user-\($0)" })
        if scenario.hasFailures {
            for (index, user) in failing.sorted().enumerated() {
                try fleet.addFault(Self.faults[index % Self.faults.count], user: user)
            }
        }
        let healthy = settings.users - failing.count
        let puller = try start(scenario, fleet, road)
        // The same users are measured with and without failures. The others are all ready without failures, and some
        // are with them; their lines do not count.
        var count = scenario.hasFailures ? healthy : settings.users
        var ready = Ready()
        var (wall, cpu) = (0.0, 0.0)
        repeat {
            try puller.wait(for: Self.readyMark, count: count, within: Self.patience)
            (wall, cpu) = (puller.age, puller.cpuSeconds)
            ready = try Ready(puller.printed, without: failing)
            count = ready.lines + healthy - ready.healthy.count
        } while ready.healthy.count < healthy
        var result = try measurement(scenario, puller, fleet, road, wall: wall, cpu: cpu)
        let latencies = ready.latencies
        guard latencies.count == healthy else {
            throw MeasuredProcess.Problem(
                description: "\(latencies.count) latencies of \(healthy) healthy users"
            )
        }
        result.median = latencies.median
        result.percentile99 = latencies.percentile(99)
        record(result)
        try puller.end()
        try fleet.end()
    }

    /// The healthy users that became ready, and how long that took.
    private struct Ready {
        private struct Line: Decodable {
            var event: String
            var user: String?
            // The name in the log.
            // swift-format-ignore: AlwaysUseLowerCamelCase
            var duration_seconds: Double?
        }

        /// The "ready" lines of all users.
        var lines = 0
        var healthy: Set<String> = []
        var latencies: [Double] = []

        init() {}

        init(_ log: Data, without failing: Set<String>) throws {
            let end = log.lastIndex(of: UInt8(ascii: "\n")) ?? log.startIndex
            for text in log[..<end].split(separator: UInt8(ascii: "\n")) {
                let line = try JSONDecoder().decode(Line.self, from: text)
                guard line.event == "ready" else { continue }
                lines += 1
                guard let user = line.user, !failing.contains(user), healthy.insert(user).inserted else {
                    continue
                }
                if let seconds = line.duration_seconds { latencies.append(seconds) }
            }
        }
    }
}
