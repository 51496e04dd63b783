import Glibc

/// Writes the head of an answer as bytes.
enum ResponseHead {
    static func append(
        _ response: HTTPResponse,
        framing: HTTPFraming?,
        closes: Bool,
        date: [UInt8],
        to output: inout [UInt8]
    ) {
        output.append(contentsOf: "HTTP/1.1 ".utf8)
        appendDecimal(response.status, to: &output)
        output.append(0x20)
        output.append(contentsOf: phrase(response.status).utf8)
        output.append(contentsOf: "\r\n".utf8)
        var hasDate = false
        for field in response.headers.fields where !isOwnedByServer(field.name) {
            hasDate = hasDate || field.name == "date"
            appendField(field.name, field.value, to: &output)
        }
        if !hasDate {
            output.append(contentsOf: "date: ".utf8)
            output.append(contentsOf: date)
            output.append(contentsOf: "\r\n".utf8)
        }
        switch framing {
        case .chunked: appendField("transfer-encoding", "chunked", to: &output)
        case .length(let length):
            output.append(contentsOf: "content-length: ".utf8)
            appendDecimal(length, to: &output)
            output.append(contentsOf: "\r\n".utf8)
        case .untilClose, nil: break
        }
        if closes { appendField("connection", "close", to: &output) }
        output.append(contentsOf: "\r\n".utf8)
    }

    private static func isOwnedByServer(_ name: String) -> Bool {
        name == "content-length" || name == "transfer-encoding" || name == "connection"
    }

    /// A line break inside a value would start another field, so it is replaced by a space.
    private static func appendField(_ name: String, _ value: String, to output: inout [UInt8]) {
        output.append(contentsOf: name.utf8)
        output.append(contentsOf: ": ".utf8)
        for byte in value.utf8 { output.append(byte == 0x0D || byte == 0x0A || byte == 0 ? 0x20 : byte) }
        output.append(contentsOf: "\r\n".utf8)
    }

    static func appendDecimal(_ number: Int, to output: inout [UInt8]) {
        output.append(contentsOf: String(number).utf8)
    }

    /// The reason phrase (RFC 9110 section 15); clients ignore it.
    static func phrase(_ status: Int) -> String {
        switch status {
        case 100: "Continue"
        case 200: "OK"
        case 201: "Created"
        case 202: "Accepted"
        case 204: "No Content"
        case 301: "Moved Permanently"
        case 304: "Not Modified"
        case 307: "Temporary Redirect"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 410: "Gone"
        case 411: "Length Required"
        case 413: "Content Too Large"
        case 414: "URI Too Long"
        case 415: "Unsupported Media Type"
        case 422: "Unprocessable Content"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        case 505: "HTTP Version Not Supported"
        default: "Status"
        }
    }
}

/// Formats times for HTTP.
public enum HTTPDate {
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 section 5.6.7) from whole seconds since 1970.
    public static func text(secondsSince1970 seconds: Int) -> String {
        var time = tm()
        var moment = time_t(seconds)
        gmtime_r(&moment, &time)
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let day = days[((seconds / 86_400) % 7 + 7) % 7]
        return "\(day), \(two(time.tm_mday)) \(months[Int(time.tm_mon)]) \(time.tm_year + 1900) "
            + "\(two(time.tm_hour)):\(two(time.tm_min)):\(two(time.tm_sec)) GMT"
    }
}
