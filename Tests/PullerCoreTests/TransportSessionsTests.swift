import Testing

@testable import PullerCore

@Suite("The number of URLSessions")
struct TransportSessionsTests {
    @Test(
        "is one per processor by default, at most four, and one for a single cluster",
        arguments: [(1, 1), (2, 2), (3, 3), (4, 4), (64, 4), (0, 1)]
    )
    func automatic(processors: Int, expected: Int) throws {
        let fleet = try parse(Environments.fleet).get()
        #expect(fleet.schedule.transportSessions.count(for: fleet.target, processors: processors) == expected)
        let single = try parse(Environments.single).get()
        #expect(single.schedule.transportSessions.count(for: single.target, processors: processors) == 1)
    }

    @Test("is what is configured, whatever the clusters and the machine")
    func fixed() throws {
        for environment in [Environments.fleet, Environments.single] {
            let configuration = try parse(environment, ["TRANSPORT_SESSIONS": "7"]).get()
            let sessions = configuration.schedule.transportSessions
            #expect(sessions.count(for: configuration.target, processors: 2) == 7)
        }
    }

    @Test(
        "is rounded up from the limit of the control group, and unlimited for anything else that its file holds",
        arguments: [
            ("max 100000\n", nil), ("200000 100000\n", 2), ("150000 100000", 2), ("1000 100000", 1),
            ("100001 100000", 2), ("50000 50000", 1), ("", nil), ("x y", nil), ("0 100000", nil),
            ("100000 0", nil), ("-1 100000", nil), ("100000", nil), ("1 2 3", nil),
            ("9223372036854775807 1", Int.max),
        ] as [(String, Int?)]
    )
    func quota(text: String, expected: Int?) {
        #expect(processors(ofCPUMax: text) == expected)
    }
}
