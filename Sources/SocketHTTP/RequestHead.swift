/// The first line of a request.
enum RequestLine {
    static func parse(_ line: ArraySlice<UInt8>) throws(HTTPParseError) -> HTTPRequest {
        let parts = line.split(separator: 0x20, omittingEmptySubsequences: false)
        guard parts.count == 3, HTTPSyntax.isToken(parts[0]), HTTPSyntax.isTarget(parts[1]) else {
            throw .badRequest("malformed request line")
        }
        let minorVersion = try minorVersion(parts[2])
        let method = String(decoding: parts[0], as: UTF8.self)
        guard method != "CONNECT" else { throw .notImplemented }
        guard isAddressable(parts[1], method: method) else { throw .badRequest("malformed request target") }
        return HTTPRequest(
            method: method,
            target: String(decoding: parts[1], as: UTF8.self),
            minorVersion: minorVersion
        )
    }

    private static func minorVersion(_ bytes: ArraySlice<UInt8>) throws(HTTPParseError) -> Int {
        let bytes = Array(bytes)
        guard bytes.count == 8, bytes.starts(with: "HTTP/".utf8), bytes[6] == UInt8(ascii: "."),
            let major = HTTPSyntax.decimal(bytes[5...5]), let minor = HTTPSyntax.decimal(bytes[7...7])
        else { throw .badRequest("malformed HTTP version") }
        guard major == 1, minor <= 1 else { throw .versionNotSupported }
        return minor
    }

    /// RFC 9112 section 3.2: a path, an absolute URL, or `*` for OPTIONS.
    private static func isAddressable(_ target: ArraySlice<UInt8>, method: String) -> Bool {
        if target.first == UInt8(ascii: "/") { return true }
        if target.elementsEqual("*".utf8) { return method == "OPTIONS" }
        let text = String(decoding: target, as: UTF8.self).lowercased()
        return ["http://", "https://"].contains { text.hasPrefix($0) && text.utf8.count > $0.utf8.count }
    }
}

/// One header line.
enum HeaderField {
    static func parse(_ line: ArraySlice<UInt8>) throws(HTTPParseError) -> HTTPHeaders.Field {
        // A line that begins with white space would continue the previous one (obs-fold). It does not begin with a
        // token, so it is refused.
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), HTTPSyntax.isToken(line[..<colon]) else {
            throw .badRequest("malformed header name")
        }
        let value = HTTPSyntax.trimmed(line[line.index(after: colon)...])
        guard HTTPSyntax.isFieldValue(value) else { throw .badRequest("forbidden character in a header") }
        return HTTPHeaders.Field(
            name: String(decoding: line[..<colon].lazy.map(lowercase), as: UTF8.self),
            value: String(decoding: value, as: UTF8.self)
        )
    }

    private static func lowercase(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte + 32 : byte
    }
}

/// How the end of a request's body is found (RFC 9112 section 6.3).
enum BodyFraming: Equatable {
    case none
    case length(Int)
    case chunked

    static func of(_ request: HTTPRequest, limits: HTTPLimits) throws(HTTPParseError) -> BodyFraming {
        var hosts = 0
        var length: Int?
        var codings: [String] = []
        for field in request.headers.fields {
            switch field.name {
            case "host":
                hosts += 1
            case "content-length":
                guard length == nil, let value = HTTPSyntax.decimal(field.value.utf8) else {
                    throw .badRequest("bad Content-Length")
                }
                length = value
            case "transfer-encoding":
                codings.append(field.value.lowercased())
            default:
                continue
            }
        }
        guard hosts == 1 || (hosts == 0 && request.minorVersion == 0) else {
            throw .badRequest("exactly one Host is needed")
        }
        if !codings.isEmpty {
            guard length == nil, request.minorVersion >= 1, codings.count == 1 else {
                throw .badRequest("ambiguous body length")
            }
            guard codings == ["chunked"] else { throw .notImplemented }
            guard limits.acceptsChunkedBodies else { throw .lengthRequired }
            return .chunked
        }
        guard let length, length > 0 else { return .none }
        guard length <= limits.bodyBytes else { throw .bodyTooLarge }
        return .length(length)
    }
}
