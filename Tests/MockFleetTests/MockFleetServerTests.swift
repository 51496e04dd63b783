import Foundation
import MockFleet
import Testing

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// The mock as a client sees it that shares no code with it.
@Suite(.serialized)
struct MockFleetServerTests {
    private let session = URLSession(configuration: .ephemeral)

    private func withServer(_ body: (MockFleetServer) async throws -> Void) async throws {
        var settings = FleetSettings(userCount: 2)
        settings.pull = .milliseconds(5)
        settings.pullSpread = .milliseconds(5)
        let server = try MockFleetServer(settings: settings)
        defer { server.stop() }
        try await body(server)
    }

    private func send(_ request: URLRequest) async throws -> (Int, JSON) {
        let (data, response) = try await session.data(for: request)
        let status = (response as? HTTPURLResponse)?.statusCode ?? 0
        return (status, (try? JSON(parsing: data)) ?? .null)
    }

    private func request(_ method: String, _ url: String, _ body: JSON? = nil) throws -> URLRequest {
        var request = URLRequest(url: try #require(URL(string: url)), timeoutInterval: 5)
        request.httpMethod = method
        if let body {
            request.httpBody = Data(body.text)
            request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        }
        return request
    }

    private func token(_ server: MockFleetServer) async throws -> String {
        var request = try request("POST", "\(server.providerURL)/token")
        request.httpBody = Data(FleetDriver.credentials.utf8)
        request.setValue("application/x-www-form-urlencoded", forHTTPHeaderField: "Content-Type")
        return try #require(try await send(request).1["access_token"]?.string)
    }

    private func proxied(
        _ server: MockFleetServer,
        _ token: String,
        _ method: String,
        _ path: String,
        _ body: JSON? = nil
    ) throws -> URLRequest {
        var request = try request(method, server.proxyURL + FleetDriver.collection + path, body)
        request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization")
        request.setValue("user-1", forHTTPHeaderField: "Impersonate-User")
        return request
    }

    @Test("create, watch until ready, get and delete over HTTP")
    func life() async throws {
        try await withServer { server in
            let token = try await token(server)
            let created = try await send(proxied(server, token, "POST", "", FleetDriver.sample()))
            #expect(created.0 == 201)
            let query = "?watch=true&fieldSelector=metadata.name%3Dkip&timeoutSeconds=1"
            let (data, _) = try await session.data(for: proxied(server, token, "GET", query))
            let last = try JSON(parsing: try #require(data.split(separator: 0x0A).last))
            #expect(last.at("object", "status", "numberReady") == 3)
            #expect(try await send(proxied(server, token, "GET", "/kip")).0 == 200)
            let deleted = try await send(
                proxied(server, token, "DELETE", "/kip", ["propagationPolicy": "Background"])
            )
            #expect(deleted.1["status"] == "Success")
            #expect(try await send(proxied(server, token, "GET", "/kip")).0 == 404)
            #expect(server.withFleet { $0.requestCounts }.watch == 1)
        }
    }

    @Test(
        "a fault set through the control port affects the fleet's port",
        arguments: ["drop", "cut", "truncated"]
    )
    func faults(kind: String) async throws {
        try await withServer { server in
            let token = try await token(server)
            let fault: JSON = ["kind": .string(kind), "verbs": ["get"], "count": 10]
            let set = try await send(request("POST", "\(server.controlURL)/users/user-1/faults", fault))
            #expect(set.1 == ["ok": true])
            let answer = try? await send(proxied(server, token, "GET", "/kip"))
            if kind == "truncated" {
                #expect(answer?.0 == 404)
                #expect(answer?.1 == .null)
            } else {
                #expect(answer == nil)
            }
            let log = try await send(request("GET", "\(server.controlURL)/log?user=user-1&limit=1"))
            #expect(log.1["requests"]?[0]?["fault"]?.string == kind)
        }
    }

    @Test("a huge body is as long as its Content-Length")
    func huge() async throws {
        try await withServer { server in
            let token = try await token(server)
            server.control("POST", "/control/users/*/faults", ["kind": "huge", "bytes": 3_000_000])
            let (data, _) = try await session.data(for: proxied(server, token, "GET", "/kip"))
            #expect(data.count == 3_000_000)
        }
    }

    @Test("the state of a user can be read, and help is one request away")
    func readOut() async throws {
        try await withServer { server in
            let state = try await send(request("GET", "\(server.controlURL)/users/user-2"))
            #expect(state.1["exists"] == false)
            #expect(state.1["nodes"] == ["ok", "ok", "ok"])
            let summary = try await send(request("GET", "\(server.controlURL)/summary"))
            #expect(summary.1["users"] == 2)
            let url = try #require(URL(string: "http://127.0.0.1:\(server.controlPort)/"))
            let (data, _) = try await session.data(for: URLRequest(url: url))
            #expect(String(decoding: data, as: UTF8.self).contains("/control/summary"))
        }
    }

    @Test("a client that leaves a watch is noticed")
    func leaves() async throws {
        try await withServer { server in
            let token = try await token(server)
            // By a socket of its own: when URLSession lets go of a connection is its own affair.
            let path = "/apis/apps/v1/namespaces/k8s-image-puller/daemonsets?watch=true&timeoutSeconds=600"
            try connectAndLeave(
                port: server.port,
                "GET \(path) HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(token)\r\n"
                    + "Impersonate-User: user-1\r\n\r\n"
            )
            var attempts = 0
            while server.withFleet({ $0.state(of: "user-1")?.watches }) != 0, attempts < 10_000 {
                _ = try await send(request("GET", "\(server.controlURL)/summary"))
                attempts += 1
            }
            #expect(server.withFleet { $0.state(of: "user-1")?.watches } == 0)
            #expect(server.withFleet { $0.requestCounts }.watch == 1)
        }
    }
}

/// Connects, sends a request, waits for the first byte of its answer, and is gone.
private func connectAndLeave(port: UInt16, _ request: String) throws {
    struct Problem: Error {}
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw Problem() }
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let isConnected = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
    }
    let bytes = Array(request.utf8)
    guard isConnected, send(descriptor, bytes, bytes.count, 0) == bytes.count else { throw Problem() }
    var first: UInt8 = 0
    guard recv(descriptor, &first, 1, 0) == 1 else { throw Problem() }
}
