import Testing

@testable import Operations

@Suite("A time of the board")
struct ShortTimeTests {
    private struct Subject: Equatable {
        @ShortTime var time: Duration? = nil
    }

    @Test(
        "is kept to the nanosecond",
        arguments: [
            nil, .zero, .nanoseconds(1), .seconds(-1), .milliseconds(-1500), .seconds(7 * 86_400),
            .seconds(1_800_000_000) + .nanoseconds(999_999_999), .seconds(9_000_000_000),
        ] as [Duration?]
    )
    func kept(time: Duration?) {
        var subject = Subject()
        subject.time = time
        #expect(subject.time == time)
        #expect(MemoryLayout<Subject>.size == 8)
    }

    @Test("of more than 285 years, which a cluster may claim, is as good as 285 years")
    func bounded() {
        var subject = Subject()
        for (claimed, kept) in [
            (Duration.seconds(Int64.max), Duration.seconds(9_000_000_000)),
            (.seconds(Int64.min), .seconds(-9_000_000_000)),
        ] {
            subject.time = claimed
            #expect(subject.time == kept)
        }
    }
}
