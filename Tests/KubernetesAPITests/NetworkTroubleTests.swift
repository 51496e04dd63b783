import Foundation
import PullerCore
import Testing

@testable import KubernetesAPI

@Suite("An error text of libcurl")
struct NetworkTroubleTests {
    private func failure(_ text: String, _ code: Int = -1, isTLS: Bool = true, hiding: [Secret] = [])
        -> Failure
    {
        TransportDelegate.failure(
            NSError(domain: NSURLErrorDomain, code: code, userInfo: [NSLocalizedDescriptionKey: text]),
            url: URL(string: isTLS ? "https://certificates/x" : "http://certificates/x"),
            hiding: Confidences(hiding)
        )
    }

    @Test(
        "about a certificate is reported as an untrusted server, with a remedy",
        arguments: [
            ("SSL certificate problem: certificate has expired", "has expired"),
            ("SSL certificate problem: certificate is not yet valid", "is not yet valid"),
            (
                "SSL certificate problem: self-signed certificate",
                "set CA_BUNDLE_FILE to the CA that signed it"
            ),
            ("SSL certificate problem: self-signed certificate in certificate chain", "set CA_BUNDLE_FILE"),
            ("SSL certificate problem: unable to get local issuer certificate", "set CA_BUNDLE_FILE"),
            ("SSL: no alternative certificate subject name matches target host name 'x'", "for another host"),
            ("error adding trust anchors from file: /ca.pem", "check CA_BUNDLE_FILE"),
            ("error setting certificate file: /ca.pem", "check CA_BUNDLE_FILE"),
            ("SSL certificate problem: certificate revoked", "is not trusted"),
        ]
    )
    func untrusted(text: String, says: String) {
        let failure = failure(text)
        #expect(failure.reason == .untrusted)
        #expect(failure.message.contains(says))
        #expect(failure.message.hasSuffix("(\(text))"))
    }

    @Test(
        "about the network is explained, with a remedy",
        arguments: [
            (-1, true, "error:0A00010B:SSL routines::wrong version number", "should begin with http://"),
            (-1, true, "error:0A0000C6:SSL routines::packet length too long", "should begin with http://"),
            (-1, true, "error:0A000139:SSL routines::record layer failure", "should begin with http://"),
            (-1, true, "tlsv13 alert certificate required", "wants a client certificate"),
            (-1, false, "Empty reply from server", "should begin with https://"),
            (-1002, false, "Received HTTP/0.9 when not allowed", "is not HTTP; if it expects TLS"),
            (-1002, true, "Received HTTP/0.9 when not allowed", "what the server answers is not HTTP ("),
            (-1002, true, "Unsupported HTTP version in response", "what the server answers is not HTTP"),
            (-1, true, "CONNECT tunnel failed, response 407", "wants a user and a password"),
            (-1, true, "Received HTTP code 407 from proxy after CONNECT", "wants a user and a password"),
            (-1, true, "CONNECT tunnel failed, response 403", "refuses connections to this host"),
            (-1, true, "CONNECT tunnel failed, response 502", "cannot connect to this host"),
            (
                -1, true, "Could not resolve proxy: proxy.example.com",
                "of HTTPS_PROXY or ALL_PROXY has no address"
            ),
            (-1, false, "Could not resolve proxy: proxy.example.com", "of http_proxy or ALL_PROXY has no"),
            (-1, true, "User was rejected by the SOCKS5 server (1 1).", "is a SOCKS proxy, and it refuses"),
            (
                -1004, true, "Failed to connect to other port 443: Couldn't connect to server",
                "HTTPS_PROXY or ALL_PROXY cannot be reached"
            ),
            (
                -1004, true, "Failed to connect to certificates port 3128: Couldn't connect to server",
                "HTTPS_PROXY or ALL_PROXY cannot be reached"
            ),
            (-1003, true, "Could not resolve host: socks5.example.com", "the host name has no address"),
            (-1, true, "Recv failure: Connection reset by peer", "or on the way to it ("),
            (-1, true, "Empty reply from server", "closed the connection without an answer ("),
            (
                -1, true, "OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection to certificates:443",
                "ended during the TLS handshake"
            ),
            (-1, true, "error:0A000438:SSL routines::tlsv1 alert internal error", "the TLS handshake failed"),
            (-1, true, "error:0A000458:SSL routines::tlsv1 unrecognized name", "no host of this name"),
            (-1, true, "error:0A00014D:SSL routines::legacy sigalg disallowed", "other versions of TLS"),
            (-1, true, "Callback aborted", "in too many tiny pieces"),
            (-1, true, "transfer closed with 492 bytes remaining to read", "was cut off"),
            (-1, false, "Recv failure: Connection reset by peer", "should begin with https://"),
            (-1003, true, "Could not resolve host: certificate.example.org", "check the URL and the DNS"),
            (
                -1004, true, "Failed to connect to certificates port 443: Connection refused",
                "nothing listens"
            ),
        ]
    )
    func unreachable(code: Int, isTLS: Bool, text: String, says: String) {
        let failure = failure(text, code, isTLS: isTLS)
        #expect(failure.reason == .unreachable)
        #expect(failure.message.contains(says), "\(failure.message)")
        #expect(failure.message.hasSuffix("(\(text))"))
    }

    @Test("is shown as it is if nothing more is known")
    func plain() {
        #expect(failure("Out of memory").message == "Out of memory")
        #expect(failure("Out of memory").reason == .unreachable)
        #expect(failure("cancelled", -999).reason == .cancelled)
        #expect(failure("Operation timed out", -1001).reason == .timeout)
    }

    @Test(
        "leaves it open whether a request took effect if the answer is not HTTP, but not if the URL is wrong"
    )
    func sent() {
        #expect(failure("Received HTTP/0.9 when not allowed", -1002).leavesOpen)
        #expect(!failure("Protocol \"x\" not supported or disabled in libcurl", -1002).leavesOpen)
        #expect(!failure("URL using bad/illegal format or missing URL", -1000).leavesOpen)
    }

    @Test("is shown without the value of a proxy variable, and without its secret")
    func proxySecrets() {
        let value = "http://joe:pa/ss@proxy.example.com:3128"
        for text in ["Unsupported proxy syntax in '\(value)'", "Unsupported proxy scheme for '\(value)'"] {
            let message = failure(text).message
            #expect(!message.contains("joe") && !message.contains("pa/ss"))
            #expect(message.contains("HTTPS_PROXY"))
        }
        let resolved = failure("Could not resolve proxy: joe", hiding: [Secret("joe"), Secret("pa/ss")])
        #expect(resolved.message.hasSuffix("(Could not resolve proxy: <redacted>)"))
    }
}
