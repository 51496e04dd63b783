/// The images of `IMAGES`, sorted by name: `<name>=<image>;...`, white space and line breaks around items, names and images
/// and a semicolon at the end do not count.
func parseImageList(_ text: String) throws(Expected) -> [CachedImage]? {
    let whole = text.trimmed
    guard !whole.hasPrefix("["), !whole.hasPrefix("{") else {
        throw Expected(
            "must be <name>=<image>;... and not JSON, such as java=quay.io/eclipse/che-java11-maven:nightly"
        )
    }
    var items = text.split(separator: ";", omittingEmptySubsequences: false).map(\.trimmed)
    if items.last == "" { items.removeLast() }
    guard !items.isEmpty else { return nil }

    var images: [CachedImage] = []
    var positions: [String: Int] = [:]
    var findings = Findings()
    for (position, item) in zip(1..., items) {
        guard !item.isEmpty else {
            findings.add("item \(position) must not be empty")
            continue
        }
        do throws(Expected) {
            let image = try readItem(item)
            if let first = positions[image.name] {
                throw Expected("must have another name than item \(first)")
            }
            positions[image.name] = position
            images.append(image)
        } catch {
            findings.add("item \(position) \"\(displayText(item, limit: 80))\" \(error.text)")
        }
    }
    if let summary = findings.summary { throw Expected(summary) }
    return images.sorted { $0.name < $1.name }
}

/// One image with its name.
private func readItem(_ item: String) throws(Expected) -> CachedImage {
    try checkSeparators(item)
    let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(\.trimmed)
    let name = parts[0]
    guard !name.isEmpty else { throw Expected("must have a name before the =") }
    guard isDNSLabel(name) else {
        throw Expected(
            "must have a name of lower-case letters, digits and '-', at most 63, letters or digits at both ends, "
                + "not \"\(displayText(name, limit: 80))\""
        )
    }
    return CachedImage(name: name, image: try ImageReference(parts[1]))
}

/// What another format has between items, or between a name and its image.
private func checkSeparators(_ item: String) throws(Expected) {
    guard !item.hasPrefix("\""), !item.hasPrefix("'") else { throw Expected("must not have quotes") }
    guard !item.hasPrefix("- ") else {
        throw Expected("must be <name>=<image>, without the \"- \" of a YAML list")
    }
    let afterFirst = item.split(separator: "=", maxSplits: 1).last ?? ""
    guard item.contains("=") else {
        let name = item.split(whereSeparator: { $0 == ":" || $0.isWhitespace }).first.map(String.init) ?? ""
        // An image without a name may have a colon, too, but no space after it.
        if item.dropFirst(name.count).trimmed.hasPrefix(":"), item.contains(where: \.isWhitespace) {
            throw Expected("must have = between name and image, not a colon as in YAML")
        }
        throw Expected("must be <name>=<image>" + example(for: item))
    }
    guard let separator = afterFirst.firstIndex(where: { $0 == "," || $0.isWhitespace }),
        afterFirst[separator...].contains("=")
    else { return }
    let what = afterFirst[separator...].trimmed.hasPrefix(",") ? "a comma" : "white space"
    throw Expected("must be separated from the next item by ; and not by \(what)")
}

/// How an image without a name could be written.
private func example(for image: String) -> String {
    guard (try? ImageReference(image)) != nil else { return "" }
    let path = image.prefix { $0 != "@" }.split(separator: "/").last ?? ""
    let name = path.prefix { $0 != ":" }.replacing("_", with: "-").replacing(".", with: "-")
    return isDNSLabel(name) ? ", such as \(name)=\(displayText(image, limit: 80))" : ""
}
