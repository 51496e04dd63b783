import Foundation

/// Draws the time, CPU time and memory of cold starts by number of users, on logarithmic axes. The lines on top are
/// drawn last.
struct Chart {
    let results: Results
    /// The limit for memory, in megabytes.
    let limit: Double

    private static let step = Panel.width + 80

    var svg: String {
        let panels = [
            Panel(title: "Wall time, s", lines: lines(\.wall)),
            Panel(title: "CPU, s", lines: lines(\.cpu)),
            Panel(title: "Memory, MB", lines: memoryLines, limit: (limit, "\(number(limit)) MB at most")),
        ]
        let drawn = panels.enumerated().map { index, panel in
            #"<g transform="translate(\#(Double(index) * Self.step + 60),60)">\#(panel.svg)</g>"#
        }
        let width = Self.step * Double(panels.count) + 20
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(width) 360" font-family="sans-serif" font-size="12">
            <rect width="100%" height="100%" fill="white"/>
            <text x="20" y="26" font-size="16">Cold starts over HTTP, by number of users (both axes logarithmic)</text>
            \(drawn.joined(separator: "\n"))
            </svg>

            """
    }

    private func lines(_ figure: (Measurement) -> Double?) -> [Panel.Line] {
        [
            line("bare", .bare, .coldStart, .bare, figure),
            line("floor", .floor, .coldStart, .floor, figure),
            line("puller, default limits", .limited, .coldStartLimited, .puller, figure),
            line("puller, unlimited", .unlimited, .coldStart, .puller, figure),
        ]
    }

    /// Only after cold starts with default limits, the benchmark waits until the puller has returned memory.
    private var memoryLines: [Panel.Line] {
        func megabytes(_ bytes: Int?) -> Double? { bytes.map { Double($0) / 1e6 } }
        return [
            line("at rest", .rest, .coldStartLimited, .puller) { megabytes($0.restMemory) },
            line("peak, default limits", .limited, .coldStartLimited, .puller) { megabytes($0.peakMemory) },
            line("peak, unlimited", .unlimited, .coldStart, .puller) { megabytes($0.peakMemory) },
        ]
    }

    /// A line has a gap at a size that was measured only for other lines.
    private func line(
        _ name: String,
        _ colour: Panel.Colour,
        _ scenario: Scenario,
        _ subject: Subject,
        _ figure: (Measurement) -> Double?
    ) -> Panel.Line {
        let sizes = Set(
            results.measurements.filter {
                $0.road == .http && [.coldStart, .coldStartLimited].contains($0.scenario)
            }.map(\.users)
        ).sorted()
        var pieces: [[Panel.Point]] = [[]]
        for users in sizes {
            let kind = Kind(scenario: scenario, subject: subject, users: users)
            if let figure = results.median(kind, figure) {
                pieces[pieces.count - 1].append(Panel.Point(x: Double(users), y: figure.median))
            } else {
                pieces.append([])
            }
        }
        return Panel.Line(name: name, colour: colour, pieces: pieces.filter { !$0.isEmpty })
    }
}
