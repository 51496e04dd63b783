/// A point in time as a server tells it, in whole seconds since 1970-01-01T00:00:00Z.
public struct Timestamp: Sendable, Equatable, Comparable {
    /// Seconds since 1970-01-01T00:00:00Z.
    public let seconds: Int

    /// The point this many seconds after 1970-01-01T00:00:00Z.
    public init(seconds: Int) {
        self.seconds = seconds
    }

    /// Reads Kubernetes' `metadata.creationTimestamp`: RFC 3339 in UTC with whole seconds,
    /// such as `2026-11-22T21:29:00Z`.
    public init?(rfc3339 text: String) {
        let bytes = Array(text.utf8)
        let form = "0000-00-00T00:00:00Z".utf8
        let zero = UInt8(ascii: "0")
        let digits = zero...UInt8(ascii: "9")
        guard bytes.count == form.count,
            zip(bytes, form).allSatisfy({ $1 == zero ? digits.contains($0) : $0 == $1 })
        else { return nil }
        func number(_ place: Range<Int>) -> Int { bytes[place].reduce(0) { $0 * 10 + Int($1 - zero) } }
        self.init(
            year: number(0..<4),
            month: number(5..<7),
            day: number(8..<10),
            hour: number(11..<13),
            minute: number(14..<16),
            second: number(17..<19)
        )
    }

    /// Reads an HTTP date in its fixed form, such as `Sun, 22 Nov 2026 21:29:00 GMT` (RFC 9110 section 5.6.7).
    public init?(httpDate text: String) {
        let parts = text.utf8.split { ", :".utf8.contains($0) }.map { Substring($0) }
        guard text.utf8.count == 29, parts.count == 8, parts[7] == "GMT",
            let month = Self.months.firstIndex(of: String(parts[2])),
            let day = parseWholeNumber(parts[1], in: 1...31),
            let year = parseWholeNumber(parts[3], in: 1970...9999),
            let hour = parseWholeNumber(parts[4], in: 0...23),
            let minute = parseWholeNumber(parts[5], in: 0...59),
            let second = parseWholeNumber(parts[6], in: 0...60)
        else { return nil }
        self.init(year: year, month: month + 1, day: day, hour: hour, minute: minute, second: second)
    }

    /// The time from `earlier` to `later`; negative when they are the other way round.
    public static func - (later: Timestamp, earlier: Timestamp) -> Duration {
        .seconds(later.seconds - earlier.seconds)
    }

    /// Orders by time.
    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.seconds < right.seconds
    }

    /// The time in RFC 3339's form, in UTC, with milliseconds: `2026-11-22T21:29:00.000Z`.
    public func rfc3339(milliseconds: Int) -> String {
        let daysSince1970 = seconds / 86400
        let secondOfDay = seconds % 86400
        // The inverse of the count below: 400 years have 146,097 days, and years start in March.
        let days = daysSince1970 + Self.daysTo1970
        let era = days / 146_097
        let dayOfEra = days % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
        func padded(_ number: Int, _ width: Int = 2) -> String {
            let digits = "\(number)"
            return String(repeating: "0", count: max(width - digits.count, 0)) + digits
        }
        return "\(padded(year, 4))-\(padded(month))-\(padded(day))T\(padded(secondOfDay / 3600))"
            + ":\(padded(secondOfDay / 60 % 60)):\(padded(secondOfDay % 60)).\(padded(milliseconds, 3))Z"
    }

    /// Days from the first of March of the year 0 to 1970-01-01, in today's calendar.
    private static let daysTo1970 = 719_468

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private init?(year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int) {
        guard (1970...9999).contains(year), (1...12).contains(month), (1...31).contains(day),
            (0...23).contains(hour), (0...59).contains(minute), (0...60).contains(second)
        else { return nil }
        // Days of a year that starts in March: the leap day is then the last one, and every month's start is a
        // straight line.
        let marchYear = month > 2 ? year : year - 1
        let marchMonth = month > 2 ? month - 3 : month + 9
        let leapDays = marchYear / 4 - marchYear / 100 + marchYear / 400
        let dayOfYear = (153 * marchMonth + 2) / 5 + day - 1
        let days = marchYear * 365 + leapDays + dayOfYear - Self.daysTo1970
        self.init(seconds: ((days * 24 + hour) * 60 + minute) * 60 + second)
    }
}
