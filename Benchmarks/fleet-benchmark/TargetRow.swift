import Foundation

/// One row of the table of targets.
struct TargetRow: Codable {
    var name: String
    var target: String
    var figure: String
    /// The number of runs whose median the figure is; if it is made of several medians, the fewest runs.
    var runs: Int?
    /// `nil` if there is no target, or if it is for other sizes than those measured.
    var isMet: Bool?

    var verdict: String { isMet.map { $0 ? "met" : "NOT MET" } ?? "not judged" }

    static let head = ["Figure", "Target", "Measured", "Runs", ""]
    var columns: [String] { [name, target, figure, runs.map(String.init) ?? "-", verdict] }
}

/// Formats a number with this number of decimals.
func number(_ value: Double, _ decimals: Int = 0) -> String { String(format: "%.\(decimals)f", value) }
