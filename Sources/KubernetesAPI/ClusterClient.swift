import Foundation
import PullerCore

/// The DaemonSets of one namespace of one cluster, over HTTP.
public struct ClusterClient: DaemonSetAPI {
    private let transport: HTTPTransport
    private let tokens: TokenSource?
    private let memory = ClientMemory()
    let baseURL: String
    private let impersonatedUser: String?
    private let impersonatedGroups: [String]
    private let collectionURL: String
    let namespace: String
    private let mostBytes: @Sendable () -> Int
    private let meter: RequestMeter
    private let hearWarning: @Sendable (String) -> Void

    /// A client of one cluster.
    ///
    /// - Parameters:
    ///   - baseURL: URL of the API server, or of the proxy that leads to it, without a trailing slash.
    ///   - impersonatedUser: Sent as `Impersonate-User`; `nil` for no such header.
    ///   - impersonatedGroups: Sent with the user, an `Impersonate-Group` for each.
    ///   - tokens: Where the bearer token comes from; `nil` for none.
    ///   - answerLimit: Bytes of an answer, and of a line of a watch: see ``answerLimit(bodyLength:)``. Evaluated for each
    ///     request.
    ///   - meter: Counts each request that was sent; many clients may share one.
    ///   - hearWarning: Told each warning of the server (`Warning: 299`).
    public init(
        baseURL: String,
        impersonatedUser: String?,
        impersonatedGroups: [String] = [],
        namespace: String,
        transport: HTTPTransport,
        tokens: TokenSource?,
        answerLimit: @escaping @autoclosure @Sendable () -> Int,
        meter: RequestMeter = RequestMeter(),
        hearWarning: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.baseURL = baseURL
        self.transport = transport
        self.tokens = tokens
        self.impersonatedUser = impersonatedUser
        self.impersonatedGroups = impersonatedGroups
        self.namespace = namespace
        mostBytes = answerLimit
        self.meter = meter
        self.hearWarning = hearWarning
        collectionURL = "\(baseURL)/apis/apps/v1/namespaces/\(percentEncoded(namespace))/daemonsets"
    }

    var answerLimit: Int { mostBytes() }

    /// See ``DaemonSetAPI/remembers``: since when tokens are refused, and which warnings were heard.
    public var remembers: Bool { !memory.isEmpty }

    private func objectURL(_ name: String) -> String { "\(collectionURL)/\(percentEncoded(name))" }

    /// See ``DaemonSetAPI/observe(_:)``.
    public func observe(_ name: String) async throws(Failure) -> Observation {
        try await observation(of: name, in: send(.get, objectURL(name)))
    }

    // Inlined, it would add its temporaries to the frame of the async function, which is on the heap. Each check has that one.
    @inline(never)
    private func observation(of name: String, in response: HTTPResponse) throws(Failure) -> Observation {
        switch response.head.status {
        case 200:
            let observed = try daemonSet(name, in: response, "get")
            return Observation(daemonSet: observed, serverTime: response.head.date)
        case 404 where isAbsent(name, response):
            return Observation(daemonSet: nil, serverTime: response.head.date)
        default:
            throw failure("get", response)
        }
    }

    /// See ``DaemonSetAPI/create(_:name:)``.
    public func create(_ body: [UInt8], name: String) async throws(Failure) -> Creation {
        let response = try await send(.create, collectionURL, body: body)
        switch response.head.status {
        case 201:
            return .created(try daemonSet(name, in: response, "create"))
        case 409:
            let status = StatusObject(response.body)
            // An API server has the reason AlreadyExists for both; only the message tells them apart
            // ("object is being deleted: ...").
            guard status?.reason == "AlreadyExists" else { fallthrough }
            return status?.message?.contains("being deleted") == true ? .beingDeleted : .alreadyExists
        default:
            throw failure("create", response)
        }
    }

    /// See ``DaemonSetAPI/delete(_:uid:resourceVersion:)``.
    public func delete(_ name: String, uid: String, resourceVersion: String?) async throws(Failure)
        -> Deletion
    {
        let body = deleteOptionsBody(uid: uid, resourceVersion: resourceVersion)
        let response = try await send(.delete, objectURL(name), body: body)
        switch response.head.status {
        case 200, 202:
            // Any other answer, such as a portal's HTML page, is no proof of a deletion.
            if let status = StatusObject(response.body), status.status == "Success" { return .gone }
            return .going(finalizers: try daemonSet(name, in: response, "delete").finalizers)
        case 404 where isAbsent(name, response):
            return .absent
        case 409 where StatusObject(response.body)?.reason == "Conflict":
            return .changed
        default:
            throw failure("delete", response)
        }
    }

