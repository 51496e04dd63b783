import Foundation

/// One row of what must be reached.
struct TargetRow: Codable {
    var name: String
    var target: String
    var figure: String
    /// Runs of which the figure is a median; the fewest, where it is made of several.
    var runs: Int?
    /// `nil` when there is no target, or when it is about other sizes than those measured.
    var isMet: Bool?

    var verdict: String { isMet.map { $0 ? "met" : "NOT MET" } ?? "not judged" }

    static let head = ["Figure", "Target", "Measured", "Runs", ""]
    var columns: [String] { [name, target, figure, runs.map(String.init) ?? "-", verdict] }
}

/// A number with so many decimals.
func number(_ value: Double, _ decimals: Int = 0) -> String { String(format: "%.\(decimals)f", value) }
