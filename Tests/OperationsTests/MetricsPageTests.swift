import KubernetesAPI
import PullerCore
import Testing
import WorkerPool

@testable import Operations

@Suite("The page of metrics")
struct MetricsPageTests {
    private func text(_ page: MetricsPage, _ format: MetricsFormat = .prometheus) -> String {
        String(decoding: page.text(format), as: UTF8.self)
    }

    /// The lines of some metrics.
    private func lines(_ page: MetricsPage, _ prefix: String) -> [String] {
        text(page).split(separator: "\n").map { String($0) }.filter { $0.hasPrefix(prefix) }
    }

    @Test("is as the text format of Prometheus wants it")
    func prometheus() throws {
        #expect(text(try MetricsSamples.small) == Self.golden)
    }

    @Test("differs in OpenMetrics in the names of counters, by units, and by its end")
    func openMetrics() throws {
        let lines = text(try MetricsSamples.small, .openMetrics).split(separator: "\n")
        let samples = lines.filter { !$0.hasPrefix("#") }
        #expect(samples == Self.golden.split(separator: "\n").filter { !$0.hasPrefix("#") })
        #expect(lines.last == "# EOF")
        #expect(lines.count { $0 == "# EOF" } == 1)
        #expect(lines.contains("# TYPE image_puller_reconciles counter"))
        #expect(lines.contains("# UNIT process_cpu_seconds seconds"))
        #expect(lines.contains("# UNIT process_resident_memory_bytes bytes"))
        #expect(lines.contains("# UNIT image_puller_reconcile_duration_seconds seconds"))
        #expect(lines.contains("# UNIT image_puller_image_pull_seconds seconds"))
        #expect(!lines.contains { $0.hasPrefix("# UNIT image_puller_clusters ") })
        #expect(!lines.contains { $0.hasPrefix("# ") && $0.contains("_total ") })
    }

