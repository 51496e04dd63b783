import PullerCore
import Testing

@Suite("A failure")
struct FailureTests {
    @Test(
        "leaves the request open as its reason implies, unless the caller knows better",
        arguments: FailureReason.allCases
    )
    func leavesOpen(reason: FailureReason) {
        #expect(Failure(reason, "").leavesOpen == reason.leavesOpen)
        #expect(Failure(reason, "", leavesOpen: true).leavesOpen)
        #expect(!Failure(reason, "", leavesOpen: false).leavesOpen)
        #expect(!Failure(reason, "", leavesOpen: true).beforeSending.leavesOpen)
    }

    @Test(
        "leaves nothing open if the shutdown comes before the request is sent, and leaves it open afterwards"
    )
    func ending() {
        #expect(Failure.ending.reason == .cancelled)
        #expect(!Failure.ending.leavesOpen)
        #expect(Failure.givenUp.reason == .cancelled)
        #expect(Failure.givenUp.leavesOpen)
    }

    @Test("is shown on one line, in which line breaks become spaces instead of escapes")
    func oneLine() {
        #expect(Failure(.denied, "denied:\n\n  label\towner\r\n").message == "denied: label owner")
    }

    @Test(
        "of a request that the server refused leaves nothing open",
        arguments: [FailureReason.denied, .quota, .rejected, .forbidden, .invalid, .tokenUnavailable]
    )
    func refused(reason: FailureReason) {
        #expect(!reason.leavesOpen)
    }
}
