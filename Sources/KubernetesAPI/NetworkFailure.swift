import Foundation
import PullerCore

/// What the texts of libcurl and OpenSSL mean, and what is likely to help. libcurl 7.88 to 8.x and OpenSSL 3 were looked at.
struct NetworkTrouble {
    var reason: FailureReason
    /// What is wrong and what helps; empty when libcurl's text says it all.
    var explanation: String
    /// Whether libcurl's text may be shown: it may repeat the setting of a proxy with its password.
    var showsText = true

    /// Reads libcurl's text, in which the name of a host can be anything.
    ///
    /// - Parameters:
    ///   - url: Where the request was to go.
    ///   - isCertain: Whether URLSession knows no cause of its own: only then the text can be about TLS.
    init(_ text: String, url: URL?, isCertain: Bool) {
        let text = text.lowercased()
        let isTLS = url?.scheme?.lowercased() == "https"
        func first(_ table: [(String, String)]) -> String? { table.first { text.contains($0.0) }?.1 }

        if text.contains("unsupported proxy") {
            self.init(
                .unreachable,
                "HTTPS_PROXY, or another variable for a proxy, has a value that libcurl cannot use"
            )
            showsText = false
        } else if let proxy = HTTPProxyText.trouble(in: text, url: url) {
            self.init(.unreachable, proxy)
        } else if isCertain, let explanation = first(Self.handshake) {
            self.init(.unreachable, explanation)
        } else if isCertain, let explanation = first(Self.certificates) {
            self.init(.untrusted, explanation)
        } else if let explanation = first(Self.noAnswers) {
            self.init(.unreachable, explanation + (isTLS ? "" : Self.perhapsTLS))
        } else {
            self.init(.unreachable, first(Self.roads) ?? (isCertain ? first(Self.otherTLS) : nil) ?? "")
        }
    }

    /// What an answer is that libcurl does not take for HTTP; `nil` when its text is about anything else.
    static func notHTTP(_ text: String, url: URL?) -> String? {
        let text = text.lowercased()
        guard noHTTP.contains(where: { text.contains($0) }) else { return nil }
        let isTLS = url?.scheme?.lowercased() == "https"
        return "what the server answers is not HTTP" + (isTLS ? "" : perhapsTLS)
    }

    private init(_ reason: FailureReason, _ explanation: String) {
        self.reason = reason
        self.explanation = explanation
    }

    private static let plainServer =
        "the server does not speak TLS on this port, but plain HTTP, perhaps: then the URL should begin with http://"
    private static let otherVersions = "the server speaks other versions of TLS, or has other ciphers"
    private static let unknownAuthority =
        "the server's certificate is signed by an unknown authority: set CA_BUNDLE_FILE to the CA that signed it"

    private static let handshake = [
        // Before all others, as this text holds the name of the host.
        (
            "ssl_error_syscall",
            "the connection ended during the TLS handshake: the server does not speak TLS on this port, or a "
                + "firewall is in between"
        ),
        ("wrong version number", plainServer), ("packet length too long", plainServer),
        ("unknown protocol", plainServer), ("record layer failure", plainServer),
        ("unexpected tls packet", plainServer), ("http request", plainServer),
        ("certificate required", "the server wants a client certificate, and the puller has none"),
        ("alert bad certificate", "the server wants a client certificate, and the puller has none"),
        ("handshake failure", "the server refuses the TLS handshake"),
        ("alert protocol version", otherVersions), ("unsupported protocol", otherVersions),
        ("legacy sigalg", otherVersions), ("insufficient security", otherVersions),
        ("unrecognized name", "the server has no host of this name: check the URL"),
    ]

    private static let certificates = [
        ("trust anchors", "the CA bundle cannot be used: check CA_BUNDLE_FILE"),
        ("certificate verify locations", "the CA bundle cannot be used: check CA_BUNDLE_FILE"),
        ("certificate file", "the CA bundle cannot be used: check CA_BUNDLE_FILE"),
        ("ssl ca cert", "the CA bundle cannot be used: check CA_BUNDLE_FILE"),
        ("certificate has expired", "the server's certificate has expired, or this machine's clock is wrong"),
        ("not yet valid", "the server's certificate is not yet valid, or this machine's clock is wrong"),
        (
            "subject name",
            "the server's certificate is for another host: the URL needs a name that is in the certificate"
        ),
        ("unable to get", unknownAuthority), ("self-signed", unknownAuthority),
        ("self signed", unknownAuthority),
        ("certificate", "the server's certificate is not trusted"),
    ]

    /// What else a server that expects TLS may do with plain HTTP.
    private static let noAnswers = [
        ("empty reply", "the server closed the connection without an answer"),
        ("connection reset", "the connection was broken, by the server or on the way to it"),
    ]
    private static let noHTTP = ["received http/0.9", "unsupported http version", "unsupported http/"]
    private static let perhapsTLS = "; if it expects TLS on this port, the URL should begin with https://"

    private static let roads = [
        ("could not resolve host", "the host name has no address: check the URL and the DNS"),
        ("connection refused", "nothing listens on that port, or a firewall is in between"),
        ("couldn't connect to server", "nothing listens on that port, or a firewall is in between"),
        ("transfer closed", "the answer was cut off"),
        ("callback aborted", "the answer came in too many tiny pieces, or holds much that is no body"),
        ("failed writing header", "the answer has headers or trailers that cannot be taken"),
        ("failure when receiving data", "the answer was cut off, or larger than any right one"),
    ]

    private static let otherTLS = [("ssl routines", "the TLS handshake failed")]
}

/// What goes wrong with an HTTP proxy, as `HTTPS_PROXY` and its kin name one.
enum HTTPProxyText {
    /// It wants a password, or another one.
    static let wantsPassword =
        "the HTTP proxy wants a user and a password: http://USER:PASSWORD@HOST:PORT in HTTPS_PROXY (http_proxy for http:// URLs)"

    /// What libcurl's text in small letters says of a proxy; `nil` for nothing.
    ///
    /// - Parameter url: Where the request was to go. libcurl drops a final dot of its host, and connects to another host or
    ///   port only where that is a proxy.
    static func trouble(in text: String, url: URL?) -> String? {
        let isTLS = url?.scheme?.lowercased() == "https"
        let proxy = "the HTTP proxy of \(isTLS ? "HTTPS_PROXY" : "http_proxy") or ALL_PROXY"
        if let host = url?.host?.lowercased(),
            let match = text.firstMatch(of: /failed to connect to ([^ ]+) port ([0-9]+)/),
            (match.output.1 != host && match.output.1 + "." != host)
                || match.output.2 != "\(url?.port ?? (isTLS ? 443 : 80))"
        {
            return "\(proxy) cannot be reached"
        }
        if text.contains("could not resolve proxy") {
            return "the host of \(proxy) has no address: check that variable and the DNS"
        }
        if text.contains(/socks[45]a? (server|connection|response|reply|request)/) {
            return "\(proxy) is a SOCKS proxy, and it refuses the connection"
        }
        // Both texts of libcurl: before 7.87 and since.
        guard
            let match = text.firstMatch(of: /connect tunnel failed, response ([0-9]{3})/)
                ?? text.firstMatch(of: /http code ([0-9]{3}) from proxy/)
        else {
            return text.contains("proxy connect aborted") ? "\(proxy) broke the connection" : nil
        }
        switch match.output.1 {
        case "407": return wantsPassword
        case "403": return "\(proxy) refuses connections to this host: it may need NO_PROXY"
        default: return "\(proxy) cannot connect to this host"
        }
    }
}
