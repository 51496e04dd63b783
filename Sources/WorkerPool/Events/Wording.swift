import PullerCore

/// A length of time in its largest unit, rounded down: `45 s`, `12 min`, `3 h`, `2 d`.
func roughly(_ duration: Duration) -> String {
    let seconds = max(duration.components.seconds, 0)
    return switch seconds {
    case ..<60: "\(seconds) s"
    case ..<3600: "\(seconds / 60) min"
    case ..<(48 * 3600): "\(seconds / 3600) h"
    default: "\(seconds / (24 * 3600)) d"
    }
}

/// The first names and how many there are besides: `a, b, c and 54 more`.
func listed(_ names: [String], of count: Int) -> String {
    let more = count - names.count
    if more > 0 { return names.joined(separator: ", ") + " and \(more) more" }
    guard let last = names.last, names.count > 1 else { return names.first ?? "" }
    return names.dropLast().joined(separator: ", ") + " and " + last
}
