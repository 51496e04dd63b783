import PullerCore

/// Writes JSON straight into bytes: a list of ten thousand clusters must not take long, as its server has one thread.
struct JSONWriter {
    private(set) var bytes: [UInt8] = []
    private var needsComma = false
    /// The day that was last written, and its text: nearly all times are of the same one.
    private var day = Int.min
    private var dayText: [UInt8] = []

    init(capacity: Int = 0) {
        bytes.reserveCapacity(capacity)
    }

    /// An object, whose members `body` writes.
    mutating func object(_ body: (inout JSONWriter) -> Void) {
        begin(UInt8(ascii: "{"))
        body(&self)
        end(UInt8(ascii: "}"))
    }

    /// An array, with an object for each element.
    mutating func array<Element>(
        _ name: String,
        _ elements: some Sequence<Element>,
        _ body: (inout JSONWriter, Element) -> Void
    ) {
        self.name(name)
        begin(UInt8(ascii: "["))
        for element in elements { object { body(&$0, element) } }
        end(UInt8(ascii: "]"))
    }

    mutating func strings(_ name: String, _ values: [String]) {
        self.name(name)
        begin(UInt8(ascii: "["))
        for value in values { string(value) }
        end(UInt8(ascii: "]"))
    }

    mutating func object(_ name: String, _ body: (inout JSONWriter) -> Void) {
        self.name(name)
        object(body)
    }

    /// A member; none for `nil`.
    mutating func member(_ name: String, _ value: String?) {
        guard let value else { return }
        self.name(name)
        string(value)
    }

    /// A member; none for `nil`.
    mutating func member(_ name: String, _ value: Int?) {
        guard let value else { return }
        self.name(name)
        raw(String(value))
    }

    mutating func member(_ name: String, _ value: UInt64) {
        self.name(name)
        raw(String(value))
    }

    mutating func member(_ name: String, _ value: Bool) {
        self.name(name)
        raw(value ? "true" : "false")
    }

    /// A length of time in seconds, rounded to milliseconds; none for `nil`.
    mutating func member(_ name: String, seconds: Duration?) {
        guard let seconds else { return }
        self.name(name)
        raw(Self.number(milliseconds: Int((seconds / .milliseconds(1)).rounded())))
    }

    /// A thousandth of it as a number of JSON, with no more digits than it needs.
    private static func number(milliseconds: Int) -> String {
        let (whole, rest) = milliseconds.magnitude.quotientAndRemainder(dividingBy: 1000)
        var text = (milliseconds < 0 ? "-" : "") + String(whole)
        if rest > 0 {
            text += "." + String(1000 + rest).dropFirst()
            while text.hasSuffix("0") { text.removeLast() }
        }
        return text
    }

    /// A point in time, in milliseconds since 1970-01-01T00:00:00Z, as RFC 3339 has it; none for `nil`.
    mutating func member(_ name: String, milliseconds: Int?) {
        guard let milliseconds else { return }
        self.name(name)
        comma()
        let time = max(milliseconds, 0)
        let secondOfDay = time / 1000 % 86_400
        if time / 86_400_000 != day {
            day = time / 86_400_000
            let text = Timestamp(seconds: day * 86_400).rfc3339(milliseconds: 0)
            dayText = Array(text.utf8.prefix("2026-11-22T".utf8.count))
        }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: dayText)
        digits(secondOfDay / 3600, 2)
        bytes.append(UInt8(ascii: ":"))
        digits(secondOfDay / 60 % 60, 2)
        bytes.append(UInt8(ascii: ":"))
        digits(secondOfDay % 60, 2)
        bytes.append(UInt8(ascii: "."))
        digits(time % 1000, 3)
        bytes.append(contentsOf: "Z\"".utf8)
        needsComma = true
    }

    private mutating func digits(_ number: Int, _ count: Int) {
        var divisor = count == 3 ? 100 : 10
        for _ in 0..<count {
            bytes.append(UInt8(ascii: "0") + UInt8(number / divisor % 10))
            divisor = max(divisor / 10, 1)
        }
    }

    private mutating func name(_ name: String) {
        string(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    private mutating func raw(_ text: String) {
        comma()
        bytes.append(contentsOf: text.utf8)
        needsComma = true
    }

    private mutating func string(_ text: String) {
        comma()
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0..<0x20:
                bytes.append(contentsOf: "\\u00".utf8)
                for digit in [byte >> 4, byte & 0xF] {
                    bytes.append(Array("0123456789abcdef".utf8)[Int(digit)])
                }
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
        needsComma = true
    }

    private mutating func comma() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }

    private mutating func begin(_ bracket: UInt8) {
        comma()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func end(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }
}
