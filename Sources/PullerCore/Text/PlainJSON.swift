/// Reads JSON as API servers write it, at a fraction of what a decoder costs.
///
/// It takes a part of what is valid (RFC 8259): ASCII; where texts are read, none with escapes; where numbers are read,
/// none but natural ones; no object that is read may have a name twice, or more than 64 members; nothing may be nested
/// deeper than 32 levels. Of all else it only says that it is not plain: a decoder then says what it means, or that it
/// is wrong. So the two can never differ in what they accept.
struct PlainJSON {
    /// This is to be left to a decoder; it need not be wrong.
    struct NotPlain: Error {}

    private static let deepest = 32
    private static let mostMembers = 64

    private let bytes: [UInt8]
    private var position = 0
    private var depth = 0

    /// Reads all of `bytes` as one value.
    ///
    /// - Returns: What `read` makes of it; `nil` when it is not plain.
    static func read<Value>(
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
    mutating func object(
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
    mutating func array(_ item: (inout PlainJSON) throws(NotPlain) -> Void) throws(NotPlain) {
        try items("[", "]", item)
    }

    /// Reads a text.
    mutating func string() throws(NotPlain) -> String {
        try take("\"")
        let start = position
        while true {
            guard position < bytes.count else { throw NotPlain() }
            switch bytes[position] {
            case UInt8(ascii: "\""):
                position += 1
                return String(decoding: bytes[start..<position - 1], as: UTF8.self)
            case UInt8(ascii: "\\"): throw NotPlain()
            case 0x20..<0x80: position += 1
            default: throw NotPlain()
            }
        }
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
    mutating func ifPresent<Value>(
        _ read: (inout PlainJSON) throws(NotPlain) -> Value
    ) throws(NotPlain) -> Value? {
        skipSpace()
        guard peek == UInt8(ascii: "n") else { return try read(&self) }
        try word("null")
        return nil
    }

    /// Skips a value, of which names may be there twice, and texts may have escapes.
    mutating func skip() throws(NotPlain) {
        skipSpace()
        switch peek {
        case UInt8(ascii: "{"):
            try items("{", "}") { (reader) throws(NotPlain) in
                try reader.skipString()
                try reader.take(":")
                try reader.skip()
            }
        case UInt8(ascii: "["): try items("[", "]") { (reader) throws(NotPlain) in try reader.skip() }
        case UInt8(ascii: "\""): try skipString()
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

    private mutating func skipString() throws(NotPlain) {
        try take("\"")
        while true {
            guard position < bytes.count else { throw NotPlain() }
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return
            case UInt8(ascii: "\\"):
                switch peek {
                case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
                    UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
                    position += 1
                // Whether units of UTF-16 make a character is left to a decoder.
                default: throw NotPlain()
                }
            case 0x20..<0x80: break
            default: throw NotPlain()
            }
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
