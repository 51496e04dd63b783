import PullerCore

/// What a reader sees of an HTML page (or of XML), without tags, scripts and styles: its title and its text.
///
/// - Parameter titleIsEnough: Whether the text is left out when there is a title.
func visibleText(ofMarkup page: String, titleIsEnough: Bool) -> String {
    let markup = Markup(Array(page.utf8))
    guard let range = markup.content(of: "title") else { return withCharacters(markup.withoutTags) }
    let title = oneLine(withCharacters(markup.part(range).withoutTags))
    if titleIsEnough, !title.isEmpty { return title }
    let text = oneLine(withCharacters(markup.part(0..<range.lowerBound, and: range.upperBound).withoutTags))
    return joined(withoutRepeated([title, text]))
}

/// Bytes with tags in them. Nothing here is a parser: pages of gateways and logins are as bad as any.
private struct Markup {
    private let bytes: [UInt8]
    /// The same with small letters: names of tags may have large ones.
    private let lower: [UInt8]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        lower = bytes.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 + 32 : $0 }
    }

    /// Where that is which is between the first tag of this name and its end tag.
    func content(of name: String) -> Range<Int>? {
        guard let tag = place(of: "<\(name)", from: 0), let start = place(of: ">", from: tag),
            let end = place(of: "</\(name)", from: start)
        else { return nil }
        return (start + 1)..<end
    }

    func part(_ range: Range<Int>) -> Markup { Markup(Array(bytes[range])) }

    /// A part, and all from a place on.
    func part(_ range: Range<Int>, and rest: Int) -> Markup { Markup(Array(bytes[range] + bytes[rest...])) }

    /// Tags within a line, and within a word: a space in their place would tear it apart.
    private static let inline: Set = [
        "a", "b", "code", "em", "font", "i", "mark", "small", "span", "strong", "tt", "u", "wbr",
    ]

    /// The text with a space in the place of each tag that ends a line or a cell.
    var withoutTags: String {
        var text: [UInt8] = []
        var position = 0
        while position < bytes.count {
            guard isTag(at: position) else {
                text.append(bytes[position])
                position += 1
                continue
            }
            if !Self.inline.contains(name(ofTagAt: position)) { text.append(UInt8(ascii: " ")) }
            position = end(ofTagAt: position)
        }
        return String(decoding: text, as: UTF8.self)
    }

    private func isTag(at position: Int) -> Bool {
        guard bytes[position] == UInt8(ascii: "<"), position + 1 < bytes.count else { return false }
        let next = lower[position + 1]
        return (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(next) || "/!?".utf8.contains(next)
    }

    private func name(ofTagAt position: Int) -> String {
        let start = lower[(position + 1)...].drop { $0 == UInt8(ascii: "/") }
        let letters = start.prefix { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
        return String(decoding: letters.prefix(8), as: UTF8.self)
    }

    /// Where a tag ends, together with what it hides: a comment, a script, a style.
    private func end(ofTagAt position: Int) -> Int {
        for (start, end) in [("<!--", "-->"), ("<script", "</script"), ("<style", "</style")]
        where starts(start, at: position) {
            guard let end = place(of: end, from: position + start.utf8.count) else { return bytes.count }
            return place(of: ">", from: end).map { $0 + 1 } ?? bytes.count
        }
        return place(of: ">", from: position).map { $0 + 1 } ?? bytes.count
    }

    private func starts(_ text: String, at position: Int) -> Bool {
        lower[position...].starts(with: text.utf8)
    }

    private func place(of text: String, from start: Int) -> Int? {
        guard let first = text.utf8.first else { return nil }
        return lower[start...].indices.first { lower[$0] == first && starts(text, at: $0) }
    }
}

/// The text with the characters that its references (`&amp;`, `&#39;`) stand for.
private func withCharacters(_ text: String) -> String {
    let names = ["amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": " "]
    return text.replacing(/&(#[xX][0-9A-Fa-f]{1,6}|#[0-9]{1,7}|[A-Za-z]{1,8});/) { match in
        let reference = match.output.1
        guard reference.first == "#" else {
            return names[reference.lowercased()] ?? String(match.output.0)
        }
        let digits = reference.dropFirst()
        let isHexadecimal = digits.first.map { "xX".contains($0) } ?? false
        let number = isHexadecimal ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
        return number.flatMap { Unicode.Scalar($0) }.map { String($0) } ?? String(match.output.0)
    }
}
