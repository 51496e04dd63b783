/// What a reader sees in place of a secret.
let redacted = "<redacted>"

/// Text of unknown origin as one line that is safe to print: control characters, line breaks and invisible
/// characters are escaped, and what is too long is cut and marked with `…`.
///
/// Quotes and backslashes stay as they are, so that text can pass through here twice unharmed.
///
/// - Parameter limit: Most characters that are shown.
public func displayText(_ text: String, limit: Int = 120) -> String {
    // Nearly all text is printable ASCII, and each line of the log comes through here several times.
    if text.utf8.count <= limit, text.utf8.allSatisfy({ 0x20 <= $0 && $0 < 0x7F }) { return text }
    var shown = ""
    for (index, scalar) in text.unicodeScalars.enumerated() {
        guard index < limit else { return shown + "…" }
        switch scalar {
        case "\n": shown += "\\n"
        case "\r": shown += "\\r"
        case "\t": shown += "\\t"
        default:
            if isInvisible(scalar) {
                shown += "\\u{" + String(scalar.value, radix: 16) + "}"
            } else {
                shown.unicodeScalars.append(scalar)
            }
        }
    }
    return shown
}

/// A text of several lines as one: each run of white space, line breaks included, becomes one space, and none is left at
/// the ends.
public func oneLine(_ text: String) -> String {
    let words = text.unicodeScalars.split { $0.properties.isWhitespace }
    return words.map { String($0) }.joined(separator: " ")
}

/// Whether a terminal would act on the character or show nothing: escape sequences, text that runs backwards.
private func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: true
    default: false
    }
}

extension String {
    /// Whether a header can carry the text as a bearer token: printable ASCII characters and no spaces. RFC 6750 section
    /// 2.1 allows fewer, but what an issuer means by its tokens is its own affair.
    public var isBearerToken: Bool {
        !isEmpty && utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }
}

private func isControl(_ byte: UInt8) -> Bool { byte < 0x20 || byte == 0x7F }

extension StringProtocol {
    /// Whether an ASCII control character is in the text (line breaks are).
    public var hasControlCharacters: Bool {
        // Through the text's own storage: each byte that a generic view is asked for costs several calls, and every header
        // of every request is searched.
        utf8.withContiguousStorageIfAvailable { $0.contains(where: isControl) }
            ?? utf8.contains(where: isControl)
    }

    /// The text without white space and line breaks at its ends.
    public var trimmed: String {
        guard let start = firstIndex(where: { !$0.isWhitespace }),
            let end = lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(self[start...end])
    }
}
