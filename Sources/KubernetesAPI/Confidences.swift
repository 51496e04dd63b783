import PullerCore

/// What a request carries in confidence. A server may repeat it in its answer (a refused password in an error
/// message, a token in the address of a login page), and what a server says ends up in logs: here, and nowhere else,
/// it is taken out of such texts.
struct Confidences: Sendable {
    /// Bytes of a text that are searched; the rest is dropped. It is more than is ever shown of it.
    private static let longest = 16 << 10

    private let secrets: [Secret]

    /// - Parameter secrets: As they are sent. Their forms in a URL, in an HTTP form, in JSON and in HTML are hidden, too.
    init(_ secrets: [Secret] = []) {
        self.secrets = secrets
    }

    /// These and those of another request.
    func adding(_ other: Confidences) -> Confidences {
        other.secrets.isEmpty ? self : Confidences(secrets + other.secrets)
    }

    /// The forms of those that a text of this length can have in it: an encoded form is no shorter than its secret.
    ///
    /// Longest first, so that none is hidden in part by another one. For most texts there are none: a token is longer.
    private func texts(upTo length: Int) -> [[UInt8]] {
        let forms = secrets.map { $0.reveal() }.filter { $0.utf8.count <= length }.flatMap {
            [
                $0, percentEncoded($0), formEncoded($0), jsonEscaped($0),
                jsonEscaped($0).replacing("/", with: "\\/"),
            ]
                + [htmlEscaped($0, quote: "&#39;"), htmlEscaped($0, quote: "&#x27;")]
        }
        return Set(forms).filter { !$0.isEmpty }.sorted { ($0.utf8.count, $0) > ($1.utf8.count, $1) }
            .map { Array($0.utf8) }
    }

    /// The text without them.
    func hidden(in text: String) -> String {
        let texts = texts(upTo: text.utf8.count)
        guard !texts.isEmpty else { return text }
        // Bytes and not characters: an accent after a secret would make its last letter another character.
        let start = Array(text.utf8.prefix(Self.longest))
        let shown = texts.reduce(start) { $0.replacing($1, with: Array("<redacted>".utf8)) }
        // At the cut, a part of a secret may be left: shown could be little before it.
        let uncertain = text.utf8.count > Self.longest ? texts.first?.count ?? 0 : 0
        return String(decoding: shown.dropLast(uncertain), as: UTF8.self)
    }
}

extension Confidences {
    /// The DaemonSet with secrets removed from the texts that may be shown: a foreign owner label, and the
    /// finalizers that block its deletion.
    func hidden(in observed: ObservedDaemonSet) -> ObservedDaemonSet {
        var observed = observed
        if let owner = observed.labels[MetadataKey.installation] {
            observed.labels[MetadataKey.installation] = hidden(inCut: owner)
        }
        observed.finalizers = observed.finalizers.map { hidden(inCut: $0) }
        return observed
    }

    /// The pod with secrets removed from its texts.
    func hidden(in pod: ObservedPod) -> ObservedPod {
        secrets.isEmpty ? pod : pod.mapTexts { hidden(inCut: $0, at: $1) }
    }

    /// The same for a text that was cut when it was read, as ``ObservedDaemonSet`` cuts its texts: its end may be the
    /// beginning of a secret.
    private func hidden(inCut text: String, at limit: Int = ObservedDaemonSet.longestText) -> String {
        let shown = hidden(in: text)
        guard text.utf8.count > limit - 4 else { return shown }
        return String(decoding: withoutCutEnd(Array(shown.utf8)), as: UTF8.self)
    }

    /// Bytes that were cut somewhere, without the beginning of a secret at their end.
    func withoutCutEnd(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
        let texts = texts(upTo: .max)
        let places = bytes.indices.suffix(texts.first?.count ?? 0)
        let start = places.first { start in texts.contains { $0.starts(with: bytes[start...]) } }
        return bytes[..<(start ?? bytes.endIndex)]
    }
}

/// Text as it stands in a JSON string.
private func jsonEscaped(_ text: String) -> String {
    text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
}

/// Text as it stands in HTML.
private func htmlEscaped(_ text: String, quote: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
        .replacing("\"", with: "&quot;").replacing("'", with: quote)
}

/// Text as the value of a form (`application/x-www-form-urlencoded`).
func formEncoded(_ text: String) -> String {
    percentEncoded(text).replacing("%20", with: "+")
}
