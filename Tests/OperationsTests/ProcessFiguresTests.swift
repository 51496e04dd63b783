import Testing

@testable import Operations

@Suite("The figures of the process")
struct ProcessFiguresTests {
    private static let machineStat = "cpu  1 2 3 4\ncpu0 1 2 3 4\nintr 99 0\nctxt 7\nbtime 1700000000\nprocesses 5\n"

    private func machine() throws -> ProcessFigures.Machine {
        try #require(ProcessFigures.Machine(stat: Self.machineStat, ticksPerSecond: 100, pageBytes: 4096))
    }

    private func stat(_ name: String) -> String {
        "42 (\(name)) S 1 42 42 0 -1 4194560 5000 0 3 0 1234 66 0 0 20 0 9 0 50025 123456789 2048 18446744073709551615 1 1\n"
    }

    @Test(
        "come from the right fields, whatever the program is called",
        arguments: ["kubernetes-imag", "a b", ") S 1 2 3", "((", "", "x) R (y"]
    )
    func fields(name: String) throws {
        let figures = try #require(ProcessFigures(stat: stat(name), on: machine()))
        #expect(figures.cpuSeconds == 13)
        #expect(figures.threads == 9)
        #expect(figures.startTime == 1_700_000_500.25)
        #expect(figures.virtualBytes == 123_456_789)
        #expect(figures.residentBytes == 2048 * 4096)
        #expect(figures.openFiles == nil)
    }

    @Test(
        "are left out where the system's text is not understood",
        arguments: ["", "42", "42 (x", "42 (x)", "42 (x) S 1 42", "42 (x) S 1 42 42 0 -1 4194560 5000 0 3 0 a b 0 0 20 0 9 0 1 2 3"]
    )
    func odd(text: String) throws {
        #expect(ProcessFigures(stat: text, on: try machine()) == nil)
        #expect(ProcessFigures.Machine(stat: text, ticksPerSecond: 100, pageBytes: 4096) == nil)
    }
}
