import SocketHTTP

// The control endpoints; see ``controlHelp``.
extension Fleet {
    /// Answers a control request.
    public mutating func control(_ request: HTTPRequest, at time: Duration) -> HTTPResponse {
        advance(to: time)
        let segments = request.path.split(separator: "/").map { percentDecoded($0) }
        if segments.first == "trap" { return trap(request) }
        guard segments.first == "control" else { return .text(404, Self.controlHelp) }
        do throws(ControlError) {
            let body = try Self.body(request)
            let answer = try control(request.method, Array(segments.dropFirst()), request, body)
            return HTTPResponse(status: 200, headers: ["Content-Type": "application/json"], body: answer.text)
        } catch {
            let answer: JSON = ["error": .string(error.message)]
            return HTTPResponse(status: 400, headers: ["Content-Type": "application/json"], body: answer.text)
        }
    }

    private static func body(_ request: HTTPRequest) throws(ControlError) -> JSON {
        guard !request.body.isEmpty else { return [:] }
        do {
            return try JSON(parsing: request.body)
        } catch {
            throw ControlError(message: "not JSON at byte \(error.offset)")
        }
    }

    private mutating func control(
        _ method: String,
        _ path: [String],
        _ request: HTTPRequest,
        _ body: JSON
    ) throws(ControlError) -> JSON {
        let done: JSON = ["ok": true]
        switch (method, path.first, path.dropFirst().first, path.dropFirst(2).first) {
        case ("GET", "summary", nil, _): return summary
        case ("GET", "users", nil, _):
            return ["users": .array(tenants.compactMap { state(of: $0.name)?.json })]
        case ("GET", "users", let name?, let part): return try readOut(name, part)
        case ("POST", "users", let name?, nil):
            for user in try users(name) { try configure(user: user, body) }
            return done
        case ("POST", "users", let name?, "actions"):
            for user in try users(name) { try act(user: user, body) }
            return done
        case ("POST", "users", let name?, "faults"):
            _ = try users(name)
            addFault(try Fault(body), user: name == "*" ? nil : name)
            return done
        case ("DELETE", "users", let name?, "faults"):
            _ = try users(name)
            clearFaults(user: name == "*" ? nil : name)
            return done
        case ("GET", "tokens", nil, _):
            return ["tokens": .int(tokens.tokens.count), "requests": .int(counts.token)]
        case ("POST", "tokens", nil, _):
            try configureTokens(body)
            return done
        case ("GET", "counts", nil, _): return counts.json
        case ("DELETE", "counts", nil, _):
            resetCounts()
            return done
        case ("GET", "seconds", nil, _): return ["requests": .array(perSecond.seconds.map { .int($0) })]
        case ("GET", "log", nil, _): return logJSON(formDecoded(request.query))
        case ("GET", "trap", nil, _): return ["requests": .array(trapped.map(\.json))]
        default:
            throw ControlError(message: "no such endpoint: \(method) /control/\(path.joined(separator: "/"))")
        }
    }

    private func users(_ name: String) throws(ControlError) -> [Int] {
        if name == "*" { return Array(tenants.indices) }
        guard let index = tenantIndex[name] else { throw ControlError(message: "no user '\(name)'") }
        return [index]
    }

    private func readOut(_ name: String, _ part: String?) throws(ControlError) -> JSON {
        guard let state = state(of: name) else { throw ControlError(message: "no user '\(name)'") }
        switch part {
        case nil: return state.json
        case "object": return state.daemonSets.first?.object ?? .null
        case let part?: throw ControlError(message: "no read-out '\(part)'")
        }
    }

    private func logJSON(_ query: [String: String]) -> JSON {
        var entries = log.entries
        if let user = query["user"] { entries = entries.filter { $0.user == user } }
        if let limit = query["limit"].flatMap({ Int($0) }) { entries = entries.suffix(max(limit, 0)) }
        return ["requests": .array(entries.map(\.json))]
    }

    /// Where a redirect can lead, to see what a client takes along: its stray headers are all that it should not
    /// have sent.
    private mutating func trap(_ request: HTTPRequest) -> HTTPResponse {
        let carried = ["authorization", "impersonate-user"].filter { request.headers[$0] != nil }
        let entry = LogEntry(
            time: now,
            method: request.method,
            target: request.target,
            status: 200,
            strayImpersonation: carried
        )
        if trapped.count < 100 { trapped.append(entry) }
        return .text(200, "trapped\n")
    }
}
