import Foundation

/// A length of time as kubectl prints it: at most two units, and the smaller one only while it matters.
func ageText(seconds: Int) -> String {
    let seconds = max(seconds, 0)
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86400)
    func text(_ large: Int, _ largeUnit: String, _ small: Int, _ smallUnit: String) -> String {
        "\(large)\(largeUnit)" + (small == 0 ? "" : "\(small)\(smallUnit)")
    }
    if seconds < 120 { return "\(seconds)s" }
    if minutes < 10 { return text(minutes, "m", seconds % 60, "s") }
    if hours < 3 { return "\(minutes)m" }
    if hours < 8 { return text(hours, "h", minutes % 60, "m") }
    if hours < 48 { return "\(hours)h" }
    if days < 8 { return text(days, "d", hours % 24, "h") }
    if days < 2 * 365 { return "\(days)d" }
    return text(days / 365, "y", days < 8 * 365 ? days % 365 : 0, "d")
}

/// How long something took, in the form of an age: `0.3s`, `74s`, `2m5s`.
func durationText(seconds: Double) -> String {
    let tenths = Int((min(max(seconds, 0), 1e12) * 10).rounded())
    // What is short is told apart.
    return tenths < 100 ? "\(tenths / 10).\(tenths % 10)s" : ageText(seconds: (tenths + 5) / 10)
}

/// How long ago a time of the API was; `nil` where there is none.
///
/// - Parameter now: Seconds since 1970-01-01T00:00:00Z.
func ageText(since time: String?, now: Double) -> String? {
    apiSeconds(time).map { ageText(seconds: Int(min(max(now - $0, 0), 1e12))) }
}

/// Seconds since 1970-01-01T00:00:00Z of a time as the API writes it, with or without a fraction.
func apiSeconds(_ text: String?) -> Double? {
    guard let text else { return nil }
    return (try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)))?
        .timeIntervalSince1970
        ?? (try? Date(text, strategy: .iso8601))?.timeIntervalSince1970
}
