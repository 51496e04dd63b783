import PullerCore

extension PodReport.Image {
    /// What each figure is called in the API and as a label.
    private static let figures: [(state: String, path: WritableKeyPath<Self, Int> & Sendable)] = [
        ("present", \.present), ("pulling", \.pulling), ("waiting", \.waiting), ("failing", \.failing),
        ("unknown", \.unknown),
    ]

    /// On how many nodes it is in which state.
    var nodesByState: [(state: String, nodes: Int)] {
        Self.figures.map { ($0.state, self[keyPath: $0.path]) }
    }

    /// Adds the figures of other nodes.
    mutating func add(_ other: Self) {
        for (_, path) in Self.figures { self[keyPath: path] += other[keyPath: path] }
    }
}
