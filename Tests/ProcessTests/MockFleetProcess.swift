import Foundation
import FoundationNetworking
import MockFleetControl
import TestSupport

/// The mock fleet as a process.
final class MockFleetProcess: Sendable {
    /// Requests by verb.
    struct Counts: Decodable, Equatable {
        var get = 0
        var create = 0
        var delete = 0
        var watch = 0
        var token = 0

        init(from decoder: any Decoder) throws {
            let numbers = try [String: Int](from: decoder)
            get = numbers["get"] ?? 0
            create = numbers["create"] ?? 0
            delete = numbers["delete"] ?? 0
            watch = numbers["watch"] ?? 0
            token = numbers["token"] ?? 0
        }
    }

    /// Something that goes wrong, as `mock-fleet --help` explains it; what is `nil` is not said.
    struct Fault: Encodable {
        var kind = "status"
        var verbs: [String]?
        var count: Int?
        var status: Int?
        var body: String?
        var content: String?
        var retryAfter: String?
        var location: String?
        var takesEffect: Bool?
        var bytes: Int?
        var delayMs: Int?
    }

    /// One user's cluster.
    struct User: Decodable {
        struct Object: Decodable {
            var name: String
            var uid: String
            var ready: Int
            var desired: Int
            var images: [String]
        }

        var user: String
        var daemonSets: [Object]
        var counts: Counts
    }

    private struct Trap: Decodable {
        struct Visit: Decodable {}

        var requests: [Visit]
    }

    private struct Log: Decodable {
        struct Request: Decodable {
            var groups: [String]?
        }

        var requests: [Request]
    }

    private struct Users: Decodable {
        var users: [User]
    }

    let process: RunningProcess
    private let control: MockFleetControl

    var proxyURL: String { control.proxyURL }
    var providerURL: String { control.providerURL }
    var pathURL: String { control.pathURL }
    /// Counts the requests that it gets; see ``trapped()``.
    var trapURL: String { control.trapURL }

    init(_ arguments: [String]) async throws {
        process = try RunningProcess("mock-fleet", arguments + [MockFleetControl.endsWithInput])
        control = try await MockFleetControl(readyLine: process.line(with: MockFleetControl.readyMark))
    }

    deinit {
        process.end()
    }

    /// A user as written in the list: a JSON string, unless it is a plain word.
    private static func written(_ user: String) -> String {
        let isWord = user.unicodeScalars.allSatisfy {
            $0.properties.isAlphabetic || "0123456789-".contains(Character($0))
        }
        let quoted = user.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        return isWord ? user : "\"\(quoted)\""
    }

    /// The environment of a puller for this fleet; times are short.
    func environment(users: [String], _ changes: [String: String] = [:]) -> [String: String] {
        [
            "IMAGES": "java=quay.io/eclipse/che-java11-maven:nightly;theia=eclipse/che-theia:7.0.0",
            "IMPERSONATE_USERS": users.map(Self.written).joined(separator: ","),
            "OPENSHIFT_PROXY_URL": proxyURL,
            "OIDC_PROVIDER": providerURL,
            "SERVICE_ACCOUNT_ID": "rh-che",
            "SERVICE_ACCOUNT_SECRET": "mock-secret",
            "START_SPREAD_SECONDS": "0",
            "BACKOFF_INITIAL_SECONDS": "0.2",
            "BACKOFF_MAX_SECONDS": "2",
            "LOG_LEVEL": "debug",
        ].merging(changes) { $1 }.filter { !$1.isEmpty }
    }

    /// Clusters with at least one DaemonSet, in each of which all nodes are ready.
    func readyClusters() async throws -> Int { try await control.summary().ready }

    /// Clusters with a DaemonSet.
    func presentClusters() async throws -> Int { try await control.summary().present }

    func counts() async throws -> Counts { try await control.get("counts", as: Counts.self) }

    func resetCounts() async throws { try await control.resetCounts() }

    func user(_ name: String) async throws -> User { try await control.get("users/\(name)", as: User.self) }

    /// The only DaemonSet of a user, as the API answers it.
    func object(of user: String) async throws -> String {
        String(decoding: try await control.send("GET", "users/\(user)/object"), as: UTF8.self)
    }

    /// A token that the proxy accepts.
    func token() async throws -> String {
        struct Grant: Decodable {
            // swift-format-ignore: AlwaysUseLowerCamelCase
            var access_token: String
        }
        let form = "grant_type=client_credentials&client_id=rh-che&client_secret=mock-secret"
        let data = try await post(form, to: "\(providerURL)/token")
        return try JSONDecoder().decode(Grant.self, from: data).access_token
    }

    func users() async throws -> [User] { try await control.get("users", as: Users.self).users }

    /// Requests that followed a redirect to ``trapURL``.
    func trapped() async throws -> Int { try await control.get("trap", as: Trap.self).requests.count }

    /// The groups of each request for a user, in the order of the requests.
    func groups(user: String) async throws -> [[String]] {
        try await control.get("log?user=\(user)", as: Log.self).requests.map { $0.groups ?? [] }
    }

    func configure(_ settings: String, user: String) async throws {
        try await control.send("POST", "users/\(user)", settings)
    }

    func configureTokens(_ settings: String) async throws {
        try await control.send("POST", "tokens", settings)
    }

    func addFault(_ fault: String, user: String = "*") async throws {
        try await control.addFault(fault, user: user)
    }

    func addFault(_ fault: Fault, user: String = "*") async throws {
        try await addFault(String(decoding: JSONEncoder().encode(fault), as: UTF8.self), user: user)
    }

    func clearFaults(user: String = "*") async throws { try await control.clearFaults(user: user) }

    func act(_ action: String, user: String) async throws {
        try await control.send("POST", "users/\(user)/actions", action)
    }

    /// Puts the DaemonSet that a puller of this environment would create into clusters.
    func putOurs(_ environment: [String: String], age: Int = 0, user: String = "*") async throws {
        let printed = try RunningProcess("kubernetes-image-puller", ["manifest"], environment: environment)
        guard try await printed.exitCode() == 0 else { throw RunningProcess.Problem(printed.text) }
        let action = #"{"action":"putDaemonSet","object":\#(printed.text),"ageSeconds":\#(age)}"#
        try await act(action, user: user)
    }
}

/// Posts a form, and gives what is answered.
func post(_ form: String, to url: String) async throws -> Data {
    guard let url = URL(string: url) else { throw URLError(.badURL) }
    var request = URLRequest(url: url)
    request.httpMethod = "POST"
    request.httpBody = Data(form.utf8)
    request.setValue("application/x-www-form-urlencoded", forHTTPHeaderField: "Content-Type")
    return try await URLSession.shared.data(for: request).0
}
