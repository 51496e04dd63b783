import Foundation

/// A logarithmic axis from the last mark that is not above all values to the first that is not below them. Marks are at
/// one, two and five times the powers of ten, and at the powers alone where those would be too many.
struct Axis {
    let marks: [Double]
    private let first: Double
    private let last: Double
    private let length: Double

    /// - Returns: `nil` where there is nothing above zero.
    init?(of values: [Double], length: Double) {
        let values = values.filter { $0 > 0 }
        guard let least = values.min(), let most = values.max() else { return nil }
        let exponents = Int(log10(least).rounded(.down))...Int(log10(most).rounded(.up))
        // A power of ten below one is written as a quotient, so that it is the number that it looks like.
        let all = exponents.flatMap { exponent in
            [1.0, 2, 5].map {
                exponent < 0 ? $0 / pow(10, Double(-exponent)) : $0 * pow(10, Double(exponent))
            }
        }
        // The rounding of a logarithm shall not shut out a mark that is a value.
        let below = all.last { $0 <= least } ?? least
        let above = all.first { $0 >= most && $0 > below } ?? most
        let fine = all.filter { $0 >= below && $0 <= above }
        marks = fine.count <= 8 ? fine : fine.filter { log10($0).rounded() == log10($0) }
        (first, last, self.length) = (log10(below), log10(above), length)
    }

    func position(_ value: Double) -> Double { (log10(value) - first) / (last - first) * length }
}
