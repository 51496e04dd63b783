import MockFleet
import SocketHTTP

/// Drives the engine without sockets and without a clock: the test says what time it is.
final class FleetDriver {
    var fleet: Fleet
    /// Milliseconds since the fleet's start.
    var now = 0
    private var exchanges = 0
    private(set) var effects: [Int: [Effect]] = [:]
    var token = ""

    static let collection = "/apis/apps/v1/namespaces/k8s-image-puller/daemonsets"

    init(users: Int = 2, nodes: Int = 3, _ change: (inout FleetSettings) -> Void = { _ in }) {
        var settings = FleetSettings(userCount: users)
        settings.nodes = nodes
        settings.pull = .milliseconds(100)
        settings.pullSpread = .zero
        change(&settings)
        fleet = Fleet(settings: settings)
        token = newToken()
    }

    private func collect() {
        for effect in fleet.takeEffects() { effects[effect.exchange, default: []].append(effect) }
    }

    func advance(by milliseconds: Int) {
        now += milliseconds
        fleet.advance(to: .milliseconds(now))
        collect()
    }

    /// Sends a request and returns its exchange; what came of it is in ``effects``.
    func send(_ request: HTTPRequest) -> Int {
        exchanges += 1
        fleet.receive(request, exchange: exchanges, at: .milliseconds(now))
        collect()
        return exchanges
    }

    func send(
        _ method: String,
        _ target: String,
        user: String? = "user-1",
        token: String? = nil,
        body: JSON? = nil,
        headers: [(String, String)] = []
    ) -> Int {
        var fields = HTTPHeaders(headers)
        let text = body?.text ?? []
        fields.add("Authorization", "Bearer \(token ?? self.token)")
        if let user { fields.add("Impersonate-User", user) }
        if body != nil { fields.add("Content-Type", "application/json") }
        return send(HTTPRequest(method: method, target: target, headers: fields, body: text))
    }

    /// The whole answer to a request, if there was one at once.
    func ask(
        _ method: String,
        _ name: String = "/kip",
        user: String? = "user-1",
        token: String? = nil,
        body: JSON? = nil
    ) -> Reply? {
        reply(send(method, Self.collection + name, user: user, token: token, body: body))
    }

    func reply(_ exchange: Int) -> Reply? {
        for case .answer(_, let response) in effects[exchange] ?? [] { return Reply(response) }
        return nil
    }

    func create(_ object: JSON = sample(), user: String = "user-1") -> Reply? {
        ask("POST", "", user: user, body: object)
    }

    /// The types and objects of a watch's events so far.
    func events(_ exchange: Int) -> [(type: String, object: JSON)] {
        var text: [UInt8] = []
        for case .write(_, let bytes) in effects[exchange] ?? [] { text += bytes }
        return text.split(separator: 0x0A).compactMap { line in
            guard let event = try? JSON(parsing: line) else { return nil }
            return (event["type"]?.string ?? "", event["object"] ?? .null)
        }
    }

    func hasEnded(_ exchange: Int) -> Bool { effects[exchange]?.contains(.finish(exchange)) == true }
    func wasReset(_ exchange: Int) -> Bool { effects[exchange]?.contains(.reset(exchange)) == true }

    @discardableResult
    func control(_ method: String, _ path: String, _ body: JSON? = nil) -> JSON {
        let request = HTTPRequest(method: method, target: "/control\(path)", body: body?.text ?? [])
        let response = fleet.control(request, at: .milliseconds(now))
        collect()
        return (try? JSON(parsing: response.body)) ?? .null
    }

    func tokenAnswer(_ form: String, _ headers: [(String, String)] = []) -> Reply? {
        var fields = HTTPHeaders(headers)
        fields.add("Content-Type", "application/x-www-form-urlencoded")
        fields.add("Content-Length", String(form.utf8.count))
        let body = Array(form.utf8)
        return reply(send(HTTPRequest(method: "POST", target: "/api/token", headers: fields, body: body)))
    }

    static let credentials = "grant_type=client_credentials&client_id=rh-che&client_secret=mock-secret"

    func newToken() -> String {
        tokenAnswer(Self.credentials)?.json["access_token"]?.string ?? ""
    }

    /// A DaemonSet that an API server accepts.
    static func sample(name: String = "kip", images: [String] = ["example.org/a:1"]) -> JSON {
        let labels: JSON = ["app": "kip"]
        let containers = images.enumerated().map { index, image -> JSON in
            ["name": .string("c\(index)"), "image": .string(image)]
        }
        return [
            "apiVersion": "apps/v1", "kind": "DaemonSet",
            "metadata": ["name": .string(name), "labels": labels, "annotations": ["hash": "1"]],
            "spec": [
                "selector": ["matchLabels": labels],
                "template": ["metadata": ["labels": labels], "spec": ["containers": .array(containers)]],
            ],
        ]
    }
}

/// An answer, its body read as JSON.
struct Reply {
    var status: Int
    var headers: HTTPHeaders
    var body: [UInt8]
    var json: JSON

    init(_ response: HTTPResponse) {
        status = response.status
        headers = response.headers
        body = response.body
        json = (try? JSON(parsing: response.body)) ?? .null
    }

    var reason: String? { json["reason"]?.string }
    var message: String? { json["message"]?.string }
}

extension JSON {
    /// Follows names: `object.at("metadata", "uid")`.
    func at(_ names: String...) -> JSON? {
        var value: JSON? = self
        for name in names { value = value?[name] }
        return value
    }

    /// The same value with another at the end of the names.
    func setting(_ names: [String], to value: JSON?) -> JSON {
        guard let first = names.first else { return value ?? .null }
        var changed = self
        let rest = Array(names.dropFirst())
        changed[first] = rest.isEmpty ? value : (self[first] ?? [:]).setting(rest, to: value)
        return changed
    }
}

extension Effect {
    var exchange: Int {
        switch self {
        case .answer(let exchange, _), .start(let exchange, _, _), .write(let exchange, _),
            .last(let exchange, _), .finish(let exchange), .reset(let exchange), .fill(let exchange, _):
            exchange
        }
    }
}
