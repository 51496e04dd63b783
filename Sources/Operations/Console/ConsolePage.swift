import PullerCore

/// The status page: one file that needs nothing else.
public struct ConsolePage: Sendable {
    /// The file.
    let html: [UInt8]
    /// The Content-Security-Policy, which lets a browser run the file's own script and style and nothing else, and talk to
    /// this server only.
    let policy: String

    /// A page. Its script and style elements are without attributes.
    public init(html: [UInt8]) {
        self.html = html
        func sources(_ element: String) -> String {
            let hashes = Self.contents(of: element, in: html).map {
                "'sha256-\(base64Encoded(sha256($0)))'"
            }
            return hashes.isEmpty ? "'none'" : hashes.joined(separator: " ")
        }
        policy = [
            "default-src 'none'", "script-src \(sources("script"))", "style-src \(sources("style"))",
            "connect-src 'self'", "img-src data:", "base-uri 'none'", "form-action 'none'",
            "frame-ancestors 'none'",
        ].joined(separator: "; ")
    }

    /// What stands in the elements of this name.
    private static func contents(of element: String, in html: [UInt8]) -> [[UInt8]] {
        let text = String(decoding: html, as: UTF8.self)
        return text.split(separator: "<\(element)>", omittingEmptySubsequences: false).dropFirst().map {
            rest in
            Array((rest.firstRange(of: "</\(element)>").map { rest[..<$0.lowerBound] } ?? rest).utf8)
        }
    }
}
