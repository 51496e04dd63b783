/// The images of `IMAGES`, sorted by name: `<name>=<image> <options>;...`, see ``ImageItem``. White space and line breaks
/// around items, names and images and a semicolon at the end do not count.
///
/// - Parameter resources: What images have for which nothing else is given.
func parseImageList(_ text: String, resources: ContainerResources) throws(Expected) -> [CachedImage]? {
    let whole = text.trimmed
    guard !whole.hasPrefix("["), !whole.hasPrefix("{") else {
        throw Expected(
            "must be <name>=<image>;... and not JSON, such as java=quay.io/eclipse/che-java11-maven:nightly"
        )
    }
    var items = imageItems(text).map(\.trimmed)
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
            let image = try ImageItem.read(item, resources: resources)
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

/// The items of a list: a semicolon within the JSON of an option does not end one.
private func imageItems(_ text: String) -> [Substring] {
    var items: [Substring] = []
    var rest = text[...]
    while let end = rest.firstOutsideJSON(where: { $0 == UInt8(ascii: ";") }) {
        items.append(rest[..<end])
        rest = Substring(rest.utf8[end...].dropFirst())
    }
    return items + [rest]
}

extension CachedImage {
    /// As `IMAGES` and `IMAGES_FILE` write it.
    var written: String { "\(name)=\(image.text)" + options.written.map { " " + $0 }.joined() }
}
