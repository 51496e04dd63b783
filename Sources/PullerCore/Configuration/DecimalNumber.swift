/// A decimal number such as `1`, `1.5`, `.05` or `5.`, kept exactly: no sign, no exponent, no infinity.
struct DecimalNumber: Equatable {
    /// All digits, without the point.
    let digits: UInt128
    /// How many of them stand after the point.
    let fractionDigits: Int

    /// As many as 2^63-1 has: with them, a factor up to 2^60 never overflows 128 bits.
    private static let maxSignificantDigits = 19

    init?(_ text: some StringProtocol) {
        var digits: UInt128 = 0
        var significant = 0
        var count = 0
        var fractionDigits: Int?
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                digits = digits * 10 + UInt128(byte - UInt8(ascii: "0"))
                significant += digits == 0 ? 0 : 1
                guard significant <= Self.maxSignificantDigits else { return nil }
                count += 1
                fractionDigits? += 1
            case UInt8(ascii: ".") where fractionDigits == nil:
                fractionDigits = 0
            default:
                return nil
            }
        }
        guard count > 0 else { return nil }
        self.digits = digits
        self.fractionDigits = fractionDigits ?? 0
    }

    /// The number times `factor`, times ten to the power of `exponent`, rounded up to a whole number; `nil`
    /// when that is beyond 128 bits.
    func scaled(by factor: UInt128 = 1, exponent: Int = 0) -> UInt128? {
        var (value, overflow) = digits.multipliedReportingOverflow(by: factor)
        guard !overflow else { return nil }
        guard value != 0 else { return 0 }
        let power = exponent - fractionDigits
        for _ in 0..<max(power, 0) {
            (value, overflow) = value.multipliedReportingOverflow(by: 10)
            guard !overflow else { return nil }
        }
        var roundsUp = false
        // After as many divisions as 128 bits have decimal digits, nothing but the rounding is left.
        for _ in 0..<min(max(-power, 0), 40) {
            roundsUp = roundsUp || value % 10 != 0
            value /= 10
        }
        return roundsUp ? value + 1 : value
    }
}

/// A whole number in plain digits within bounds.
func parseWholeNumber(_ text: some StringProtocol, in range: ClosedRange<Int>) -> Int? {
    guard !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
        let number = Int(text), range.contains(number)
    else { return nil }
    return number
}