    @Test("has no series twice, and the labels of each metric as they are documented")
    func series() throws {
        var all: Set<String> = []
        for line in text(try MetricsSamples.small).split(separator: "\n") where !line.hasPrefix("#") {
            let series = String(line[..<(try #require(line.lastIndex(of: " ")))])
            #expect(all.insert(series).inserted, "twice: \(series)")
            let name = series.prefix { $0 != "{" }
            let family = try #require(
                MetricFamily.all.first { family in
                    family.kind.suffixes.contains { family.queriedName + $0 == name }
                },
                "\(name)"
            )
            let labels = series.matches(of: /[{,]([a-z]+)="/).map { String($0.output.1) }
            #expect(labels.filter { $0 != "le" } == family.labels, "\(series)")
        }
    }

    @Test("leaves out what is not known or not there")
    func absent() throws {
        var page = try MetricsSamples.small
        page.token = nil
        page.files = []
        page.process = nil
        page.clusters = nil
        page.summary = FleetSummary()
        page.counters = FleetCounters()
        let text = text(page)
        for name in [
            "token", "file", "process", "image_puller_cluster_", "shared_fault", "image_nodes",
            "image_pull_seconds",
        ] {
            #expect(!text.contains(name), "\(name)")
        }
        #expect(
            lines(page, "image_puller_clusters{") == [
                #"image_puller_clusters{state="failing",reason=""} 0"#,
                #"image_puller_clusters{state="unready",reason=""} 0"#,
                #"image_puller_clusters{state="waiting",reason=""} 0"#,
                #"image_puller_clusters{state="ready",reason=""} 0"#,
            ]
        )
        #expect(lines(page, "image_puller_per_cluster_metrics") == ["image_puller_per_cluster_metrics 0"])

        page.token = TokenFigures(successes: 0, failures: 1, fetched: nil, expires: nil, failure: nil)
        #expect(
            lines(page, "image_puller_token") == [
                #"image_puller_token_fetches_total{result="success"} 0"#,
                #"image_puller_token_fetches_total{result="failure"} 1"#,
            ]
        )
    }

    @Test("calls the one cluster of single-cluster mode cluster")
    func single() throws {
        var page = try MetricsSamples.small
        page.clusters = [.init(status: ClusterStatus(.only, since: .zero), replacements: [])]
        #expect(
            lines(page, "image_puller_cluster_state") == [
                #"image_puller_cluster_state{cluster="cluster",state="waiting",reason=""} 1"#
            ]
        )
    }

    @Test("names only metrics that are there, each once, in the conventions of Prometheus")
    func families() {
        let names = MetricFamily.all.map(\.name)
        #expect(Set(names).count == names.count)
        for family in MetricFamily.all {
            #expect(family.name.wholeMatch(of: /(image_puller|process)(_[a-z]+)+/) != nil, "\(family.name)")
            #expect(!family.name.hasSuffix("_total"))
            #expect(family.kind != .histogram || family.unit == "seconds", "\(family.name)")
            // These would have to be escaped.
            #expect(!family.help.contains { "\\\"\n".contains($0) }, "\(family.name)")
            #expect(family.help.hasSuffix(".") || family.help.hasSuffix(")."), "\(family.name)")
        }
    }

    @Test("has the metrics of each cluster up to 1,000 clusters, unless it is told otherwise")
    func perCluster() {
        #expect(StatusSettings.PerCluster.auto.isOn(clusters: 1000))
        #expect(!StatusSettings.PerCluster.auto.isOn(clusters: 1001))
        #expect(StatusSettings.PerCluster.always.isOn(clusters: 100_000))
        #expect(!StatusSettings.PerCluster.never.isOn(clusters: 1))
    }

    @Test("has every reason of a replacement from the start on")
    func replacementReasons() {
        let reasons: [ReplaceReason] = [
            .terminating, .newConfiguration, .edited, .unmounted,
            .unhealthy(Health(.degraded, ready: 1, desired: 5)),
            .refresh, .goPuller,
        ]
        #expect(Set(reasons.map(\.name)) == Set(ReplaceReason.names))
    }
}

extension MetricsPageTests {
    private static let golden = #"""
        # HELP image_puller_build_info The version of the puller. Always 1.
        # TYPE image_puller_build_info gauge
        image_puller_build_info{version="1.2.3"} 1
        # HELP image_puller_interval_seconds Time between two checks of one cluster that is well (CACHING_INTERVAL_HOURS).
        # TYPE image_puller_interval_seconds gauge
        image_puller_interval_seconds 3600.0
        # HELP image_puller_clusters Clusters by state (ready, unready, failing, waiting) and by the reason of that state.
        # TYPE image_puller_clusters gauge
        image_puller_clusters{state="failing",reason=""} 0
        image_puller_clusters{state="failing",reason="Unreachable"} 2
        image_puller_clusters{state="unready",reason=""} 0
        image_puller_clusters{state="waiting",reason=""} 1
        image_puller_clusters{state="ready",reason=""} 1
        # HELP image_puller_clusters_stuck Clusters whose worker is far behind its time.
        # TYPE image_puller_clusters_stuck gauge
        image_puller_clusters_stuck 1
        # HELP image_puller_clusters_in_backoff Clusters that wait for a retry after a failure.
        # TYPE image_puller_clusters_in_backoff gauge
        image_puller_clusters_in_backoff 2
        # HELP image_puller_shared_fault_clusters Clusters that have a fault which several share, by reason. Absent without such a fault.
        # TYPE image_puller_shared_fault_clusters gauge
        image_puller_shared_fault_clusters{reason="Unreachable"} 5
        image_puller_shared_fault_clusters{reason="Timeout"} 4
        # HELP image_puller_reconciles_total Rounds that have ended, by outcome (ready, unready, contested, failed).
        # TYPE image_puller_reconciles_total counter
        image_puller_reconciles_total{outcome="ready"} 0
        image_puller_reconciles_total{outcome="unready"} 0
        image_puller_reconciles_total{outcome="contested"} 0
        image_puller_reconciles_total{outcome="failed"} 4
        # HELP image_puller_reconcile_duration_seconds How long a round took, a rollout that it followed included.
        # TYPE image_puller_reconcile_duration_seconds histogram
        image_puller_reconcile_duration_seconds_bucket{le="0.05"} 0
        image_puller_reconcile_duration_seconds_bucket{le="0.1"} 0
        image_puller_reconcile_duration_seconds_bucket{le="0.25"} 0
        image_puller_reconcile_duration_seconds_bucket{le="0.5"} 1
        image_puller_reconcile_duration_seconds_bucket{le="1.0"} 2
        image_puller_reconcile_duration_seconds_bucket{le="2.5"} 3
        image_puller_reconcile_duration_seconds_bucket{le="5.0"} 3
        image_puller_reconcile_duration_seconds_bucket{le="10.0"} 3
        image_puller_reconcile_duration_seconds_bucket{le="30.0"} 3
        image_puller_reconcile_duration_seconds_bucket{le="60.0"} 3
        image_puller_reconcile_duration_seconds_bucket{le="120.0"} 3
        image_puller_reconcile_duration_seconds_bucket{le="300.0"} 3
        image_puller_reconcile_duration_seconds_bucket{le="600.0"} 3
        image_puller_reconcile_duration_seconds_bucket{le="1800.0"} 3
        image_puller_reconcile_duration_seconds_bucket{le="+Inf"} 4
        image_puller_reconcile_duration_seconds_sum 2004.0
        image_puller_reconcile_duration_seconds_count 4
        # HELP image_puller_replacements_total Replacements of DaemonSets that were begun, by reason.
        # TYPE image_puller_replacements_total counter
        image_puller_replacements_total{reason="Drift"} 2
        image_puller_replacements_total{reason="GoPuller"} 0
        image_puller_replacements_total{reason="Refresh"} 0
        image_puller_replacements_total{reason="Terminating"} 0
        image_puller_replacements_total{reason="Unhealthy"} 0
        # HELP image_puller_rollouts_in_flight Clusters that may be pulling images.
        # TYPE image_puller_rollouts_in_flight gauge
        image_puller_rollouts_in_flight 5
        # HELP image_puller_rollouts_queued Clusters that wait for their turn to roll out.
        # TYPE image_puller_rollouts_queued gauge
        image_puller_rollouts_queued 2
        # HELP image_puller_rollouts_limit Clusters that may roll out at once (MAX_CONCURRENT_ROLLOUTS).
        # TYPE image_puller_rollouts_limit gauge
        image_puller_rollouts_limit 25
        # HELP image_puller_image_nodes Nodes by image and state (present, pulling, waiting, failing, unknown), where pods were read.
        # TYPE image_puller_image_nodes gauge
        image_puller_image_nodes{image="java",state="present"} 5
        image_puller_image_nodes{image="java",state="pulling"} 0
        image_puller_image_nodes{image="java",state="waiting"} 0
        image_puller_image_nodes{image="java",state="failing"} 1
        image_puller_image_nodes{image="java",state="unknown"} 0
        # HELP image_puller_image_pull_seconds How long nodes took to pull an image, as their kubelets say (PULL_TIMES). Absent before the first.
        # TYPE image_puller_image_pull_seconds summary
        image_puller_image_pull_seconds_sum{image="go"} 12.0
        image_puller_image_pull_seconds_count{image="go"} 1
        image_puller_image_pull_seconds_sum{image="java"} 101.25
        image_puller_image_pull_seconds_count{image="java"} 5
        # HELP image_puller_requests_total Requests to clusters that have ended, by verb and by status, or by why there was no answer.
        # TYPE image_puller_requests_total counter
        image_puller_requests_total{verb="get",code="200"} 12
        image_puller_requests_total{verb="get",code="Timeout"} 1
        image_puller_requests_total{verb="watch",code="200"} 2
        # HELP image_puller_request_duration_seconds How long a request took, its answer included. Watches are not counted.
        # TYPE image_puller_request_duration_seconds histogram
        image_puller_request_duration_seconds_bucket{verb="get",le="0.005"} 0
        image_puller_request_duration_seconds_bucket{verb="get",le="0.025"} 1
        image_puller_request_duration_seconds_bucket{verb="get",le="0.1"} 1
        image_puller_request_duration_seconds_bucket{verb="get",le="0.25"} 1
        image_puller_request_duration_seconds_bucket{verb="get",le="0.5"} 1
        image_puller_request_duration_seconds_bucket{verb="get",le="1.0"} 1
        image_puller_request_duration_seconds_bucket{verb="get",le="2.0"} 1
        image_puller_request_duration_seconds_bucket{verb="get",le="4.0"} 1
        image_puller_request_duration_seconds_bucket{verb="get",le="8.0"} 1
        image_puller_request_duration_seconds_bucket{verb="get",le="15.0"} 1
        image_puller_request_duration_seconds_bucket{verb="get",le="30.0"} 1
        image_puller_request_duration_seconds_bucket{verb="get",le="60.0"} 1
        image_puller_request_duration_seconds_bucket{verb="get",le="+Inf"} 2
        image_puller_request_duration_seconds_sum{verb="get"} 61.02
        image_puller_request_duration_seconds_count{verb="get"} 2
        \#(["create", "delete", "list"].map { none($0) }.joined(separator: "\n"))
        # HELP image_puller_requests_in_flight Requests that hold a place among those that may be in flight.
        # TYPE image_puller_requests_in_flight gauge
        image_puller_requests_in_flight 3
        # HELP image_puller_requests_overdue Further requests, which have been without an answer for long and gave their place to others.
        # TYPE image_puller_requests_overdue gauge
        image_puller_requests_overdue 1
        # HELP image_puller_requests_queued Requests that wait for a place.
        # TYPE image_puller_requests_queued gauge
        image_puller_requests_queued 7
        # HELP image_puller_requests_limit Requests that may be in flight at once (MAX_CONCURRENT_REQUESTS).
        # TYPE image_puller_requests_limit gauge
        image_puller_requests_limit 100
        # HELP image_puller_token_fetches_total Attempts to get a token, by result (success, failure). Absent where no token is used.
        # TYPE image_puller_token_fetches_total counter
        image_puller_token_fetches_total{result="success"} 2
        image_puller_token_fetches_total{result="failure"} 1
        # HELP image_puller_token_fetched_timestamp_seconds When the current token was got, in seconds since 1970. Absent without one.
        # TYPE image_puller_token_fetched_timestamp_seconds gauge
        image_puller_token_fetched_timestamp_seconds 1700000900
        # HELP image_puller_token_expiry_timestamp_seconds When the current token expires, in seconds since 1970. Absent where that is not known.
        # TYPE image_puller_token_expiry_timestamp_seconds gauge
        image_puller_token_expiry_timestamp_seconds 1700001200
        # HELP image_puller_file_braked Whether a file (users, images) would remove too much at once, and so changes nothing.
        # TYPE image_puller_file_braked gauge
        image_puller_file_braked{file="users"} 1
        image_puller_file_braked{file="images"} 0
        # HELP image_puller_file_unusable Whether a file (users, images) cannot be used, and so changes nothing.
        # TYPE image_puller_file_unusable gauge
        image_puller_file_unusable{file="users"} 0
        image_puller_file_unusable{file="images"} 0
        # HELP image_puller_log_lines_dropped_total Lines of the log that were dropped because its reader was too slow.
        # TYPE image_puller_log_lines_dropped_total counter
        image_puller_log_lines_dropped_total 6
        # HELP image_puller_per_cluster_metrics Whether there are metrics with the label cluster; 0: they are left out (METRICS_PER_CLUSTER).
        # TYPE image_puller_per_cluster_metrics gauge
        image_puller_per_cluster_metrics 1
        # HELP process_cpu_seconds_total Processor time of the puller, user and system.
        # TYPE process_cpu_seconds_total counter
        process_cpu_seconds_total 13.0
        # HELP process_resident_memory_bytes Resident memory of the puller.
        # TYPE process_resident_memory_bytes gauge
        process_resident_memory_bytes 8388608
        # HELP process_virtual_memory_bytes Virtual memory of the puller.
        # TYPE process_virtual_memory_bytes gauge
        process_virtual_memory_bytes 123456789
        # HELP process_start_time_seconds When the puller was started, in seconds since 1970.
        # TYPE process_start_time_seconds gauge
        process_start_time_seconds 1700000500.25
        # HELP process_open_fds Files and connections that are open.
        # TYPE process_open_fds gauge
        process_open_fds 20
        # HELP process_max_fds Files and connections that may be open.
        # TYPE process_max_fds gauge
        process_max_fds 1024
        # HELP process_threads Threads of the puller.
        # TYPE process_threads gauge
        process_threads 9
        # HELP image_puller_cluster_state 1 for the state of the cluster and the reason of that state.
        # TYPE image_puller_cluster_state gauge
        image_puller_cluster_state{cluster="bob",state="failing",reason="Unreachable"} 1
        image_puller_cluster_state{cluster="al\\i\"ce",state="ready",reason=""} 1
        image_puller_cluster_state{cluster="carl",state="waiting",reason=""} 1
        # HELP image_puller_cluster_nodes_desired Nodes that should have the images.
        # TYPE image_puller_cluster_nodes_desired gauge
        image_puller_cluster_nodes_desired{cluster="bob"} 3
        image_puller_cluster_nodes_desired{cluster="al\\i\"ce"} 2
        # HELP image_puller_cluster_nodes_ready Nodes that have the images.
        # TYPE image_puller_cluster_nodes_ready gauge
        image_puller_cluster_nodes_ready{cluster="bob"} 1
        image_puller_cluster_nodes_ready{cluster="al\\i\"ce"} 2
        # HELP image_puller_cluster_last_success_timestamp_seconds When a round last found the cluster ready, in seconds since 1970. Absent before that.
        # TYPE image_puller_cluster_last_success_timestamp_seconds gauge
        image_puller_cluster_last_success_timestamp_seconds{cluster="bob"} 1700000500
        image_puller_cluster_last_success_timestamp_seconds{cluster="al\\i\"ce"} 1700001000
        # HELP image_puller_cluster_consecutive_failures Rounds in a row that failed.
        # TYPE image_puller_cluster_consecutive_failures gauge
        image_puller_cluster_consecutive_failures{cluster="bob"} 4
        image_puller_cluster_consecutive_failures{cluster="al\\i\"ce"} 0
        image_puller_cluster_consecutive_failures{cluster="carl"} 0
        # HELP image_puller_cluster_replacements_total Replacements of the cluster's DaemonSet that were begun, by reason.
        # TYPE image_puller_cluster_replacements_total counter
        image_puller_cluster_replacements_total{cluster="bob",reason="Drift"} 2
        image_puller_cluster_replacements_total{cluster="bob",reason="Refresh"} 1
        # HELP image_puller_cluster_stuck Whether the cluster's worker is far behind its time.
        # TYPE image_puller_cluster_stuck gauge
        image_puller_cluster_stuck{cluster="bob"} 1
        image_puller_cluster_stuck{cluster="al\\i\"ce"} 0
        image_puller_cluster_stuck{cluster="carl"} 0

        """#

    /// The durations of requests that there were none of.
    private static func none(_ verb: String) -> String {
        let name = "image_puller_request_duration_seconds"
        let bounds = "0.005 0.025 0.1 0.25 0.5 1.0 2.0 4.0 8.0 15.0 30.0 60.0 +Inf".split(separator: " ")
        let buckets = bounds.map { #"\#(name)_bucket{verb="\#(verb)",le="\#($0)"} 0"# }
        return (buckets + [#"\#(name)_sum{verb="\#(verb)"} 0.0"#, #"\#(name)_count{verb="\#(verb)"} 0"#])
            .joined(separator: "\n")
    }
}
