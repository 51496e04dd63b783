import Foundation

@testable import KubernetesAPI
@testable import PullerCore

// What servers send: answers, tokens and watch events.

/// A secret that the request contained.
private let secret = "s3cret+0f/the fuzz3r=="

/// A part of the secret that is too long to appear by chance.
private let partOfSecret = "s3cret+0f"

/// An answer from an input of status, header lines and body, separated by zero bytes. The bytes 1 to 3 stand for the
/// secret in one of its encodings.
private func response(_ input: [UInt8]) -> HTTPResponse? {
    guard Data(input).range(of: Data(partOfSecret.utf8)) == nil else { return nil }
    let forms = [secret, percentEncoded(secret), formEncoded(secret)].map { Array($0.utf8) }
    let filled = input.flatMap { (1...3).contains($0) ? forms[Int($0) - 1] : [$0] }
    let parts = filled.split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, let status = Int(String(decoding: parts[0], as: UTF8.self)),
        (100...599).contains(status)
    else { return nil }
    var headers: [String: String] = [:]
    for line in parts[1].split(separator: UInt8(ascii: "\n")) {
        let field = String(decoding: line, as: UTF8.self).split(separator: ":", maxSplits: 1)
        guard field.count == 2 else { continue }
        headers[field[0].lowercased()] = field[1].trimmed
    }
    var response = HTTPResponse(
        head: HTTPResponseHead(status: status, headers: headers),
        body: Array(parts[2])
    )
    response.confidences = Confidences([Secret(secret)])
    return response
}

private func requireNoSecret(_ text: String) {
    for form in [secret, percentEncoded(secret), formEncoded(secret), partOfSecret] {
        require(!hasBytes(of: form, in: text), "a secret is shown: \(text.debugDescription)")
    }
}

private func requireShowable(_ failure: Failure) {
    requireOneLine(failure.description)
    requireNoSecret(failure.description)
    require(failure.message.unicodeScalars.count <= 400 * 8 + 1, "a long message")
    if let wait = failure.retryAfter {
        require(wait >= .zero && wait < .seconds(8_100 * 365 * 86_400), "retry after \(wait)")
    }
}

func fuzzAnswer(_ input: [UInt8]) {
    guard let response = response(input) else { return }
    if let plain = StatusObject.plain(response.body) {
        let decoded = try? JSONDecoder().decode(StatusObject.self, from: Data(response.body))
        require(plain == decoded, "read as \(plain), decoded as \(String(describing: decoded))")
    }
    let failure = Failure(response, verb: "create", namespace: "k8s-image-puller")
    requireShowable(failure)
    if failure.reason == .throttled {
        require(response.head.headers["retry-after"] != nil, "throttled without Retry-After")
    }
    // Only a Kubernetes Status that names the namespace may say that it is missing.
    if failure.reason == .namespaceMissing {
        require(
            StatusObject(response.body)?.details?.name == "k8s-image-puller",
            "another namespace is missing"
        )
    }
    let is401 = response.head.status == 401
    require(failure.reason != .unauthorized || is401, "\(response.head.status) is Unauthorized")
    require(!is401 || [.unauthorized, .denied].contains(failure.reason), "401 is \(failure.reason)")
    let isSuccess = !(300...599).contains(response.head.status)
    require(
        (failure.reason == .malformedResponse) == isSuccess,
        "\(response.head.status) is \(failure.reason)"
    )
    for warning in response.warnings { requireNoSecret(warning) }
}

func fuzzToken(_ input: [UInt8]) {
    fuzzTokenState(input)
    guard let response = response(input) else { return }
    do throws(Failure) {
        let token = try TokenIssuer.token(in: response, from: "https://auth.example.com/token")
        let value = token.value.reveal()
        require(
            !value.isEmpty && value.utf8.allSatisfy { (0x20..<0x7F).contains($0) },
            "the token cannot be sent in a header"
        )
        if let life = token.expiresAfter, let renewal = token.renewAfter {
            require(life >= .seconds(10) && life <= .seconds(3650 * 86_400), "the token is valid for \(life)")
            require(renewal > .zero && renewal < life, "renewed after \(renewal) of \(life)")
        }
    } catch {
        require(error.reason == .tokenUnavailable, "the reason of a refusal is \(error.reason)")
        requireShowable(error)
    }
}

