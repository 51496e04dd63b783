import Testing

@testable import MockFleet

struct TimelineTests {
    @Test("events occur in the order of their times, and those with equal times in the order they were added")
    func order() {
        var timeline = Timeline<Int>()
        let times = [5, 3, 5, 1, 3, 5, 1, 3, 5, 1, 2, 4, 5, 5]
        for (index, time) in times.enumerated() { timeline.add(index, at: .seconds(time)) }
        #expect(timeline.next == .seconds(1))
        var popped: [Int] = []
        while let next = timeline.popDue(at: .seconds(5)) { popped.append(next.event) }
        #expect(popped == times.indices.sorted { (times[$0], $0) < (times[$1], $1) })
    }

    @Test("an event that is not due stays in the timeline")
    func notDue() {
        var timeline = Timeline<String>()
        timeline.add("a", at: .seconds(2))
        #expect(timeline.popDue(at: .milliseconds(1999)) == nil)
        #expect(timeline.popDue(at: .seconds(2))?.event == "a")
        #expect(timeline.next == nil)
    }
}
