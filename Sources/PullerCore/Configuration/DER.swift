/// The outer structure of ASN.1 in DER (X.690): what tells a certificate that is damaged from a whole one, without
/// looking at what it certifies.
struct DER {
    private let tag: UInt8
    private let content: ArraySlice<UInt8>

    private static let integer: UInt8 = 0x02
    private static let bitString: UInt8 = 0x03
    private static let sequence: UInt8 = 0x30
    /// Context-specific and constructed, number 0: the version.
    private static let version: UInt8 = 0xA0
    /// Deeper ones are no certificate's.
    private static let deepest = 30

    /// Whether the bytes begin with a certificate (RFC 5280 section 4.1): a sequence of what is certified, an algorithm and a
    /// signature. What follows it does not count, as with OpenSSL, which puts the trust of a `TRUSTED CERTIFICATE` there.
    static func isCertificate(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        guard let certificate = DER(popping: &rest), certificate.tag == sequence,
            certificate.isWhole(depth: 0),
            let parts = certificate.children, parts.map(\.tag) == [sequence, sequence, bitString],
            var fields = parts[0].children?.map(\.tag)[...]
        else { return false }
        if fields.first == version { fields.removeFirst() }
        // Serial number, algorithm, issuer, validity, subject and key.
        return fields.starts(with: [integer, sequence, sequence, sequence, sequence, sequence])
    }

    /// Whether the bytes begin with a sequence.
    static func isSequence(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        return DER(popping: &rest).map { $0.tag == sequence && $0.isWhole(depth: 0) } ?? false
    }

    /// Takes one element from the start of the bytes.
    private init?(popping bytes: inout ArraySlice<UInt8>) {
        // Numbers beyond 30 would take more bytes; no certificate has them.
        guard let tag = bytes.popFirst(), tag & 0x1F != 0x1F, let length = Self.popLength(&bytes),
            length <= bytes.count
        else { return nil }
        self.tag = tag
        content = bytes.prefix(length)
        bytes = bytes.dropFirst(length)
    }

    private static func popLength(_ bytes: inout ArraySlice<UInt8>) -> Int? {
        guard let first = bytes.popFirst() else { return nil }
        guard first >= 0x80 else { return Int(first) }
        let count = Int(first & 0x7F)
        guard (1...4).contains(count), bytes.count >= count else { return nil }
        let length = bytes.prefix(count).reduce(0) { $0 << 8 | Int($1) }
        bytes = bytes.dropFirst(count)
        return length
    }

    /// The elements within; `nil` when they do not fill it.
    private var children: [DER]? {
        var children: [DER] = []
        var rest = content
        while !rest.isEmpty {
            guard let child = DER(popping: &rest) else { return nil }
            children.append(child)
        }
        return children
    }

    /// Whether all that is constructed within is whole, too.
    private func isWhole(depth: Int) -> Bool {
        guard tag & 0x20 != 0 else { return true }
        guard depth < Self.deepest, let children else { return false }
        return children.allSatisfy { $0.isWhole(depth: depth + 1) }
    }
}