    /// See ``DaemonSetAPI/watch(_:from:seconds:receive:)``.
    public func watch(
        _ name: String,
        from resourceVersion: String,
        seconds: Int,
        receive: @escaping @Sendable (WatchEvent) async -> Bool
    ) async throws(Failure) {
        let url =
            "\(collectionURL)?watch=1&fieldSelector=\(percentEncoded("metadata.name=\(name)"))"
            + "&resourceVersion=\(percentEncoded(resourceVersion))&timeoutSeconds=\(seconds)"
            // The last one comes shortly before the end, so that the next watch does not begin too far back.
            + "&allowWatchBookmarks=true"
        // The server ends the watch; where it does not, this does, a little later.
        let limit = Duration.seconds(seconds + 3)
        let answerLimit = answerLimit
        let lines = WatchLines(limit: answerLimit)
        let response = try await authorized(.watch) { (authorization) async throws(Failure) in
            var request = request(.watch, url, authorization)
            // Allows for some lines that wait while one is processed: the events of a rollout come close
            // together.
            request.answerLimit = 4 * answerLimit
            let confidences = request.confidences
            return try await transport.stream(request, limit: limit) {
                (piece) async throws(Failure) in
                for line in try await lines.add(piece) {
                    switch WatchLine(line, name: name) {
                    case .event(.present(let observed)):
                        let shown = confidences.hidden(in: observed)
                        guard await receive(.present(shown)) else { return false }
                    case .event(let event):
                        guard await receive(event) else { return false }
                    case .irrelevant:
                        break
                    case .expired:
                        _ = await receive(.expired)
                        return false
                    case .end:
                        return false
                    }
                }
                return true
            }
        }
        switch response.head.status {
        case 200: break
        case 410 where ["Expired", "Gone"].contains(StatusObject(response.body)?.reason):
            _ = await receive(.expired)
        default: throw failure("watch", response)
        }
    }

    // MARK: One request

    /// - Parameter answerLimit: Bytes of the answer; `nil` for those of an answer about a DaemonSet.
    func send(
        _ verb: RequestMeter.Verb,
        _ url: String,
        body: [UInt8]? = nil,
        answerLimit: Int? = nil
    ) async throws(Failure) -> HTTPResponse {
        let response = try await authorized(verb) { (authorization) async throws(Failure) in
            var request = request(verb, url, authorization, body: body)
            if let answerLimit { request.answerLimit = answerLimit }
            return try await transport.send(request)
        }
        if !response.warnings.isEmpty { memory.noteWarnings() }
        for warning in response.warnings { hearWarning(warning) }
        return response
    }

    /// Sends the request with the current token, and retries once with a fresh one after a 401, which had no
    /// effect. Without a token, nothing is sent.
    ///
    /// - Throws: `tokenUnavailable` also when the token was refused, no other can be fetched, and no other cluster has
    ///   accepted it meanwhile: what is wrong is the token then, and not the user.
    private func authorized(
        _ verb: RequestMeter.Verb,
        _ sendOnce: (_ token: Secret?) async throws(Failure) -> HTTPResponse
    ) async throws(Failure) -> HTTPResponse {
        guard let tokens else {
            return explained(
                try await counted(verb, nil, sendOnce),
                "\(baseURL) wants a token, and none was sent: set BEARER_TOKEN_FILE"
            )
        }
        let token: Token
        do throws(Failure) { token = try await tokens.token() } catch { throw error.beforeSending }
        let response = try await counted(verb, token.value, sendOnce)
        guard response.head.status == 401 else {
            noteAccepted(token, response)
            return response
        }
        return try await afterRefusal(of: token, response, verb, tokens, sendOnce)
    }

    /// What comes of a request that was answered with a 401. Not inlined, so that the frame of a request that is accepted need
    /// not have room for it.
    @inline(never)
    private func afterRefusal(
        of token: Token,
        _ response: HTTPResponse,
        _ verb: RequestMeter.Verb,
        _ tokens: TokenSource,
        _ sendOnce: (_ token: Secret?) async throws(Failure) -> HTTPResponse
    ) async throws(Failure) -> HTTPResponse {
        let since = memory.noteRefusal(at: tokens.now)
        var last = response
        if let fresh = try await tokens.replacement(for: token) {
            last = try await counted(verb, fresh.value, sendOnce)
            noteAccepted(fresh, last)
        }
        guard last.head.status == 401 else { return last }
        let why =
            impersonatedUser != nil
            ? "the user, the account or the namespace is not known"
            : "\(baseURL) does not accept \(tokens.tokenName)"
        guard let trouble = tokens.noSuccessor(refusedSince: since) else { return explained(last, why) }
        guard trouble.worksElsewhere else {
            throw Failure(
                .tokenUnavailable,
                "the token was refused (401), and a new one cannot be had: \(trouble.failure.message)",
                retryAfter: trouble.failure.retryAfter,
                leavesOpen: false
            )
        }
        return explained(
            last,
            "\(why); the token works for others, and a new one could not be tried: \(trouble.failure.message)"
        )
    }

