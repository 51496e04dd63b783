import PullerCore
import Testing
import WorkerPool

@testable import Operations

@Suite("How long pulls took, on the board")
struct PullsOnBoardTests {
    private func times(_ seconds: Int, image: String = "x:1", coldStart: Bool = true) -> PullTimes {
        PullTimes(
            images: [
                .init(
                    name: "a",
                    reference: image,
                    nodes: 2,
                    total: .seconds(2 * seconds),
                    longest: .seconds(seconds + 1)
                )
            ],
            wanted: 1,
            nodes: 2,
            coldStart: coldStart
                ? .init(nodes: 2, total: .seconds(2 * seconds), longest: .seconds(seconds + 1)) : nil
        )
    }

    private func state(_ events: [(String, PullTimes)]) -> FleetState {
        var state = FleetState()
        for user in ["jane", "joe", "ann"] { state.take(PoolEvent(.added, .user(user)), at: .zero) }
        for (user, times) in events { state.take(PoolEvent(.pulled(times), .user(user)), at: .seconds(1)) }
        return state
    }

    @Test("is known of each cluster that has told, and nothing is shown of the others")
    func clusters() {
        let state = state([("jane", times(10)), ("joe", times(30, coldStart: false))])
        #expect(state.detail(.user("jane"))?.pulls == times(10))
        #expect(state.detail(.user("jane"))?.status.coldStart == .seconds(10))
        #expect(state.detail(.user("joe"))?.pulls == times(30, coldStart: false))
        #expect(state.detail(.user("joe"))?.status.coldStart == nil)
        #expect(state.detail(.user("ann"))?.pulls == nil)
        #expect(state.detail(.user("ann"))?.status.coldStart == nil)
        #expect(state.detail(.user("jane"))?.history.map(\.event) == [.pulled])
    }

    @Test("is added up over the clusters by image, and goes with a cluster that is removed")
    func sums() {
        var state = state([("jane", times(10)), ("joe", times(30)), ("ann", times(5, image: "x:2"))])
        let sums = state.summary().pulls
        #expect(sums.map(\.reference) == ["x:1", "x:2"])
        #expect(sums.map(\.nodes) == [4, 2])
        #expect(sums.map(\.mean) == [.seconds(20), .seconds(5)])
        #expect(sums.map(\.longest) == [.seconds(31), .seconds(6)])
        state.take(PoolEvent(.removed(.deleted), .user("joe")), at: .seconds(2))
        #expect(state.summary().pulls.map(\.nodes) == [2, 2])
        #expect(FleetState().summary().pulls == [])
    }

    @Test(
        "stays that of the cold start when the same images are pulled again, while counters count every pull"
    )
    func again() {
        let state = state([("jane", times(40)), ("jane", times(1))])
        #expect(state.detail(.user("jane"))?.status.coldStart == .seconds(40))
        #expect(state.summary().pulls.map(\.mean) == [.seconds(40)])
        #expect(state.counters.pulls.sorted.map(\.nodes) == [4])
        #expect(state.counters.pulls.sorted.map(\.total) == [.seconds(82)])
    }
}