/// Each byte is an event for a `TokenState`, or lets time pass.
private func fuzzTokenState(_ input: [UInt8]) {
    let pause = Duration.seconds(60)
    var state = TokenState(refetchPause: pause, renewsInBackground: true)
    let backoff = Backoff(initial: .seconds(1), maximum: .seconds(300))
    var now = Duration.zero
    var lastRefetch: Duration?
    var ends: [String: Duration] = [:]
    var last: Token?
    for byte in input.prefix(256) {
        let detail = Int(byte >> 3)
        switch byte & 7 {
        case 0: now += .seconds(detail)
        case 1: now += .seconds(detail * detail * 10)
        case 2, 3:
            let life = detail == 0 ? nil : Duration.seconds(detail * 30)
            let isCandidate = byte & 7 == 3
            let value = "token-\(detail % 4)"
            state.fetched(
                IssuedToken(value: Secret(value), renewAfter: life.map { $0 * 0.8 }, expiresAfter: life),
                asCandidate: isCandidate,
                at: now
            )
            ends[value] = max(life.map { now + $0 } ?? .seconds(1 << 40), ends[value] ?? .zero)
            if isCandidate { lastRefetch = now }
        case 4:
            state.fetchFailed(
                Failure(.tokenUnavailable, "-"),
                at: now,
                backoff: backoff,
                random: Double(detail) / 32
            )
        case 5:
            if let last { state.hasProven(last) }
        case 6:
            guard let last else { continue }
            switch state.replacement(for: last, at: now) {
            case .use(let token, let wait):
                require(wait >= .zero && wait <= TokenState.clockSkew, "waits for \(wait)")
                require(ends[token.value.reveal()] != nil, "a token that was never issued")
            case .fetch:
                require(
                    lastRefetch.map { now - $0 >= pause } ?? true,
                    "fetched again before the pause has passed"
                )
            default: break
            }
        default:
            switch state.token(at: now) {
            case .use(let token, let wait):
                require(wait == .zero, "waits for \(wait) with a valid token")
                last = token
            case .useAndFetch(let token): last = token
            default: continue
            }
            require(
                last.flatMap { ends[$0.value.reveal()] }.map { now < $0 } ?? false,
                "a token that has expired"
            )
        }
    }
}

/// Splits a watch stream into lines. The first byte gives the size of the pieces in which it arrives, the second the
/// limit of a line.
func fuzzWatch(_ input: [UInt8]) {
    guard input.count > 2 else { return }
    let size = Int(input[0]) + 1
    let limit = Int(input[1]) * 16
    let stream = Array(input.dropFirst(2))
    let pieces = stride(from: 0, to: stream.count, by: size).map {
        Array(stream[$0..<min($0 + size, stream.count)])
    }
    let whole = lines([stream], limit)
    require(whole == lines(pieces, limit), "other lines when the stream arrives in pieces of \(size) bytes")

    let expected = stream.split(separator: UInt8(ascii: "\n")).map(Array.init)
    let isTooLong = expected.contains { $0.count > limit }
    require(isTooLong == (whole == nil), "the limit of \(limit) bytes is not kept")
    guard let whole else { return }
    let isEnded = stream.last == UInt8(ascii: "\n")
    require(whole == (isEnded ? expected : expected.dropLast()), "the lines are not those of the stream")

    for line in whole {
        requirePlainIsDecoded(line)
        switch WatchLine(line, name: "kubernetes-image-puller") {
        case .event(.present(let object)):
            require(object.name == "kubernetes-image-puller", "an event of \(object.name)")
            require(object.status.desired >= 0 && object.status.ready >= 0, "a negative number of nodes")
        case .event(.caughtUp(let version)):
            require(version.utf8.count <= ObservedDaemonSet.longestText, "a long resource version")
        case .event(.deleted), .event(.expired), .irrelevant, .expired, .end: break
        }
    }
}

/// What is read without a decoder must be what a decoder makes of it.
private func requirePlainIsDecoded(_ json: [UInt8]) {
    struct Event: Decodable {
        var type: String
        var object: ObservedDaemonSet
    }
    if let plain = ObservedDaemonSet.plain(json) {
        let decoded = try? JSONDecoder().decode(ObservedDaemonSet.self, from: Data(json))
        require(plain == decoded, "read as \(plain), decoded as \(String(describing: decoded))")
    }
    if let plain = ObservedDaemonSet.plainEvent(json) {
        let decoded = try? JSONDecoder().decode(Event.self, from: Data(json))
        require(plain.type == decoded?.type, "the type of an event is \(plain.type)")
        require(plain.object == decoded?.object, "an event about \(plain.object)")
    }
}

private func lines(_ pieces: [[UInt8]], _ limit: Int) -> [[UInt8]]? {
    var splitter = LineSplitter(limit: limit)
    do throws(Failure) {
        var lines: [[UInt8]] = []
        for piece in pieces { lines += try splitter.lines(adding: piece) }
        return lines
    } catch {
        requireShowable(error)
        return nil
    }
}
