/// A number of hours, at most ten years, so that no sum of durations can overflow.
func parseHours(_ text: String, zero: Bool) -> Duration? {
    parseDuration(text, unitSeconds: 3_600, maximum: .seconds(87_600 * 3_600), zero: zero)
}

/// A number of seconds, at most a day.
func parseSeconds(_ text: String, zero: Bool) -> Duration? {
    parseDuration(text, unitSeconds: 1, maximum: .seconds(86_400), zero: zero)
}

/// - Parameter zero: Whether zero is right. What is more than zero is never rounded down to it.
private func parseDuration(
    _ text: String,
    unitSeconds: UInt128,
    maximum: Duration,
    zero: Bool
) -> Duration? {
    guard let nanoseconds = DecimalNumber(text)?.scaled(by: unitSeconds, exponent: 9),
        let nanoseconds = Int64(exactly: nanoseconds)
    else { return nil }
    let duration = Duration.nanoseconds(nanoseconds)
    guard duration <= maximum, zero || duration > .zero else { return nil }
    return duration
}

/// A duration with its units, as in Go: `90s`, `15m`, `1h30m`. At most ten years.
func parseUnitDuration(_ text: String) -> Duration? {
    var total = Duration.zero
    var rest = text[...]
    var lastUnit = UInt128.max
    guard !rest.isEmpty else { return nil }
    while !rest.isEmpty {
        let number = rest.prefix { $0 != "h" && $0 != "m" && $0 != "s" }
        guard let mark = rest.dropFirst(number.count).first else { return nil }
        let unit: UInt128 = mark == "h" ? 3_600 : mark == "m" ? 60 : 1
        guard unit < lastUnit,
            let part = parseDuration(
                String(number),
                unitSeconds: unit,
                maximum: .seconds(87_600 * 3_600),
                zero: true
            )
        else { return nil }
        lastUnit = unit
        total += part
        rest = rest.dropFirst(number.count + 1)
    }
    return total <= .seconds(87_600 * 3_600) ? total : nil
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
