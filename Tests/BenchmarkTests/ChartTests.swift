import Testing

@testable import fleet_benchmark

@Suite("The benchmark chart")
struct ChartTests {
    private let results = Samples.results(
        [Subject.puller, .floor, .bare].flatMap { subject in
            [10, 100, 1000, 5000].map { users in
                Samples.measurement(.coldStart, subject, users: users) { $0.peakMemory = 60_000_000 }
            }
        }
            + [1, 1000, 5000, 10_000].map { users in
                Samples.measurement(.coldStartLimited, users: users) {
                    $0.peakMemory = 50_000_000
                    if users != 5000 { $0.restMemory = 40_000_000 }
                }
            }
    )

    private func svg() -> String { Chart(results: results, limit: 128).svg }

    /// The number of points of each line with a colour, in the order of drawing.
    private func lines(_ colour: Panel.Colour) -> [Int] {
        svg().split(separator: "\n").filter { $0.contains("<polyline") && $0.contains(colour.rawValue) }.map {
            $0.count(where: { $0 == "," })
        }
    }

    @Test("draws no line across a size that was not measured")
    func gaps() {
        // For time, CPU and memory. Default limits were not measured at 10 and 100 users, nor memory at rest at 5000.
        #expect(lines(.limited) == [1, 3, 1, 3, 1, 3])
        #expect(lines(.unlimited) == [4, 4, 4])
        #expect(lines(.rest) == [1, 1, 1])
    }

    @Test("draws the lines of the puller on top of those of the floors")
    func order() throws {
        let svg = svg()
        let first = try #require(svg.firstRange(of: Panel.Colour.unlimited.rawValue))
        let floor = try #require(svg.firstRange(of: Panel.Colour.floor.rawValue))
        let bare = try #require(svg.firstRange(of: Panel.Colour.bare.rawValue))
        #expect(bare.lowerBound < floor.lowerBound)
        #expect(floor.lowerBound < first.lowerBound)
    }

    @Test("has axes that end at the marks next to the least and the greatest value")
    func axes() throws {
        #expect(try #require(Axis(of: [31, 112, 128], length: 1)).marks == [20, 50, 100, 200])
        #expect(try #require(Axis(of: [0.03, 0.2], length: 1)).marks == [0.02, 0.05, 0.1, 0.2])
        #expect(try #require(Axis(of: [10, 10_000], length: 1)).marks == [10, 100, 1000, 10_000])
        #expect(try #require(Axis(of: [5], length: 1)).marks == [5, 10])
        let axis = try #require(Axis(of: [10, 1000], length: 200))
        #expect(axis.position(10) == 0)
        #expect(axis.position(100) == 100)
        #expect(axis.position(1000) == 200)
        #expect(Axis(of: [], length: 1) == nil)
        #expect(Axis(of: [0], length: 1) == nil)
    }

    @Test("is empty when nothing was measured")
    func nothing() {
        #expect(Chart(results: Samples.results([]), limit: 128).svg.contains("<svg"))
    }
}
