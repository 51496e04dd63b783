import Foundation
import PullerCore
import Testing

@Suite("A timestamp")
struct TimestampTests {
    @Test("is read in the forms of Kubernetes and of HTTP, on days of all kinds")
    func reads() {
        let formatter = ISO8601DateFormatter()
        let http = DateFormatter()
        http.locale = Locale(identifier: "en_US_POSIX")
        http.timeZone = TimeZone(secondsFromGMT: 0)
        http.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        // Prime steps through 130 years: leap days, ends of years and of centuries.
        for seconds in stride(from: 0, to: 4_102_444_800, by: 7_777_777) {
            let date = Date(timeIntervalSince1970: Double(seconds))
            let expected = Timestamp(seconds: seconds)
            #expect(Timestamp(rfc3339: formatter.string(from: date)) == expected)
            #expect(Timestamp(httpDate: http.string(from: date)) == expected)
            #expect(expected.rfc3339(milliseconds: 7) == formatter.string(from: date).dropLast() + ".007Z")
        }
    }

    @Test(
        "is not read from anything else",
        arguments: [
            "", "now", "2026-11-22", "2026-13-22T21:29:00Z", "2026-11-22T24:29:00Z",
            "2026-11-22T21:29:00+01:00",
            "2026-11-22T21:29:+0Z", "20261-11-22T1:29:00Z", "2026:11:22-21T29Z00Z",
            "Sun, +2 Nov 2026 21:29:00 GMT",
            "99999999999999999999", "2026-11-22T21:29:00ZZ", "Sun, 22 Nov 2026 21:29:00 CET",
            "Sun, 22 Xyz 2026 21:29:00 GMT",
        ]
    )
    func refuses(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
        #expect(Timestamp(httpDate: text) == nil)
    }
}
