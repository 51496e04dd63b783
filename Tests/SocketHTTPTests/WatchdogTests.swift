import Testing

@testable import SocketHTTP

struct WatchdogTests {
    private let limits = HTTPLimits()

    @Test("a client that sends the head of its request slowly does not gain time with each byte")
    func slowHead() {
        var watchdog = Watchdog(now: 0, limits: limits)
        watchdog.enter(.head, now: 1, limits: limits)
        let deadline = watchdog.deadline
        for now in 2..<100 { watchdog.enter(.head, now: UInt64(now), limits: limits) }
        #expect(watchdog.deadline == deadline)
        #expect(deadline == 1 + limits.headerTimeout.nanoseconds)
        #expect(!watchdog.isExpired(now: deadline - 1))
        #expect(watchdog.isExpired(now: deadline))
    }

    @Test("each phase of a connection has its own time limit, except waiting for the handler, which has none")
    func phases() {
        var watchdog = Watchdog(now: 0, limits: limits)
        #expect(watchdog.deadline == limits.idleTimeout.nanoseconds)
        watchdog.enter(.body, now: 5, limits: limits)
        #expect(watchdog.deadline == 5 + limits.bodyTimeout.nanoseconds)
        watchdog.enter(.answering, now: 6, limits: limits)
        #expect(watchdog.deadline == .max)
        watchdog.enter(.writing, now: 7, limits: limits)
        watchdog.restart(now: 9, limits: limits)
        #expect(watchdog.deadline == 9 + limits.writeTimeout.nanoseconds)
        watchdog.enter(.idle, now: 10, limits: limits)
        #expect(watchdog.deadline == 10 + limits.idleTimeout.nanoseconds)
    }

    @Test("deadlines are checked four times within the shortest limit")
    func sweep() {
        var limits = limits
        #expect(limits.sweepInterval == 250_000_000)
        limits.idleTimeout = .milliseconds(40)
        #expect(limits.sweepInterval == 10_000_000)
    }
}

struct HTTPDateTests {
    @Test("dates are formatted as in RFC 9110")
    func dates() {
        #expect(HTTPDate.text(secondsSince1970: 784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT")
        #expect(HTTPDate.text(secondsSince1970: 0) == "Thu, 01 Jan 1970 00:00:00 GMT")
        #expect(HTTPDate.text(secondsSince1970: 1_709_164_800) == "Thu, 29 Feb 2024 00:00:00 GMT")
    }

    @Test("an answer has a time limit of its own that progress does not move, and that ends with it")
    func answer() {
        let limits = HTTPLimits.statusPort
        var watchdog = Watchdog(now: 0, limits: limits)
        watchdog.enter(.answering, now: 1, limits: limits)
        watchdog.beginAnswer(now: 1, limits: limits)
        let end = 1 + (limits.answerTimeout?.nanoseconds ?? 0)
        for now in stride(from: UInt64(2), to: end, by: 1_000_000_000) {
            watchdog.enter(.writing, now: now, limits: limits)
            watchdog.restart(now: now, limits: limits)
            #expect(!watchdog.isExpired(now: now))
        }
        #expect(watchdog.isExpired(now: end))
        watchdog.endAnswer()
        watchdog.restart(now: end, limits: limits)
        #expect(!watchdog.isExpired(now: end))
    }
}
