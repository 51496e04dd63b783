@testable import SocketHTTP

private let limits: HTTPLimits = {
    var limits = HTTPLimits()
    // Small enough for inputs to exceed them.
    limits.requestLineBytes = 64
    limits.headerBytes = 256
    limits.headerCount = 6
    limits.bodyBytes = 128
    return limits
}()

/// The events of a connection, and how it ended.
private struct Outcome: Equatable {
    var events: [RequestParser.Event] = []
    var error: HTTPParseError?
    var progress: RequestParser.Progress?
}

/// Parses a stream of requests. The first byte says into pieces of which size it is also split.
func fuzzRequest(_ input: [UInt8]) {
    guard let first = input.first else { return }
    let stream = Array(input.dropFirst())
    let whole = read(stream, size: max(stream.count, 1))
    for size in [1, Int(first) + 1] {
        let cut = read(stream, size: size)
        require(cut == whole, "split after each \(size) bytes: \(cut), as a whole: \(whole)")
    }
    for case .request(let request) in whole.events { requireSame(request) }
}

private func read(_ stream: [UInt8], size: Int) -> Outcome {
    var parser = RequestParser(limits: limits)
    var outcome = Outcome()
    do throws(HTTPParseError) {
        for start in stride(from: 0, to: stream.count, by: size) {
            parser.append(stream[start..<min(start + size, stream.count)])
            while let event = try parser.next() { outcome.events.append(event) }
        }
        outcome.progress = parser.progress
    } catch {
        outcome.error = error
        do throws(HTTPParseError) {
            _ = try parser.next()
            require(false, "the parser continues after an error")
        } catch let again {
            require(again == error, "another error the second time")
        }
    }
    return outcome
}

/// Requires that a request is the same after it was written and parsed again.
private func requireSame(_ request: HTTPRequest) {
    require(request.body.count <= limits.bodyBytes, "\(request.body.count) bytes of body")
    require(
        request.headers.fields.count <= limits.headerCount,
        "\(request.headers.fields.count) header fields"
    )
    require(
        request.target.utf8.count >= request.path.utf8.count + request.query.utf8.count,
        "path and query are longer than the target"
    )
    _ = request.keepsConnection

    var text = Array("\(request.method) \(request.target) HTTP/1.\(request.minorVersion)\r\n".utf8)
    for field in request.headers.fields {
        text += Array("\(field.name):\(field.value)\r\n".utf8)
    }
    text += Array("\r\n".utf8)
    if request.isChunked {
        if !request.body.isEmpty {
            text +=
                Array("\(String(request.body.count, radix: 16))\r\n".utf8) + request.body + Array("\r\n".utf8)
        }
        text += Array("0\r\n\r\n".utf8)
    } else {
        text += request.body
    }
    let again = read(text, size: max(text.count, 1))
    // Bytes that are not UTF-8 become longer, and may then exceed a limit.
    if text.contains(0xEF) { return }
    require(again.events.last == .request(request), "\(request) is parsed as \(again)")
}
