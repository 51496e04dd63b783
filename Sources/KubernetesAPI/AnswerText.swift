import Foundation
import PullerCore

// What an answer says to people. It may come from an API server, a proxy, a token service or a router in between.
extension HTTPResponse {
    /// Characters that are shown of it.
    private static let longest = 300
    /// Bytes of a body that are looked at: more than is ever shown.
    private static let longestBody = 64 << 10

    /// What the body says, on one line, bounded, without secrets; empty when it says nothing.
    var said: String { shown(words) }

    /// ``said`` as the end of a message: a colon before it, or nothing.
    var saidAfterColon: String {
        let said = said
        return said.isEmpty ? "" : ": \(said)"
    }

    /// A text of this answer on one line, bounded, without secrets.
    ///
    /// They are looked for twice: in the text as it was sent, and where a line break stood in the place of a space.
    func shown(_ text: String) -> String {
        displayText(quoted(oneLine(quoted(text))), limit: Self.longest)
    }

    /// What the body says, as it says it. Of a success only what it says of an error, or the text of a page: anything
    /// else may be what was asked for, such as a token.
    var words: String {
        if let status = StatusObject(body) { return status.words }
        let text = bodyText
        if isMarkup(text) { return visibleText(ofMarkup: text) }
        let errors = errorTexts(in: body)
        if !errors.isEmpty { return errors.joined(separator: ": ") }
        guard !(200..<300).contains(head.status) else { return "" }
        return text.utf8.contains(0) ? "\(body.count) bytes that are not text" : text
    }

    /// The type of the body, without parameters; empty when it has none.
    var contentType: String {
        let field = head.headers["content-type"] ?? ""
        return shown(String(field.prefix { $0 != ";" })).lowercased()
    }

    /// What the body is, such as `text/html`.
    var bodyKind: String {
        if body.isEmpty { return "empty" }
        return contentType.isEmpty ? "of no named type" : contentType
    }

    /// Whether the body is a page, as a login or a gateway sends.
    var isPage: Bool {
        isMarkup(bodyText)
    }

    private var bodyText: String {
        guard body.count > Self.longestBody else { return String(decoding: body, as: UTF8.self).trimmed }
        let start = confidences.withoutCutEnd(Array(body.prefix(Self.longestBody)))
        return String(decoding: start, as: UTF8.self).trimmed
    }

    private func isMarkup(_ text: String) -> Bool {
        text.hasPrefix("<") || contentType.contains("html")
    }

    /// Where a redirect leads, as an absolute URL without what may be secret in it; `nil` if it does not say.
    var redirectTarget: String? {
        guard let location = head.headers["location"], !location.isEmpty else { return nil }
        let absolute = URL(string: location, relativeTo: URL(string: url))?.absoluteString
        return shown(shownURL(quoted(absolute ?? location)))
    }

    /// What is likely to help, when the answer shows that the address is wrong or a proxy wants a password; empty
    /// otherwise.
    var remedy: String {
        if head.status == 407 { return "; \(HTTPProxyText.wantsPassword)" }
        let text = words.lowercased()
        // The texts of Go, nginx and Apache.
        let isPlainHTTP =
            head.status == 400
            && [
                "http request to an https server", "plain http request was sent to https",
                "plain http to an ssl",
            ]
            .contains { text.contains($0) }
        return isPlainHTTP ? "; the server expects TLS: the URL should begin with https://" : ""
    }
}

extension StatusObject {
    /// What it says: its message, or else its causes, or its reason.
    var words: String {
        if let message, !message.isEmpty { return message }
        return causes.isEmpty ? reason ?? "" : causes
    }

    /// Its causes with their fields.
    var causes: String {
        (details?.causes ?? []).prefix(8).map { cause in
            [cause.field, cause.message].compactMap { $0 }.joined(separator: ": ")
        }.joined(separator: "; ")
    }
}

/// The texts by which a JSON object tells of an error, in the forms of OAuth (RFC 6749 section 5.2), JSON:API, Okta, AWS,
/// Spring, and most others; the same text once.
func errorTexts(in body: [UInt8]) -> [String] {
    guard let value = try? JSONSerialization.jsonObject(with: Data(body)) else { return [] }
    var texts: [String] = []
    for text in ErrorMembers.texts(in: value, depth: 0) where !texts.contains(text) && !text.isEmpty {
        texts.append(text)
    }
    return texts
}

private enum ErrorMembers {
    /// In this order they are shown.
    private static let names = [
        "error", "errorCode", "error_description", "errorSummary", "errorMessage", "title", "message",
        "Message", "msg", "description", "detail", "details", "reason", "errors", "errorCauses",
    ]

    static func texts(in value: Any, depth: Int) -> [String] {
        switch value {
        // No provider nests an error deeper.
        case _ where depth > 4: []
        case let text as String: depth == 0 ? [] : [text]
        case let list as [Any]: list.prefix(3).flatMap { texts(in: $0, depth: depth + 1) }
        case let object as [String: Any]:
            names.compactMap { object[$0] }.flatMap { texts(in: $0, depth: depth + 1) }
        default: []
        }
    }
}
