import Foundation
import SocketHTTP
import Timing

import class KubernetesAPI.RequestMeter

@testable import Operations
@testable import PullerCore
@testable import WorkerPool

private let token = "0123456789abcdef"
private let users = ["alice", "a/b", "ä"]

private let status: PoolStatus = {
    let clock = MonotonicClock.system()
    let board = StatusBoard(clock: clock)
    for user in users { board.take(PoolEvent(.added, .user(user))) }
    let gate = GateFigures(inside: 0, overdue: 0, waiting: 0, capacity: 1)
    return PoolStatus(
        facts: .init(version: "1", mode: .fleet, interval: .seconds(1), namespace: "n", name: "d"),
        board: board,
        gauges: { PoolGauges(requests: gate, rollouts: gate) },
        pulse: PoolPulse(clock: clock),
        tokens: { nil },
        meter: RequestMeter(),
        images: { [] },
        clock: clock,
        wallTime: { 1_795_721_696 },
        startedAt: clock.now()
    )
}()

private func routes(_ access: ConsoleFacts.Access) -> ConsoleRoutes {
    ConsoleRoutes(
        ConsoleFacts(access: { access }, page: ConsolePage(html: Array("<p>".utf8)), status: status)
    )
}

private let open = routes(.loopback)
private let closed = routes(ConsoleToken(token).map { .token($0) } ?? .closed)
private let probes = StatusRoutes(
    livez: { [HealthCheck(name: "timers", isOK: true)] },
    readyz: { [HealthCheck(name: "token", isOK: false)] },
    metrics: { _ in ("text/plain", Array("m".utf8)) }
)

/// Sends a request to each of the routes. The input is method, target, and the values of `Host`, `Authorization`, `Origin`
/// and `Sec-Fetch-Site`.
func fuzzConsole(_ input: [UInt8]) {
    var parts = fields(input)
    while parts.count < 6 { parts.append("") }
    var headers = HTTPHeaders([("Host", parts[2])])
    for (name, value) in zip(["Authorization", "Origin", "Sec-Fetch-Site"], parts[3...]) where !value.isEmpty
    {
        headers.add(name, value)
    }
    let request = HTTPRequest(method: parts[0], target: parts[1], headers: headers)
    let answers = [open, closed].map { $0.answer(request) } + [probes.answer(request)]
    for answer in answers { check(answer, request) }
    requireDoors(request, answers)
    requireSameQuery(String(request.query))
}

private func check(_ answer: HTTPResponse, _ request: HTTPRequest) {
    let known = [200, 400, 401, 403, 404, 405, 500]
    require(known.contains(answer.status), "\(request) is answered \(answer.status)")
    require(answer.headers["cache-control"] == "no-store", "may be cached")
    require(answer.headers["x-content-type-options"] == "nosniff", "may be sniffed")
    for field in answer.headers.fields { requireOneLine(field.value) }
    let text = String(decoding: answer.body, as: UTF8.self)
    if answer.headers["content-type"] == "application/json" {
        require((try? JSONText.parse(text)) != nil, "no JSON: \(text)")
        requireOneLine(text)
    }
    require(!hasBytes(of: token, in: text), "the token is in \(text)")
    require(answer.body.count < 100_000, "\(answer.body.count) bytes")
}

/// Requires that only those get in who may.
private func requireDoors(_ request: HTTPRequest, _ answers: [HTTPResponse]) {
    let isRead = request.method == "GET" || request.method == "HEAD"
    if answers.contains(where: { $0.status == 200 }) { require(isRead, "\(request.method) is answered") }
    if answers[0].status == 200 {
        let host = request.headers["host"] ?? ""
        require(isThisMachine(host), "Host \(host) is let in")
    }
    if answers[1].status != 401 {
        let shown = request.headers["authorization"] ?? ""
        let isBearer = hasBytes(of: token, in: shown) && shown.lowercased().hasPrefix("bearer ")
        require(isBearer || shown.lowercased().hasPrefix("basic "), "\(shown) is let in")
    }
}

/// Whether the C library, too, takes the host for this machine.
private func isThisMachine(_ host: String) -> Bool {
    let withoutPort = host.replacing(/:[0-9]{1,5}$/, with: "")
    // The last group of a bracketed address is no port.
    let name = host.hasSuffix("]") ? host : withoutPort
    if name.lowercased() == "localhost" { return true }
    if name.hasPrefix("["), name.hasSuffix("]") {
        var address = in6_addr()
        guard inet_pton(AF_INET6, String(name.dropFirst().dropLast()), &address) == 1 else { return false }
        let bytes = withUnsafeBytes(of: &address) { Array($0) }
        return bytes == Array(repeating: 0, count: 15) + [1]
    }
    var address = in_addr()
    return inet_pton(AF_INET, name, &address) == 1 && UInt32(bigEndian: address.s_addr) >> 24 == 127
}

/// Requires that a query that is accepted is within bounds, and that the place where it begins can be written and read.
private func requireSameQuery(_ text: String) {
    guard let query = try? ClusterQuery(query: text) else { return }
    require((1...ClusterQuery.largestLimit).contains(query.limit), "limit \(query.limit)")
    require(query.reasons.count <= 32 && query.search.utf8.count <= 256, "too long: \(text)")
    guard let place = query.after else { return }
    require(ContinueToken.place(ContinueToken.text(place)) == place, "\(place) is another place")
}
