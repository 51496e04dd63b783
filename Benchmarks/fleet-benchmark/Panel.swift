import Foundation

/// One diagram of a chart, with its legend below it.
struct Panel {
    struct Point {
        var x: Double
        var y: Double
    }

    /// A colour has the same meaning in all diagrams.
    enum Colour: String {
        case unlimited = "#1565c0"
        case limited = "#8e24aa"
        case rest = "#616161"
        case floor = "#2e7d32"
        case bare = "#ef6c00"
    }

    struct Line {
        var name: String
        var colour: Colour
        /// The points of the line, split at gaps.
        var pieces: [[Point]]
    }

    static let width = 300.0
    private static let height = 220.0

    var title: String
    var lines: [Line]
    var limit: (value: Double, name: String)?

    var svg: String {
        let points = lines.flatMap(\.pieces).joined()
        let limits = [limit?.value].compactMap(\.self)
        guard let across = Axis(of: points.map(\.x), length: Self.width),
            let up = Axis(of: points.map(\.y) + limits, length: Self.height)
        else { return "" }
        func place(_ point: Point) -> (x: String, y: String) {
            (number(across.position(point.x), 1), number(Self.height - up.position(point.y), 1))
        }
        var parts = [#"<text x="0" y="-12" font-weight="bold">\#(title)</text>"#]
        for mark in up.marks {
            let y = Self.height - up.position(mark)
            parts.append(
                #"<path d="M0 \#(number(y, 1))H\#(Self.width)" stroke="gainsboro"/>"#
                    + #"<text x="-6" y="\#(number(y + 4, 1))" text-anchor="end">\#(label(mark))</text>"#
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
            let y = Self.height - up.position(limit.value)
            parts.append(
                #"<path d="M0 \#(number(y, 1))H\#(Self.width)" stroke="firebrick" stroke-dasharray="5 4"/>"#
                    + #"<text x="4" y="\#(number(y - 4, 1))" fill="firebrick">\#(limit.name)</text>"#
            )
        }
        for line in lines {
            for piece in line.pieces {
                let places = piece.map(place)
                parts.append(
                    #"<polyline points="\#(places.map { "\($0.x),\($0.y)" }.joined(separator: " "))" fill="none" "#
                        + #"stroke="\#(line.colour.rawValue)" stroke-width="2"/>"#
                )
                parts += places.map {
                    #"<circle cx="\#($0.x)" cy="\#($0.y)" r="3" fill="\#(line.colour.rawValue)"/>"#
                }
            }
        }
        return (parts + legend).joined(separator: "\n")
    }

    /// The legend, in reverse order: the lines on top come first.
    private var legend: [String] {
        lines.reversed().filter { !$0.pieces.isEmpty }.enumerated().map { index, line in
            let (left, top) = (Double(index % 2) * 150, Self.height + 38 + Double(index / 2) * 18)
            return
                #"<rect x="\#(left)" y="\#(top - 9)" width="12" height="4" fill="\#(line.colour.rawValue)"/>"#
                + #"<text x="\#(left + 17)" y="\#(top - 3)">\#(line.name)</text>"#
        }
    }

    private func label(_ value: Double) -> String { value < 1 ? "\(value)" : number(value) }
}
