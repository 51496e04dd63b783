import SocketHTTP

/// The fleet's calendar: a start, to which the injected time is added.
struct WallClock: Sendable {
    let startSeconds: Int
    private var second = -1
    private var text = ""

    init(startSeconds: Int) {
        self.startSeconds = startSeconds
    }

    /// Whole seconds since 1970.
    func seconds(at now: Duration) -> Int {
        startSeconds + Int(now.components.seconds)
    }

    /// The `Date` header.
    mutating func date(at now: Duration) -> String {
        let second = seconds(at: now)
        if second != self.second {
            self.second = second
            text = HTTPDate.text(secondsSince1970: second)
        }
        return text
    }

    /// `2023-11-14T22:13:20Z`, as Kubernetes writes times. Days are turned into a date by Howard Hinnant's
    /// `civil_from_days`.
    static func timestamp(seconds: Int) -> String {
        let days = seconds / 86_400
        let rest = seconds % 86_400
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(year)-\(two(month))-\(two(day))"
            + "T\(two(rest / 3600)):\(two(rest / 60 % 60)):\(two(rest % 60))Z"
    }
}
