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
        } else if let proxy = HTTPProxyText.trouble(in: text, host: url?.host) {
            self.init(.unreachable, proxy)
        } else if isCertain, let explanation = first(Self.handshake) {
            self.init(.unreachable, explanation)
        } else if isCertain, let explanation = first(Self.certificates) {
            self.init(.untrusted, explanation)
        } else if !isTLS, let explanation = first(Self.plain) {
            self.init(.unreachable, explanation)
        } else {
            self.init(.unreachable, first(Self.roads) ?? "")
        }
    }

    private init(_ reason: FailureReason, _ explanation: String) {
        self.reason = reason
        self.explanation = explanation
    }

    private static let plainServer =
        "the server does not speak TLS on this port, but plain HTTP, perhaps: then the URL should begin with http://"
    private static let unknownAuthority =
        "the server's certificate is signed by an unknown authority: set CA_BUNDLE_FILE to the CA that signed it"

    private static let handshake = [
        ("wrong version number", plainServer), ("packet length too long", plainServer),
        ("unknown protocol", plainServer), ("record layer failure", plainServer),
        ("unexpected tls packet", plainServer), ("http request", plainServer),
        ("certificate required", "the server wants a client certificate, and the puller has none"),
        ("alert bad certificate", "the server wants a client certificate, and the puller has none"),
        ("handshake failure", "the server refuses the TLS handshake"),
        ("alert protocol version", "the server speaks other versions of TLS"),
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

    /// What a server that expects TLS does with plain HTTP.
    private static let plain = [
        ("empty reply", "if the server expects TLS on this port, the URL should begin with https://"),
        ("connection reset", "if the server expects TLS on this port, the URL should begin with https://"),
        (
            "http/0.9",
            "the server does not speak plain HTTP; if it expects TLS, the URL should begin with https://"
        ),
    ]

    private static let roads = [
        ("could not resolve host", "the host name has no address: check the URL and the DNS"),
        ("connection refused", "nothing listens on that port, or a firewall is in between"),
        ("couldn't connect to server", "nothing listens on that port, or a firewall is in between"),
    ]
}

/// What goes wrong with an HTTP proxy, as `HTTPS_PROXY` and its kin name one.
enum HTTPProxyText {
    /// It wants a password, or another one.
    static let wantsPassword =
        "the HTTP proxy wants a user and a password: http://USER:PASSWORD@HOST:PORT in HTTPS_PROXY (http_proxy for http:// URLs)"

    /// What libcurl's text in small letters says of a proxy; `nil` for nothing.
    ///
    /// - Parameter host: The host of the URL, of which libcurl drops a final dot: it connects to another one only where
    ///   that is a proxy.
    static func trouble(in text: String, host: String?) -> String? {
        if let host, let match = text.firstMatch(of: /failed to connect to ([^ ]+) port/),
            match.output.1 != host.lowercased(), match.output.1 + "." != host.lowercased()
        {
            return "the HTTP proxy of HTTPS_PROXY cannot be reached"
        }
        if text.contains("could not resolve proxy") {
            return "the host of the HTTP proxy has no address: check HTTPS_PROXY and its kin"
        }
        // Both texts of libcurl: before 7.87 and since.
        guard
            let match = text.firstMatch(of: /connect tunnel failed, response ([0-9]{3})/)
                ?? text.firstMatch(of: /http code ([0-9]{3}) from proxy/)
        else {
            return text.contains("proxy connect aborted")
                ? "the HTTP proxy of HTTPS_PROXY broke the connection" : nil
        }
        switch match.output.1 {
        case "407": return wantsPassword
        case "403":
            return "the HTTP proxy of HTTPS_PROXY refuses connections to this host: it may need NO_PROXY"
        default: return "the HTTP proxy of HTTPS_PROXY cannot connect to this host"
        }
    }
}
