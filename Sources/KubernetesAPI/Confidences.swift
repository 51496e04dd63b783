import PullerCore

/// What a request carries in confidence. A server may repeat it in its answer (a refused password in an error
/// message, a token in the address of a login page), and what a server says ends up in logs: here, and nowhere else,
/// it is taken out of such texts.
struct Confidences: Sendable {
    /// Bytes of a text that are searched; the rest is dropped. It is more than anybody is shown of it, so that no part
    /// of a secret can be left at the cut.
    private static let longest = 16 << 10

    private let secrets: [Secret]

    /// - Parameter secrets: As they are sent. Their forms in a URL and in an HTTP form are hidden, too.
    init(_ secrets: [Secret] = []) {
        self.secrets = secrets
    }

    /// Longest first, so that none is hidden in part by another one. Most requests never ask for them.
    private var texts: [String] {
        let forms = secrets.map { $0.reveal() }.flatMap { [$0, percentEncoded($0), formEncoded($0)] }
        return Set(forms).filter { !$0.isEmpty }.sorted { ($0.utf8.count, $0) > ($1.utf8.count, $1) }
    }

    /// The text without them.
    func hidden(in text: String) -> String {
        let isLong = text.utf8.count > Self.longest
        let start = isLong ? String(decoding: text.utf8.prefix(Self.longest), as: UTF8.self) : text
        return texts.reduce(start) { $0.contains($1) ? $0.replacing($1, with: "<redacted>") : $0 }
    }
}

/// Text as the value of a form (`application/x-www-form-urlencoded`).
func formEncoded(_ text: String) -> String {
    percentEncoded(text).replacing("%20", with: "+")
}
