/// The block of a PEM file that is being read, from the line after its `-----BEGIN` (RFC 7468; what is more than that, as
/// OpenSSL does it).
struct PEMBlock {
    let label: String
    /// The line of its `-----BEGIN`.
    let start: Int
    private(set) var isComplete = false
    /// The first line that is no base64 of the block's line length.
    var oddLine: Int? { lineWithOtherText ?? lineWithOtherLength }
    private var lineWithOtherText: Int?
    private var lineWithOtherLength: Int?
    /// The first line's length and the last one, which may have any.
    private var lengths: (first: Int, last: (number: Int, length: Int))?
    private var text: [UInt8] = []
    private var header = Header.possible
    /// A line that is shorter than the ones before has to be the last one, after a header.
    private var isShort = false

    /// Lines before the base64, such as `Proc-Type: 4,ENCRYPTED`, which an empty line ends.
    private enum Header {
        case possible
        case over([UInt8])
    }

    init(label: String, start: Int) {
        self.label = label
        self.start = start
    }

    mutating func add(_ line: PEMLines.Line) throws(Expected) {
        if line.bytes.starts(with: "-----END ".utf8) {
            guard line.label(after: "-----END ") == label else {
                throw Expected(
                    "must have -----END \(label)----- for the block that starts in line \(start): "
                        + "line \(line.number) is another end"
                )
            }
            isComplete = true
            return
        }
        guard !line.bytes.starts(with: "-----BEGIN ".utf8) else {
            throw Expected(
                "must have -----END \(label)----- for the block that starts in line \(start), before line \(line.number)"
            )
        }
        guard !line.bytes.contains("-----END ".utf8) else {
            throw Expected(
                "must have -----END \(label)----- at the start of its line: line \(line.number) has something before it"
            )
        }
        note(line)
        switch header {
        case .possible:
            if line.bytes.isEmpty {
                header = .over(text)
                text = []
            } else {
                text += line.bytes
            }
        case .over:
            guard !line.bytes.isEmpty, !isShort, line.bytes.count <= 64 else {
                throw Expected("must have no empty line within a block: line \(line.number) or one before it")
            }
            isShort = line.bytes.count < 64
            text += line.bytes
        }
    }

    /// Looks at a line as if it were base64, to say which one is damaged if the block turns out to be.
    private mutating func note(_ line: PEMLines.Line) {
        if lineWithOtherText == nil, !line.bytes.allSatisfy(isBase64) { lineWithOtherText = line.number }
        let this = (number: line.number, length: line.bytes.count)
        guard let (first, last) = lengths else {
            lengths = (this.length, this)
            return
        }
        if lineWithOtherLength == nil, last.length != first { lineWithOtherLength = last.number }
        lengths = (first, this)
    }

    /// Whether a header says how a key is encrypted.
    var isEncrypted: Bool {
        guard case .over(let lines) = header else { return false }
        return label.hasSuffix("PRIVATE KEY") && lines.starts(with: "Proc-Type:".utf8)
    }

    /// What the base64 stands for; `nil` when it is none, or when something else stands before it.
    var content: [UInt8]? {
        if case .over(let lines) = header, !lines.isEmpty, !isEncrypted { return nil }
        guard let bytes = base64Decoded(text), !bytes.isEmpty else { return nil }
        return bytes
    }
}

/// The lines of a PEM file.
struct PEMLines {
    /// A line without the white space and the control characters at its end.
    struct Line {
        /// Counted from one.
        let number: Int
        let bytes: ArraySlice<UInt8>

        /// The label of a `-----BEGIN <label>-----`; `nil` for any other line.
        func label(after start: String) -> String? {
            guard bytes.starts(with: start.utf8) else { return nil }
            let rest = bytes.dropFirst(start.utf8.count)
            guard rest.count >= 5, rest.suffix(5).elementsEqual("-----".utf8) else { return nil }
            let label = String(decoding: rest.dropLast(5), as: UTF8.self)
            // A block that is on one line ends like this, too.
            return label.contains("-----") ? nil : label
        }
    }

    private var rest: ArraySlice<UInt8>
    private var number = 0

    init(_ bytes: [UInt8]) {
        rest = bytes[...]
        skipByteOrderMark()
    }

    /// Files that were appended to each other may have one at each start.
    mutating func skipByteOrderMark() {
        if rest.starts(with: [0xEF, 0xBB, 0xBF]) { rest = rest.dropFirst(3) }
    }

    mutating func next() -> Line? {
        guard !rest.isEmpty else { return nil }
        let end = rest.firstIndex(of: UInt8(ascii: "\n"))
        var line = rest[..<(end ?? rest.endIndex)]
        rest = end.map { rest[$0...].dropFirst() } ?? []
        number += 1
        while let last = line.last, last <= 0x20 { line.removeLast() }
        return Line(number: number, bytes: line)
    }
}
