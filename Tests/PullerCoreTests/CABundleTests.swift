import Foundation
import PullerCore
import Testing

/// Each of these files was tried with OpenSSL 3.0's `X509_STORE_load_file`, by which libcurl loads it. Of one that is
/// refused, OpenSSL loads nothing, or not all that is in it.
@Suite("The CA bundle")
struct CABundleTests {
    private static let pem = Environments.certificate
    private static let lines = pem.split(separator: "\n").map(String.init)
    private static let body = Array(lines.dropFirst().dropLast())
    private static let begin = "-----BEGIN CERTIFICATE-----"
    private static let end = "-----END CERTIFICATE-----"
    private static let parameters =
        "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"

    private static let whole: [String] = [
        pem,
        pem + pem,
        pem.replacing("\n", with: "\r\n"),
        "\u{FEFF}" + pem,
        pem + "\u{FEFF}" + pem,
        String(pem.dropLast()),
        "# ours\nsubject: x\n\n\(pem)between\n\(pem)after",
        "see -----BEGIN CERTIFICATE-----\n\(pem)",
        "\(begin)\n\(body.joined())\n\(end)",
        "\(begin)\n\(body.joined(separator: " \n  "))\n\(end)",
        "\(begin)  \n\(body.joined(separator: "\n"))\n\(end) \t\n",
        "\(begin)\n\n\(body.joined(separator: "\n"))\n\(end)",
        labelled("X509 CERTIFICATE"),
        labelled("TRUSTED CERTIFICATE"),
        parameters + pem,
        pem + parameters,
        labelled("PKCS7") + pem,
    ]

    private static let broken: [(text: String, expected: String)] = [
        ("", "must name a file that is not empty"),
        ("    " + lines.joined(separator: "\n    "), "at the start of its line: line 1 is indented"),
        ("\(pem) \(pem)", "at the start of its line: line 10 is indented"),
        (
            lines.joined(separator: " "),
            "must have line breaks around -----BEGIN CERTIFICATE-----: line 1 has more"
        ),
        (lines.joined(), "must have line breaks around -----BEGIN CERTIFICATE-----: line 1 has more"),
        (
            lines.joined(separator: #"\n"#),
            "must have line breaks around -----BEGIN CERTIFICATE-----: line 1 has more"
        ),
        (
            lines.joined(separator: "\r"),
            "must have line breaks around -----BEGIN CERTIFICATE-----: line 1 has more"
        ),
        ("ca.crt: \(pem)", "must have -----BEGIN CERTIFICATE----- on a line of its own: line 1 has more"),
        (with("", in: end), "must have -----END CERTIFICATE----- for the block that starts in line 1"),
        ("\(pem)\(begin)\n\(body[0])\n\(pem)", "that starts in line 10, before line 12"),
        (with("-----END KEY-----", in: end), "that starts in line 1: line 9 is another end"),
        (with("\(end) x", in: end), "that starts in line 1: line 9 is another end"),
        (with(" \(end)", in: end), "at the start of its line: line 9 has something before it"),
        (pem + with("!", in: body[3]), "must have only base64 in its blocks: line 14 is damaged"),
        (
            pem + with("", in: "\(body[3])\n"),
            "must have whole certificates: the one that starts in line 10 is damaged"
        ),
        (with("AAAA", in: String(body[0].prefix(4))), "the one that starts in line 1 is damaged"),
        (with(end, in: "\n\(end)"), "at the start of its line: line 8 has something before it"),
        ("\(begin)\nMIIB\n\(end)", "the one that starts in line 1 is damaged"),
        ("\(begin)\n\(end)", "must have only base64 in its blocks: the one that starts in line 1 is damaged"),
        (with("\n\(body[4])", in: body[4]), "must have only base64 in its blocks: line 6 is damaged"),
        (pem + with(String(body[2].dropLast()), in: body[2]), "base64 in its blocks: line 13 is damaged"),
        (
            pem
                + "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk=\n-----END OPENSSH PRIVATE KEY-----\n",
            "the OPENSSH PRIVATE KEY that starts in line 10 is damaged"
        ),
        (with("\n\n\(body[0])", in: body[0]), "must have no empty line within a block: line 3"),
        (with("\(begin)\nName: x\n", in: begin), "must have only base64 in its blocks: line 2 is damaged"),
        (parameters, "this one has only EC PARAMETERS"),
        (
            parameters.replacing("Bggq", with: "!!!!") + pem,
            "must have only base64 in its blocks: line 2 is damaged"
        ),
        (labelled("PKCS7"), "this one has only PKCS7"),
        (
            pem + labelled("X509 CRL").replacing("MII", with: "AAA"),
            "the X509 CRL that starts in line 10 is damaged"
        ),
        ("\(pem)\u{FEFF}\(begin)\nMIIB\n\(end)", "the one that starts in line 10 is damaged"),
        // Deep within, the length of an element.
        (with("/1UEAwwE", in: "A1UEAwwE"), "the one that starts in line 1 is damaged"),
        ("<html>not found</html>", "must name a PEM file: no line is -----BEGIN CERTIFICATE-----"),
        (pem.replacing("-----", with: "----"), "must name a PEM file: no line is"),
    ]

    private static func labelled(_ label: String) -> String { pem.replacing("CERTIFICATE", with: label) }

    private static func with(_ text: String, in part: String) -> String { pem.replacing(part, with: text) }

    @Test(
        "what OpenSSL loads is accepted",
        arguments: whole
    )
    func accepted(text: String) {
        #expect(problems(Environments.fleet, ["CA_BUNDLE_FILE": "/ca.pem"], files: ["/ca.pem": text]) == [])
    }

    @Test(
        "what OpenSSL does not load is a problem that names the line and the remedy",
        arguments: broken
    )
    func refused(text: String, expected: String) {
        let found = problems(Environments.fleet, ["CA_BUNDLE_FILE": "/ca.pem"], files: ["/ca.pem": text])
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix(#"CA_BUNDLE_FILE="/ca.pem": must "#) == true, "\(found)")
        #expect(found.first?.contains(expected) == true, "\(found)")
    }

    @Test("a certificate in DER is told how to convert it, and text in another encoding does not matter")
    func bytes() throws {
        #expect(
            problem(with: Self.der)
                == #"CA_BUNDLE_FILE="/ca.pem": must name a PEM file, and this one is DER: convert it with openssl x509 -inform der -in FILE"#
        )
        #expect(problem(with: [UInt8(ascii: "#"), 0xF6, UInt8(ascii: "\n")] + Array(Self.pem.utf8)) == nil)
        let utf16: [UInt8] = [0xFF, 0xFE] + Self.pem.utf8.flatMap { (byte: UInt8) -> [UInt8] in [byte, 0] }
        #expect(
            problem(with: utf16)?.hasSuffix("must name a PEM file in ASCII or UTF-8, not in UTF-16") == true
        )
    }

    @Test("the pod's own bundle is checked in the same way")
    func inPod() {
        var files = Environments.podFiles
        files["/var/run/secrets/kubernetes.io/serviceaccount/ca.crt"] = " " + Self.pem
        #expect(problems(Environments.pod, files: files).count == 1)
    }

    private func problem(with bytes: [UInt8]) -> String? {
        let environment = Environments.fleet.merging(["CA_BUNDLE_FILE": "/ca.pem"]) { $1 }
        let result = Configuration.parse(environment: environment) { _ in throw NotText(bytes: bytes) }
        guard case .failure(let found) = result else { return nil }
        return found.description
    }

    /// The same certificate.
    private static let der = Array(Data(base64Encoded: body.joined()) ?? Data())
}
