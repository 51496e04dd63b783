import Foundation
import FoundationNetworking
import TestSupport
import Testing

/// A puller that a real Prometheus scrapes.
@Suite("Prometheus")
struct PrometheusTests {
    private static let users = (1...10).map { "user-\($0)" }

    @Test(
        "scrapes the puller in OpenMetrics, and knows how many clusters are ready, and each of them",
        .enabled(
            if: installedProgram("prometheus") != nil,
            "not run, because prometheus is not here: run scripts/install-requirements as root"
        )
    )
    func scrape() async throws {
        let fleet = try await MockFleetProcess(["--users", "\(Self.users.count)", "--pull-ms", "10"])
        let (status, own) = freePorts()
        let puller = try RunningProcess(
            "kubernetes-image-puller",
            environment: fleet.environment(
                users: Self.users,
                ["STATUS_PORT": "\(status)", "CONSOLE_PORT": "0"]
            )
        )
        defer { puller.end() }
        try await puller.line(with: "event=started")

        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let settings = """
            global: {scrape_interval: 10s, scrape_timeout: 10s}
            scrape_configs: [{job_name: puller, static_configs: [{targets: ["127.0.0.1:\(status)"]}]}]

            """
        let file = folder.appendingPathComponent("prometheus.yml")
        try settings.write(to: file, atomically: true, encoding: .utf8)
        let prometheus = try RunningProcess(
            at: #require(installedProgram("prometheus")),
            [
                "--config.file=\(file.path)", "--storage.tsdb.path=\(folder.path)/data",
                "--web.listen-address=127.0.0.1:\(own)", "--log.level=warn",
            ],
            environment: [:]
        )
        defer { prometheus.end() }
        let server = Server(url: "http://127.0.0.1:\(own)/api/v1")

        try await poll(within: .seconds(120), "ready clusters in Prometheus; it printed:\n\(prometheus.text)")
        {
            await server.value(of: #"sum(image_puller_clusters{state="ready"})"#) == Double(Self.users.count)
        }
        #expect(await server.value(of: "up") == 1)
        #expect(await server.value(of: #"image_puller_cluster_state{cluster="user-7",state="ready"}"#) == 1)
        #expect(await server.value(of: "process_resident_memory_bytes") ?? 0 > 1_000_000.0)
        #expect(
            await server.value(of: #"sum(image_puller_requests_total{verb="create",code="201"})"#) ?? 0 > 0
        )

        let targets = try await server.get("targets", Targets.self).activeTargets
        #expect(targets.map(\.lastError) == [""])
        // Only OpenMetrics has units.
        let metadata = try await server.get("metadata", [String: [Metadata]].self)
        #expect(metadata["process_cpu_seconds"]?.first?.unit == "seconds")
    }

    private struct Targets: Decodable {
        struct Target: Decodable { var lastError: String }

        var activeTargets: [Target]
    }

    private struct Metadata: Decodable { var unit: String }

    /// Prometheus' own API.
    private struct Server {
        var url: String

        private struct Answer<Content: Decodable>: Decodable { var data: Content }

        private struct Vector: Decodable {
            struct Sample: Decodable {
                /// The time, and the value as a text.
                var value: [Value]
            }

            enum Value: Decodable {
                case time(Double)
                case value(String)

                init(from decoder: any Decoder) throws {
                    let container = try decoder.singleValueContainer()
                    do {
                        self = .time(try container.decode(Double.self))
                    } catch {
                        self = .value(try container.decode(String.self))
                    }
                }
            }

            var result: [Sample]
        }

        func get<Content: Decodable>(_ path: String, _ type: Content.Type) async throws -> Content {
            guard let url = URL(string: "\(url)/\(path)") else { throw URLError(.badURL) }
            let data = try await URLSession.shared.data(from: url).0
            return try JSONDecoder().decode(Answer<Content>.self, from: data).data
        }

        /// The value of a query with one result; `nil` when there is none, or no answer yet.
        func value(of query: String) async -> Double? {
            let escaped = query.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
            let vector = try? await get("query?query=\(escaped)", Vector.self)
            guard vector?.result.count == 1, case .value(let text)? = vector?.result.first?.value.last else {
                return nil
            }
            return Double(text)
        }
    }
}
