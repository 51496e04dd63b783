/// What an `IMAGES_FILE` says.
public struct ImagesFile: Sendable, Equatable {
    /// What is wrong with an images' file, or with its images beside those of `IMAGES`, in one line.
    public struct Problem: Error, Sendable, Equatable, CustomStringConvertible {
        /// What would be right, as the rest of a sentence.
        public let description: String
    }

    /// The maximum number of images, those of `IMAGES` included: each is a container in the pods and in their status, and
    /// the API server's store takes objects of 1.5 MB.
    public static let maximumImages = 500
    /// The length of a line in bytes: what is longer is another file.
    static let longestLine = 64 << 10

    /// The images in the order of the file, each name once; there is at least one.
    public var images: [CachedImage]
    /// Whether the last image is on a last line without a line feed: in a file that is still being written, the line may
    /// be cut off.
    public var lastMayBeCut: Bool
    /// The removals of many images that its comments confirm.
    public var confirmations: Set<RemovalCount>

    /// What a file says.
    public init(images: [CachedImage], lastMayBeCut: Bool = false, confirmations: Set<RemovalCount> = []) {
        self.images = images
        self.lastMayBeCut = lastMayBeCut
        self.confirmations = confirmations
    }

    /// Reads the format: one image a line, written as in `IMAGES`, without semicolons.
    ///
    /// White space around an image does not count, nor do empty lines, a byte order mark, and the line endings of Windows.
    /// A comment begins with a `#` at the start of a line or after white space, but not within the JSON of an option. A
    /// comment can confirm a removal, see ``RemovalCount``. A name that is there twice is a mistake, and so is a file
    /// without images: a file that was cut off must not look like the removal of all images.
    ///
    /// - Parameter resources: What images have for which nothing else is given: ``DaemonSetSettings/resources``.
    public static func parse(_ text: String, resources: ContainerResources) -> Result<ImagesFile, Problem> {
        var rest = text[...]
        if rest.unicodeScalars.first == "\u{FEFF}" { rest.unicodeScalars.removeFirst() }
        if let problem = otherFormat(rest.withoutOuterSpace) { return .failure(problem) }
        var reader = ImagesFileText(resources: resources)
        while let end = rest.utf8.firstIndex(of: UInt8(ascii: "\n")) {
            reader.read(line: rest[..<end], isWhole: true)
            rest = Substring(rest.utf8[end...].dropFirst())
        }
        reader.read(line: rest, isWhole: false)
        return reader.result
    }

    /// What is written over many lines, and would give as many findings.
    private static func otherFormat(_ text: Substring) -> Problem? {
        let name =
            switch text.utf8.first {
            case UInt8(ascii: "<"): "HTML"
            case UInt8(ascii: "{"), UInt8(ascii: "["): "JSON"
            default: ""
            }
        return name.isEmpty
            ? nil : Problem(description: "must have one <name>=<image> a line, and not \(name)")
    }
}

/// The lines of an images' file that were read so far. Mistakes use no memory, however many there are.
private struct ImagesFileText {
    let resources: ContainerResources
    private var file = ImagesFile(images: [])
    private var lineNumbers: [String: Int] = [:]
    private var findings = Findings()
    private var number = 0

    init(resources: ContainerResources) { self.resources = resources }

    /// A file of 16 MB that is something else must not keep the puller busy.
    private static let mostFindings = 10_000

    mutating func read(line: Substring, isWhole: Bool) {
        guard findings.count < Self.mostFindings else {
            findings.isCutOff = true
            return
        }
        number += 1
        guard line.utf8.count <= ImagesFile.longestLine else {
            findings.add("line \(number) \"\(Self.shown(line))\" must have at most 65536 bytes")
            return
        }
        let comment = Self.startOfComment(in: line)
        if let removal = RemovalCount(comment: line[comment...], of: .images) {
            file.confirmations.insert(removal)
        }
        let written = line[..<comment].withoutOuterSpace
        guard !written.isEmpty, file.images.count <= ImagesFile.maximumImages else { return }
        do throws(Expected) {
            guard written.firstOutsideJSON(where: { $0 == UInt8(ascii: ";") }) == nil else {
                throw Expected("must have no ; as there is one image a line")
            }
            let image = try ImageItem.read(String(written), resources: resources)
            if let first = lineNumbers.updateValue(number, forKey: image.name) {
                throw Expected("must have another name than line \(first)")
            }
            file.images.append(image)
            file.lastMayBeCut = !isWhole
        } catch {
            findings.add("line \(number) \"\(Self.shown(written))\" \(error.text)")
        }
    }

    var result: Result<ImagesFile, ImagesFile.Problem> {
        guard file.images.count <= ImagesFile.maximumImages else {
            return .failure(.init(description: "must have at most \(ImagesFile.maximumImages) images"))
        }
        if let summary = findings.summary { return .failure(.init(description: summary)) }
        guard !file.images.isEmpty else {
            return .failure(.init(description: "must have at least one image"))
        }
        return .success(file)
    }

    private static func startOfComment(in line: Substring) -> Substring.Index {
        var isAfterSpace = true
        return line.firstOutsideJSON { byte in
            let isStart = isAfterSpace && byte == UInt8(ascii: "#")
            isAfterSpace = isSpace(byte)
            return isStart
        } ?? line.endIndex
    }

    /// The start of a line, which may be as long as the file.
    private static func shown(_ written: Substring) -> String {
        displayText(String(decoding: written.utf8.prefix(400), as: UTF8.self), limit: 80)
    }
}
