/// A Kubernetes quantity that is not negative, such as `10Mi` or `.05`.
///
/// Syntax and rounding as documented for `k8s.io/apimachinery/pkg/api/resource.Quantity`: a decimal number
/// (here of at most 19 significant digits) and a suffix of `n u m k M G T P E`, `Ki Mi Gi Ti Pi Ei`, or an
/// exponent (`1e3`, `1E3`).
public struct Quantity: Sendable, Equatable {
    /// The quantity as it was given.
    public let text: String
    /// The amount in billionths, rounded up and capped at 2^63-1 units as Kubernetes does; what is compared.
    public let nanos: UInt128

    private static let maximum = UInt128(Int64.max) * 1_000_000_000

    /// The quantity, or `nil` when it is not valid or negative.
    public static func parse(_ text: String) -> Quantity? {
        let unsigned = text.hasPrefix("+") ? text.dropFirst() : text[...]
        let number = unsigned.prefix { $0.isASCII && $0.isNumber || $0 == "." }
        guard let amount = DecimalNumber(number), let scale = Scale(suffix: unsigned[number.endIndex...])
        else {
            return nil
        }
        let nanos = amount.scaled(by: scale.factor, exponent: scale.exponent + 9) ?? maximum
        return Quantity(text: text, nanos: min(nanos, maximum))
    }
}

/// What a suffix multiplies by: `factor * 10^exponent`.
private struct Scale {
    var factor: UInt128 = 1
    var exponent = 0

    init?(suffix: Substring) {
        switch suffix {
        case "": break
        case "n": exponent = -9
        case "u": exponent = -6
        case "m": exponent = -3
        case "k": exponent = 3
        case "M": exponent = 6
        case "G": exponent = 9
        case "T": exponent = 12
        case "P": exponent = 15
        case "E": exponent = 18
        case "Ki": factor = 1 << 10
        case "Mi": factor = 1 << 20
        case "Gi": factor = 1 << 30
        case "Ti": factor = 1 << 40
        case "Pi": factor = 1 << 50
        case "Ei": factor = 1 << 60
        default:
            guard let exponent = Self.exponent(suffix) else { return nil }
            self.exponent = exponent
        }
    }

    /// The exponent of `e3`, `E+3` or `e-3`. Beyond three digits an amount is nothing or too much.
    private static func exponent(_ suffix: Substring) -> Int? {
        guard suffix.first == "e" || suffix.first == "E" else { return nil }
        let signed = suffix.dropFirst()
        let isSigned = signed.first == "-" || signed.first == "+"
        guard let value = parseWholeNumber(isSigned ? signed.dropFirst() : signed, in: 0...999) else {
            return nil
        }
        return signed.first == "-" ? -value : value
    }
}
