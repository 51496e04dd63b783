/// The character classes of RFC 9110 and RFC 9112, and strict parsing of numbers.
enum HTTPSyntax {
    /// Whether this is a `token` of RFC 9110 section 5.6.2, as methods and field names must be.
    static func isToken(_ bytes: some Collection<UInt8>) -> Bool {
        !bytes.isEmpty && bytes.allSatisfy { tokenTable[Int($0)] }
    }

    private static let tokenTable: [Bool] = {
        var table = [Bool](repeating: false, count: 256)
        for byte in "!#$%&'*+-.^_`|~0123456789".utf8 { table[Int(byte)] = true }
        for byte in UInt8(ascii: "a")...UInt8(ascii: "z") {
            table[Int(byte)] = true
            table[Int(byte) - 32] = true
        }
        return table
    }()

    /// Visible characters, spaces, tabs and bytes above ASCII: nothing that another parser could take for the end of
    /// a line.
    static func isFieldValue(_ bytes: some Collection<UInt8>) -> Bool {
        bytes.allSatisfy { ($0 >= 0x20 && $0 != 0x7F) || $0 == 0x09 }
    }

    /// Visible ASCII without `#`: a target never has a fragment.
    static func isTarget(_ bytes: some Collection<UInt8>) -> Bool {
        !bytes.isEmpty && bytes.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") }
    }

    /// A number that consists of digits only; `nil` if the bytes are anything else, `Int.max` if it does not fit.
    static func decimal(_ bytes: some Collection<UInt8>) -> Int? {
        number(bytes, radix: 10)
    }

    /// A hexadecimal number; `nil` if the bytes are anything else, `Int.max` if it does not fit.
    static func hexadecimal(_ bytes: some Collection<UInt8>) -> Int? {
        number(bytes, radix: 16)
    }

    private static func number(_ bytes: some Collection<UInt8>, radix: Int) -> Int? {
        guard !bytes.isEmpty else { return nil }
        var value = 0
        var overflow = false
        for byte in bytes {
            guard let digit = digit(byte), digit < radix else { return nil }
            let (product, tooLarge) = value.multipliedReportingOverflow(by: radix)
            let (sum, tooLargeToo) = product.addingReportingOverflow(digit)
            overflow = overflow || tooLarge || tooLargeToo
            value = overflow ? 0 : sum
        }
        return overflow ? Int.max : value
    }

    private static func digit(_ byte: UInt8) -> Int? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte) - 48
        case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(byte) - 87
        case UInt8(ascii: "A")...UInt8(ascii: "F"): Int(byte) - 55
        default: nil
        }
    }

    /// The bytes without spaces and tabs at either end.
    static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var bytes = bytes
        while let first = bytes.first, first == 0x20 || first == 0x09 { bytes = bytes.dropFirst() }
        while let last = bytes.last, last == 0x20 || last == 0x09 { bytes = bytes.dropLast() }
        return bytes
    }
}
