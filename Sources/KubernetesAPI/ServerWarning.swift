import PullerCore

extension HTTPResponseHead {
    /// The texts of the server's warnings (`Warning: 299 - "text"`, RFC 7234 section 5.5), as API servers send them
    /// for deprecated fields and for pods that Pod Security will refuse.
    var warnings: [String] {
        guard let field = headers["warning"] else { return [] }
        var warnings: [String] = []
        var code = ""
        var quoted: String?
        var isEscaped = false
        var hasText = false
        for character in field {
            switch (quoted, character) {
            case (.some, _) where isEscaped:
                quoted?.append(character)
                isEscaped = false
            case (.some, "\\"):
                isEscaped = true
            case (.some(let text), "\""):
                // Other codes are about caches; a second quoted text is the warning's date.
                if code.trimmed.hasPrefix("299 "), !hasText { warnings.append(text) }
                hasText = true
                quoted = nil
            case (.some, _):
                quoted?.append(character)
            case (nil, "\""):
                quoted = ""
            case (nil, ","):
                code = ""
                hasText = false
            case (nil, _):
                code.append(character)
            }
        }
        return warnings
    }
}
