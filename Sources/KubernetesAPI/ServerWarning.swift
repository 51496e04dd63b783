extension HTTPResponseHead {
    /// The texts of the server's warnings (`Warning: 299 - "text"`, RFC 7234 section 5.5), as API servers send them
    /// for deprecated fields and for pods that Pod Security will refuse.
    var warnings: [String] {
        guard let field = headers["warning"] else { return [] }
        var warnings: [String] = []
        var text: String?
        var isEscaped = false
        for character in field {
            if isEscaped {
                text?.append(character)
                isEscaped = false
            } else if character == "\\", text != nil {
                isEscaped = true
            } else if character == "\"" {
                if let text { warnings.append(text) }
                text = text == nil ? "" : nil
            } else {
                text?.append(character)
            }
        }
        return warnings
    }
}
