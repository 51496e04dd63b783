/// One image with its name and its options, as `IMAGES` and `IMAGES_FILE` write it:
/// `<name>=<image> <option>=<value> ...`.
enum ImageItem {
    /// - Parameters:
    ///   - item: Without white space at its ends; not empty.
    ///   - resources: What the image has if nothing else is given for it.
    static func read(_ item: String, resources: ContainerResources) throws(Expected) -> CachedImage {
        try checkStart(item)
        let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(\.trimmed)
        let name = parts[0]
        let (image, options) = try split(parts[1])
        guard !name.isEmpty else { throw Expected("must have a name before the =") }
        guard isDNSLabel(name) else {
            throw Expected(
                "must have a name of lower-case letters, digits and '-', at most 63, letters or digits at both ends, "
                    + "not \"\(displayText(name, limit: 80))\""
            )
        }
        return CachedImage(
            name: name,
            image: try ImageReference(image),
            options: try ImageOptions(words: options, resources: resources)
        )
    }

    /// What another format has at the beginning of an item, or between a name and its image.
    private static func checkStart(_ item: String) throws(Expected) {
        guard !item.hasPrefix("\""), !item.hasPrefix("'") else { throw Expected("must not have quotes") }
        guard !item.hasPrefix("- ") else {
            throw Expected("must be <name>=<image>, without the \"- \" of a YAML list")
        }
        guard !item.contains("=") else { return }
        let name = item.split(whereSeparator: { $0 == ":" || $0.isWhitespace }).first.map(String.init) ?? ""
        // An image without a name may have a colon, too, but no space after it.
        if item.dropFirst(name.count).trimmed.hasPrefix(":"), item.contains(where: \.isWhitespace) {
            throw Expected("must have = between name and image, not a colon as in YAML")
        }
        throw Expected("must be <name>=<image>" + example(for: item))
    }

    /// Divides what follows the name into the image and the options.
    private static func split(_ text: String) throws(Expected) -> (image: String, options: [Substring]) {
        guard let end = text.firstIndex(where: { $0 == "," || $0.isWhitespace }) else { return (text, []) }
        let rest = text[end...].trimmed
        if rest.hasPrefix(","), rest.contains("=") { throw separated(by: "a comma") }
        let words = words(of: rest)
        guard let first = words.first, !rest.hasPrefix(",") else { return (text, []) }
        let isOption = ImageOption.meant(by: first) != nil
        guard isOption || rest.contains("=") else { return (text, []) }
        guard isOption else { throw separated(by: "white space") }
        return (String(text[..<end]), words)
    }

    static func separated(by what: String) -> Expected {
        Expected("must be separated from the next item by ; and not by \(what)")
    }

    /// The words of a text: white space within the JSON of an option does not end one.
    private static func words(of text: String) -> [Substring] {
        var words: [Substring] = []
        var rest = text[...].withoutOuterSpace
        while !rest.isEmpty {
            let end = rest.firstOutsideJSON(where: isSpace) ?? rest.endIndex
            words.append(rest[..<end])
            rest = rest[end...].withoutOuterSpace
        }
        return words
    }

    /// How an image without a name could be written.
    private static func example(for image: String) -> String {
        guard (try? ImageReference(image)) != nil else { return "" }
        let path = image.prefix { $0 != "@" }.split(separator: "/").last ?? ""
        let name = path.prefix { $0 != ":" }.replacing("_", with: "-").replacing(".", with: "-")
        return isDNSLabel(name) ? ", such as \(name)=\(displayText(image, limit: 80))" : ""
    }
}

extension Substring {
    /// The first byte of this kind that is not within the JSON of an option: an object or a list that begins right
    /// after `<option>=`. In other places brackets are part of a word, such as the registry `[::1]:5000`.
    func firstOutsideJSON(where isWanted: (UInt8) -> Bool) -> Index? {
        var rest = utf8[...]
        var word: [UInt8] = []
        while let byte = rest.first {
            if isWanted(byte) { return rest.startIndex }
            rest.removeFirst()
            guard byte == UInt8(ascii: "="), let next = rest.first, next == 0x5B || next == 0x7B,
                ImageOption.takesJSON(word)
            else {
                if isSpace(byte) || byte == UInt8(ascii: ";") { word = [] } else { word.append(byte) }
                continue
            }
            rest.skipBrackets()
            word = []
        }
        return nil
    }
}

extension Substring.UTF8View.SubSequence {
    /// Drops the brackets at the front and what is in them, or all if they are not closed.
    fileprivate mutating func skipBrackets() {
        var depth = 0
        while let byte = popFirst() {
            switch byte {
            case UInt8(ascii: "\""):
                while let inner = popFirst(), inner != UInt8(ascii: "\"") {
                    if inner == UInt8(ascii: "\\") { _ = popFirst() }
                }
            case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                depth -= 1
                if depth <= 0 { return }
            default: break
            }
        }
    }
}