    /// Counts one request. One that was not sent, because the puller is ending, does not count.
    private func counted(
        _ verb: RequestMeter.Verb,
        _ token: Secret?,
        _ send: (_ token: Secret?) async throws(Failure) -> HTTPResponse
    ) async throws(Failure) -> HTTPResponse {
        let begin = transport.now
        do throws(Failure) {
            let response = try await send(token)
            meter.count(.init(verb, status: response.head.status), took: transport.now - begin)
            return response
        } catch {
            if error.reason != .cancelled || error.leavesOpen {
                meter.count(.init(verb, failure: error.reason), took: transport.now - begin)
            }
            throw error
        }
    }

    /// Takes in that a token was accepted, if an API server has judged it: a router's error page and a login page prove
    /// nothing.
    @inline(never)  // See observation(of:in:).
    private func noteAccepted(_ token: Token, _ response: HTTPResponse) {
        let status = response.head.status
        // The body of a watch is not here.
        let isObject = response.body.first { !isSpace($0) }.map { $0 == UInt8(ascii: "{") } ?? true
        guard status != 401, (200..<300).contains(status) ? isObject : StatusObject(response.body) != nil
        else { return }
        tokens?.hasProven(token)
        memory.clearRefusals()
    }

    /// The answer with the reason of a 401.
    private func explained(_ response: HTTPResponse, _ why: String) -> HTTPResponse {
        var response = response
        response.whyUnauthorized = why
        return response
    }

    private func request(
        _ verb: RequestMeter.Verb,
        _ url: String,
        _ token: Secret?,
        body: [UInt8]? = nil
    ) -> HTTPRequest {
        var request = HTTPRequest(verb.method, url, headers: [("Accept", "application/json")], body: body)
        request.answerLimit = answerLimit
        // The low bits of FNV-1a depend on those of the bytes alone.
        request.affinity = stableHash((impersonatedUser ?? baseURL).utf8) >> 32
        if let token {
            request.headers.append(("Authorization", "Bearer \(token.reveal())"))
            request.confidences = Confidences([token])
        }
        if let impersonatedUser {
            request.headers.append(("Impersonate-User", impersonatedUser))
            request.headers += impersonatedGroups.map { ("Impersonate-Group", $0) }
        }
        if body != nil { request.headers.append(("Content-Type", "application/json")) }
        return request
    }

    // MARK: Answers

    func failure(_ verb: String, _ response: HTTPResponse, of resource: RequestedResource = .daemonSets)
        -> Failure
    {
        let failure = Failure(response, verb: verb, of: resource, namespace: namespace)
        // An impersonated user is only in the groups that are sent and in system:authenticated; the server's
        // text does not say so.
        guard failure.reason == .forbidden, let impersonatedUser, impersonatedGroups.isEmpty,
            StatusObject(response.body)?.message?.contains("User \"\(impersonatedUser)\" cannot ") == true
        else { return failure }
        return Failure(
            failure.reason,
            "\(failure.message); if the user has this right through a group, set IMPERSONATE_GROUPS"
        )
    }

    private func daemonSet(
        _ name: String,
        in response: HTTPResponse,
        _ verb: String
    ) throws(Failure) -> ObservedDaemonSet {
        let observed: ObservedDaemonSet
        do {
            observed =
                try ObservedDaemonSet.plain(response.body)
                ?? JSONDecoder().decode(ObservedDaemonSet.self, from: Data(response.body))
        } catch {
            throw Failure(malformed: response, verb: verb)
        }
        guard observed.name == name else {
            let other = response.shown(observed.name)
            throw Failure(.malformedResponse, "the answer is about the DaemonSet \(other)")
        }
        return response.confidences.hidden(in: observed)
    }

    /// Only the cluster's own word that this DaemonSet does not exist counts: any other 404 comes from something on the way to it.
    private func isAbsent(_ name: String, _ response: HTTPResponse) -> Bool {
        StatusObject(response.body)?.saysAbsent(kind: "daemonsets", name: name) == true
    }
}

extension ClusterClient {
    /// The maximum length of an answer about a DaemonSet whose creating body has this length.
    ///
    /// An API server (1.20) adds managed fields, defaults and a status, so that its answer has 2.4 times the
    /// length of a body with 200 images, and 3.1 times that of one image once it has been edited. The
    /// rest leaves room for what others add: labels, annotations, fields that an admission webhook sets.
    ///
    /// - Returns: Bytes.
    public static func answerLimit(bodyLength: Int) -> Int { (128 << 10) + 8 * bodyLength }
}
