/// The longest duration that is read, ten years, so that no sum of durations can overflow.
private let longest = Duration.seconds(87_600 * 3_600)

/// A time of at most ten years: a number of hours, or a duration with its units.
///
/// - Parameter floor: The shortest one.
func parseHours(_ text: String, floor: Duration) -> Duration? {
    parseDuration(text, unitSeconds: 3_600, in: floor...longest)
}

/// A time of at most a day: a number of seconds, or a duration with its units.
///
/// - Parameter floor: The shortest one.
func parseSeconds(_ text: String, floor: Duration) -> Duration? {
    parseDuration(text, unitSeconds: 1, in: floor...(.seconds(86_400)))
}

/// A duration with its units, as Go's `time.ParseDuration` reads it: `90s`, `15m`, `1h30m`, `1.5h`, `500ms`. At most ten
/// years.
func parseUnitDuration(_ text: String) -> Duration? {
    var total = Duration.zero
    var rest = text.hasPrefix("+") ? text.dropFirst() : text[...]
    guard !rest.isEmpty else { return nil }
    while !rest.isEmpty {
        let number = rest.prefix { $0.isASCII && $0.isNumber || $0 == "." }
        let unit = rest[number.endIndex...].prefix { !($0.isASCII && $0.isNumber || $0 == ".") }
        guard let nanoseconds = nanoseconds(in: unit), let part = duration(number, unit: nanoseconds) else {
            return nil
        }
        total += part
        guard total <= longest else { return nil }
        rest = rest[unit.endIndex...]
    }
    return total
}

private func parseDuration(
    _ text: String,
    unitSeconds: UInt128,
    in range: ClosedRange<Duration>
) -> Duration? {
    let duration = duration(text, unit: unitSeconds * 1_000_000_000) ?? parseUnitDuration(text)
    return duration.flatMap { range.contains($0) ? $0 : nil }
}

/// A decimal number of units. What is more than zero is never rounded down to it.
///
/// - Parameter unit: In nanoseconds.
private func duration(_ number: some StringProtocol, unit: UInt128) -> Duration? {
    guard let nanoseconds = DecimalNumber(number)?.scaled(by: unit),
        let nanoseconds = Int64(exactly: nanoseconds)
    else { return nil }
    return .nanoseconds(nanoseconds)
}

private func nanoseconds(in unit: Substring) -> UInt128? {
    switch unit {
    case "h": 3_600_000_000_000
    case "m": 60_000_000_000
    case "s": 1_000_000_000
    case "ms": 1_000_000
    // The micro sign and the Greek letter, which look the same.
    case "us", "\u{B5}s", "\u{3BC}s": 1_000
    case "ns": 1
    default: nil
    }
}

/// The duration as a decimal number of units, or in seconds with their unit where that is shorter; both can be read back.
func durationText(_ duration: Duration, unit: Duration) -> String {
    let number = decimalText(duration, unit: unit)
    let seconds = decimalText(duration, unit: .seconds(1)) + "s"
    return number.utf8.count <= seconds.utf8.count + 3 ? number : seconds
}

/// The duration as a decimal number of units, which can be read back.
func decimalText(_ duration: Duration, unit: Duration) -> String {
    let (whole, rest) = duration.nanoseconds.quotientAndRemainder(dividingBy: unit.nanoseconds)
    var text = String(whole)
    var remainder = rest
    var fraction = ""
    // That part of an hour is shorter than a nanosecond, and what is cut off is rounded up when it is read.
    while remainder != 0, fraction.utf8.count < 13 {
        let (digit, rest) = (remainder * 10).quotientAndRemainder(dividingBy: unit.nanoseconds)
        fraction += String(digit)
        remainder = rest
    }
    if !fraction.isEmpty { text += "." + fraction }
    return text
}

extension Duration {
    fileprivate var nanoseconds: Int128 { attoseconds / 1_000_000_000 }
}
