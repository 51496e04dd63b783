import Testing

@testable import fleet_benchmark

@Suite("Statistics")
struct StatisticsTests {
    @Test("include the median, and percentiles by the nearest-rank method")
    func percentiles() {
        #expect([Double]().median == nil)
        #expect([3.0].median == 3)
        #expect([9.0, 1, 2].median == 2)
        #expect([4.0, 1, 3, 2].median == 2.5)
        #expect([Double]().percentile(99) == nil)
        #expect((1...1000).map(Double.init).shuffled().percentile(99) == 990)
        #expect([5.0, 7].percentile(50) == 5)
        #expect([5.0, 7].percentile(99) == 7)
        #expect([5.0].percentile(0) == 5)
    }
}
