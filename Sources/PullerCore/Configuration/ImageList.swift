/// The images of `IMAGES`, sorted by name: `<name>=<image>;...`, white space and line breaks around items
/// and a semicolon at the end do not count.
func parseImageList(_ text: String) throws(Expected) -> [CachedImage]? {
    var items = text.split(separator: ";", omittingEmptySubsequences: false).map(\.trimmed)
    if items.last == "" { items.removeLast() }
    guard !items.isEmpty else { return nil }

    var images: [CachedImage] = []
    var positions: [String: Int] = [:]
    var findings = Findings()
    for (position, item) in zip(1..., items) {
        let label = "item \(position) \"\(displayText(item, limit: 80))\""
        guard !item.isEmpty else {
            findings.add("item \(position) must not be empty")
            continue
        }
        let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            findings.add("\(label) must be <name>=<image>")
            continue
        }
        let name = String(parts[0])
        guard isDNSLabel(name) else {
            findings.add("\(label) must have a name of lower-case letters, digits and '-', at most 63")
            continue
        }
        guard let image = ImageReference.parse(String(parts[1])) else {
            findings.add("\(label) must have a valid image reference (its path is in lower case)")
            continue
        }
        if let first = positions[name] {
            findings.add("\(label) must have another name than item \(first)")
            continue
        }
        positions[name] = position
        images.append(CachedImage(name: name, image: image))
    }
    if let summary = findings.summary { throw Expected(summary) }
    return images.sorted { $0.name < $1.name }
}
