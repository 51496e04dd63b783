import Foundation

/// Draws cold starts by number of users: time, CPU and memory, on logarithmic axes.
struct Chart {
    private struct Line {
        var name: String
        var colour: String
        var points: [(x: Double, y: Double)]
    }

    let results: Results

    private static let width = 300.0
    private static let height = 220.0
    private static let margin = 60.0

    var svg: String {
        let panels = [
            panel("Wall time, s", lines(\.wall), limit: nil),
            panel("CPU, s", lines(\.cpu), limit: nil),
            panel("Memory, MB", memoryLines, limit: (128, "128 MB")),
        ]
        let step = Self.width + Self.margin + 20
        let total = step * Double(panels.count) + 20
        let drawn = panels.enumerated().map { index, panel in
            #"<g transform="translate(\#(Double(index) * step + Self.margin),60)">\#(panel)</g>"#
        }
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(total) 360" font-family="sans-serif" font-size="12">
            <rect width="100%" height="100%" fill="white"/>
            <text x="20" y="26" font-size="16">Cold starts over HTTP, by number of users (both axes logarithmic)</text>
            \(drawn.joined(separator: "\n"))
            </svg>

            """
    }

    private func lines(_ figure: (Measurement) -> Double?) -> [Line] {
        [
            line("puller, default limits", "#888888", .coldStartLimited, .puller, figure),
            line("puller, unlimited", "#1565c0", .coldStart, .puller, figure),
            line("floor", "#2e7d32", .coldStart, .floor, figure),
            line("bare", "#e65100", .coldStart, .bare, figure),
        ]
    }

    private var memoryLines: [Line] {
        [
            line("peak, unlimited", "#1565c0", .coldStart, .puller) {
                $0.peakMemory.map { Double($0) / 1e6 }
            },
            line("peak, default limits", "#888888", .coldStartLimited, .puller) {
                $0.peakMemory.map { Double($0) / 1e6 }
            },
            line("at rest, default limits", "#2e7d32", .coldStartLimited, .puller) {
                $0.restMemory.map { Double($0) / 1e6 }
            },
        ]
    }

    private func line(
        _ name: String,
        _ colour: String,
        _ scenario: Scenario,
        _ subject: Subject,
        _ figure: (Measurement) -> Double?
    ) -> Line {
        let users = Set(results.measurements.map(\.users)).sorted()
        let points = users.compactMap { users in
            results.median(Kind(scenario: scenario, subject: subject, users: users), figure).map {
                (x: Double(users), y: $0.median)
            }
        }
        return Line(name: name, colour: colour, points: points)
    }

    private func panel(_ title: String, _ lines: [Line], limit: (value: Double, name: String)?) -> String {
        let points = lines.flatMap(\.points)
        guard let mostX = points.map(\.x).max(), let leastX = points.map(\.x).min(),
            let mostY = (points.map(\.y) + [limit?.value ?? 0]).max(), let leastY = points.map(\.y).min()
        else { return "" }
        let across = Axis(from: leastX, to: mostX, length: Self.width)
        let up = Axis(from: leastY, to: mostY, length: Self.height)
        func y(_ value: Double) -> Double { Self.height - up.position(value) }
        var parts = [#"<text x="0" y="-12" font-weight="bold">\#(title)</text>"#]
        for mark in up.marks {
            parts.append(
                #"<path d="M0 \#(number(y(mark), 1))H\#(Self.width)" stroke="gainsboro"/>"#
                    + #"<text x="-6" y="\#(number(y(mark) + 4, 1))" text-anchor="end">\#(label(mark))</text>"#
            )
        }
        for mark in across.marks {
            let x = number(across.position(mark), 1)
            parts.append(
                #"<path d="M\#(x) 0V\#(Self.height)" stroke="gainsboro"/>"#
                    + #"<text x="\#(x)" y="\#(Self.height + 16)" text-anchor="middle">\#(label(mark))</text>"#
            )
        }
        if let limit {
            parts.append(
                #"<path d="M0 \#(number(y(limit.value), 1))H\#(Self.width)" stroke="firebrick" stroke-dasharray="5 4"/>"#
                    + #"<text x="4" y="\#(number(y(limit.value) - 4, 1))" fill="firebrick">\#(limit.name)</text>"#
            )
        }
        let drawn = lines.filter { !$0.points.isEmpty }
        for (index, line) in drawn.enumerated() {
            let path = line.points.map { "\(number(across.position($0.x), 1)),\(number(y($0.y), 1))" }
            parts.append(
                #"<polyline points="\#(path.joined(separator: " "))" fill="none" stroke="\#(line.colour)" "#
                    + #"stroke-width="2"/>"#
            )
            parts += line.points.map {
                #"<circle cx="\#(number(across.position($0.x), 1))" cy="\#(number(y($0.y), 1))" r="3" "#
                    + #"fill="\#(line.colour)"/>"#
            }
            let (left, top) = (Double(index % 2) * 150, Self.height + 38 + Double(index / 2) * 18)
            parts.append(
                #"<rect x="\#(left)" y="\#(top - 9)" width="12" height="4" fill="\#(line.colour)"/>"#
                    + #"<text x="\#(left + 17)" y="\#(top - 3)">\#(line.name)</text>"#
            )
        }
        return parts.joined(separator: "\n")
    }

    private func label(_ value: Double) -> String { value < 1 ? "\(value)" : number(value) }
}

/// A logarithmic axis over whole decades.
private struct Axis {
    private let first: Double
    private let last: Double
    private let length: Double

    init(from least: Double, to most: Double, length: Double) {
        first = log10(least).rounded(.down)
        last = max(log10(most).rounded(.up), first + 1)
        self.length = length
    }

    var marks: [Double] { stride(from: first, through: last, by: 1).map { pow(10, $0) } }

    func position(_ value: Double) -> Double { (log10(value) - first) / (last - first) * length }
}
