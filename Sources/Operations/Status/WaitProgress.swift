import PullerCore

/// What `status --wait` shows while it waits.
struct WaitProgress: Sendable {
    /// What is known at the moment.
    enum Sight: Equatable, Sendable {
        /// The clusters.
        case fleet(FleetFigures)
        /// The puller gives no answer, and why.
        case none(String)
    }

    private let timeout: Duration
    private var nextLine = Duration.zero
    private var distance = Duration.seconds(5)

    private static let longestDistance = Duration.seconds(300)
    private static let barWidth = 30

    init(timeout: Duration) {
        self.timeout = timeout
    }

    /// The line that is drawn again and again.
    ///
    /// - Parameter columns: Those of the terminal; the last one stays free, so that the line never wraps.
    func bar(_ sight: Sight, elapsed: Duration, columns: Int?) -> String {
        let text: String
        switch sight {
        case .fleet(let figures):
            let share = figures.all > 0 ? Double(figures.ready) / Double(figures.all) : 0
            let full = Int(share * Double(Self.barWidth))
            let bar = String(repeating: "#", count: full) + String(repeating: ".", count: Self.barWidth - full)
            text = "[\(bar)] \(Self.text(elapsed)) \(figures.text)"
        case .none(let why):
            text = "[\(String(repeating: "?", count: Self.barWidth))] \(Self.text(elapsed)) no answer: \(why)"
        }
        return shortened(displayText(text, limit: 400), to: max((columns ?? 80) - 1, 1))
    }

    /// A line for a log, if it is time for one: the first at once, the others at growing distance.
    mutating func line(_ sight: Sight, elapsed: Duration) -> String? {
        guard elapsed >= nextLine else { return nil }
        nextLine = elapsed + distance
        distance = min(distance * 2, Self.longestDistance)
        let text =
            switch sight {
            case .fleet(let figures): figures.text
            case .none(let why): "no answer: \(why)"
            }
        let share = "\(Self.text(elapsed)) of \(Self.text(timeout))"
        return displayText("waiting (\(share)): \(text)", limit: 600)
    }

    static func text(_ duration: Duration) -> String { ageText(seconds: Int(duration.components.seconds)) }
}
