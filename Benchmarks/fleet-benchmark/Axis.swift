import Foundation

/// A logarithmic axis, from the last mark that is not above the least value to the first mark that is not below the
/// greatest. Marks are at one, two and five times the powers of ten, or only at the powers if that would be more than
/// eight.
struct Axis {
    let marks: [Double]
    private let first: Double
    private let last: Double
    private let length: Double

    /// - Returns: `nil` if no value is above zero.
    init?(of values: [Double], length: Double) {
        let values = values.filter { $0 > 0 }
        guard let least = values.min(), let most = values.max() else { return nil }
        let exponents = Int(log10(least).rounded(.down))...Int(log10(most).rounded(.up))
        // A power of ten below one is computed as a quotient, so that 0.1 is the same number as the literal.
        let all = exponents.flatMap { exponent in
            [1.0, 2, 5].map {
                exponent < 0 ? $0 / pow(10, Double(-exponent)) : $0 * pow(10, Double(exponent))
            }
        }
        // Marks are compared with values, not with logarithms, so that rounding excludes no mark that equals a value.
        let below = all.last { $0 <= least } ?? least
        let above = all.first { $0 >= most && $0 > below } ?? most
        let fine = all.filter { $0 >= below && $0 <= above }
        marks = fine.count <= 8 ? fine : fine.filter { log10($0).rounded() == log10($0) }
        (first, last, self.length) = (log10(below), log10(above), length)
    }

    func position(_ value: Double) -> Double { (log10(value) - first) / (last - first) * length }
}
