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
        let isSuccess = (200..<300).contains(head.status)
        if isMarkup(text) { return visibleText(ofMarkup: text, titleIsEnough: isSuccess) }
        let errors = errorTexts(in: body)
        if !errors.isEmpty { return joined(errors) }
        guard !isSuccess else { return "" }
        if text.isEmpty { return head.challenge }
        return text.utf8.contains(0) ? "\(body.count) bytes that are not text" : text
    }

    /// The type of the body, without parameters; empty when it has none.
    var contentType: String {
        let field = head.headers["content-type"] ?? ""
        return shown(String(field.prefix { $0 != ";" })).lowercased()
    }

    /// What the body is instead of what was asked for, such as `text/html`.
    var bodyKind: String {
        if body.isEmpty { return "empty" }
        if let coding = head.headers["content-encoding"], coding.lowercased() != "identity" {
            return "compressed (\(shown(coding))), which was not asked for"
        }
        guard contentType.contains("json") else {
            return contentType.isEmpty ? "of no named type" : contentType
        }
        let value = try? JSONSerialization.jsonObject(with: Data(body), options: .fragmentsAllowed)
        return value == nil ? "\(contentType) that cannot be parsed" : "other JSON"
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
        // What has a secret is not made absolute: URL would encode a part of it, and it would not be found any more.
        let hidden = quoted(location)
        guard hidden == location else { return shown(shownURL(hidden)) }
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
/// Spring, and most others. One that another repeats is left out.
func errorTexts(in body: [UInt8]) -> [String] {
    guard let value = try? JSONSerialization.jsonObject(with: Data(body)) else { return [] }
    return withoutRepeated(ErrorMembers.texts(in: value, depth: 0))
}

/// Texts without those that another one repeats, in whichever case: all of a text of some length, or a short one as its
/// first words.
func withoutRepeated(_ texts: [String]) -> [String] {
    let lower = texts.map { oneLine($0).lowercased() }
    func repeats(_ other: String, _ text: String) -> Bool {
        if text.count >= 8 { return other.contains(text) }
        let rest = other.dropFirst(text.count)
        return other.hasPrefix(text) && rest.first.map { $0.isLetter || $0.isNumber } == false
    }
    return texts.indices.filter { index in
        let text = lower[index]
        return !text.isEmpty
            && !lower.indices.contains { other in
                lower[other] == text ? other < index : repeats(lower[other], text)
            }
    }.map { texts[$0] }
}

/// Texts as one, with colons between them, unless a sentence ends there.
func joined(_ texts: [String]) -> String {
    texts.reduce("") { all, text in
        guard let last = all.last else { return text.trimmed }
        return all + (".:!?".contains(last) ? " " : ": ") + text.trimmed
    }
}

extension HTTPResponseHead {
    /// What a `WWW-Authenticate` says of an error (RFC 6750 section 3); empty when it says nothing.
    var challenge: String {
        let field = headers["www-authenticate"] ?? ""
        let names = ["error", "error_description"]
        return joined(
            withoutRepeated(
                names.compactMap { name in
                    field.firstRange(of: "\(name)=\"").map { start in
                        String(field[start.upperBound...].prefix { $0 != "\"" })
                    }
                }
            )
        )
    }
}

private enum ErrorMembers {
    /// In this order they are shown.
    private static let names = [
        "error", "errorCode", "error_description", "errorDescription", "errorSummary", "errorMessage",
        "error_message", "fault", "faultstring", "title", "message", "Message", "msg", "description",
        "detail", "details", "reason", "errors", "errorCauses",
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
