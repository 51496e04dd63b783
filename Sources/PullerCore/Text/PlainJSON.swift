/// Reads JSON as API servers write it, at a fraction of what a decoder costs.
///
/// It takes a part of what is valid (RFC 8259): ASCII, without escapes by number (`\u0041`); where numbers are read, none
/// but natural ones; no object that is read may have a name twice, or more than 64 members; nothing may be nested deeper
/// than 32 levels. Of all else it only says that it is not plain: a decoder then says what it means, or that it is wrong.
/// So the two can never differ in what they accept.
public struct PlainJSON {
    /// This is to be left to a decoder; it need not be wrong.
    public struct NotPlain: Error {
        /// Says that this is not plain.
        public init() {}
    }

    private static let deepest = 32
    private static let mostMembers = 64

    private let bytes: [UInt8]
    private var position = 0
    private var depth = 0

    /// Reads all of `bytes` as one value.
    ///
    /// - Returns: What `read` makes of it; `nil` when it is not plain.
    public static func read<Value>(
        _ bytes: [UInt8],
        _ read: (inout PlainJSON) throws(NotPlain) -> Value
    ) -> Value? {
        do throws(NotPlain) {
            var reader = PlainJSON(bytes: bytes)
            let value = try read(&reader)
            reader.skipSpace()
            return reader.position == bytes.count ? value : nil
        } catch {
            return nil
        }
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    // MARK: Values

    /// Reads an object. `member` is called with each name, and has to read or skip the value.
    public mutating func object(
        _ member: (_ name: String, inout PlainJSON) throws(NotPlain) -> Void
    ) throws(NotPlain) {
        var names: [String] = []
        try items("{", "}") { (reader) throws(NotPlain) in
            let name = try reader.string()
            guard names.count < Self.mostMembers, !names.contains(name) else { throw NotPlain() }
            names.append(name)
            try reader.take(":")
            try member(name, &reader)
        }
    }

    /// Reads an array. `item` has to read or skip a value each time.
    public mutating func array(_ item: (inout PlainJSON) throws(NotPlain) -> Void) throws(NotPlain) {
        try items("[", "]", item)
    }

    /// Reads a text.
    public mutating func string() throws(NotPlain) -> String {
        skipSpace()
        let start = position + 1
        let hasEscapes = try skipString()
        let text = bytes[start..<position - 1]
        return hasEscapes
            ? String(decoding: Self.unescaped(text), as: UTF8.self) : String(decoding: text, as: UTF8.self)
    }

    /// Reads a natural number that every Int holds.
    mutating func number() throws(NotPlain) -> Int {
        skipSpace()
        let start = position
        let digits = try digits()
        // What follows may make another number of it.
        guard digits <= 18, digits == 1 || bytes[start] != UInt8(ascii: "0"), peek != UInt8(ascii: "."),
            peek | 0x20 != UInt8(ascii: "e")
        else { throw NotPlain() }
        return bytes[start..<position].reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }

    /// Reads a value, unless it is `null`.
    public mutating func ifPresent<Value>(
        _ read: (inout PlainJSON) throws(NotPlain) -> Value
    ) throws(NotPlain) -> Value? {
        skipSpace()
        guard peek == UInt8(ascii: "n") else { return try read(&self) }
        try word("null")
        return nil
    }

    /// Skips a value, of which names may be there twice.
    public mutating func skip() throws(NotPlain) {
        skipSpace()
        switch peek {
        case UInt8(ascii: "{"):
            try items("{", "}") { (reader) throws(NotPlain) in
                _ = try reader.skipString()
                try reader.take(":")
                try reader.skip()
            }
        case UInt8(ascii: "["): try items("[", "]") { (reader) throws(NotPlain) in try reader.skip() }
        case UInt8(ascii: "\""): _ = try skipString()
        case UInt8(ascii: "t"): try word("true")
        case UInt8(ascii: "f"): try word("false")
        case UInt8(ascii: "n"): try word("null")
        default: try skipNumber()
        }
    }

    /// Reads the one member of an object that matters; `nil` when it is not there, or `null`.
    mutating func only<Value>(
        _ wanted: String,
        _ read: (inout PlainJSON) throws(NotPlain) -> Value
    ) throws(NotPlain) -> Value? {
        var value: Value?
        try object { (name, reader) throws(NotPlain) in
            if name == wanted { value = try reader.ifPresent(read) } else { try reader.skip() }
        }
        return value
    }

    // MARK: Parts

    /// The next byte; 0, which no value begins with, at the end.
    private var peek: UInt8 { position < bytes.count ? bytes[position] : 0 }

    private mutating func skipSpace() {
        while peek == 0x20 || peek == 0x0A || peek == 0x0D || peek == 0x09 { position += 1 }
    }

    private mutating func take(_ mark: Unicode.Scalar) throws(NotPlain) {
        skipSpace()
        guard peek == UInt8(ascii: mark) else { throw NotPlain() }
        position += 1
    }

    private mutating func word(_ word: StaticString) throws(NotPlain) {
        for offset in 0..<word.utf8CodeUnitCount {
            guard peek == word.utf8Start[offset] else { throw NotPlain() }
            position += 1
        }
    }

    private mutating func items(
        _ open: Unicode.Scalar,
        _ close: Unicode.Scalar,
        _ item: (inout PlainJSON) throws(NotPlain) -> Void
    ) throws(NotPlain) {
        try take(open)
        guard depth < Self.deepest else { throw NotPlain() }
        depth += 1
        skipSpace()
        if peek != UInt8(ascii: close) {
            while true {
                try item(&self)
                skipSpace()
                guard peek == UInt8(ascii: ",") else { break }
                position += 1
            }
        }
        try take(close)
        depth -= 1
    }

    /// Passes a text, and returns whether it has escapes.
    private mutating func skipString() throws(NotPlain) -> Bool {
        try take("\"")
        var hasEscapes = false
        while true {
            guard position < bytes.count else { throw NotPlain() }
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return hasEscapes
            case UInt8(ascii: "\\"):
                // Whether units of UTF-16 make a character is left to a decoder.
                guard Self.unescaped(peek) != nil else { throw NotPlain() }
                hasEscapes = true
                position += 1
            case 0x20..<0x80: break
            default: throw NotPlain()
            }
        }
    }

    /// A text whose escapes have been passed.
    private static func unescaped(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var plain: [UInt8] = []
        var isEscaped = false
        for byte in text {
            if isEscaped {
                plain.append(unescaped(byte) ?? byte)
            } else if byte != UInt8(ascii: "\\") {
                plain.append(byte)
            }
            isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
        }
        return plain
    }

    /// What a letter after a backslash stands for; `nil` when it is left to a decoder.
    private static func unescaped(_ letter: UInt8) -> UInt8? {
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): letter
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: nil
        }
    }

    private mutating func skipNumber() throws(NotPlain) {
        if peek == UInt8(ascii: "-") { position += 1 }
        let start = position
        guard try digits() == 1 || bytes[start] != UInt8(ascii: "0") else { throw NotPlain() }
        if peek == UInt8(ascii: ".") {
            position += 1
            _ = try digits()
        }
        if peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") {
            position += 1
            if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { position += 1 }
            _ = try digits()
        }
    }

    /// Passes at least one digit, and returns how many there were.
    private mutating func digits() throws(NotPlain) -> Int {
        let start = position
        while (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(peek) { position += 1 }
        guard position > start else { throw NotPlain() }
        return position - start
    }
}
