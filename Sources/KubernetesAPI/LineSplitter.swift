import PullerCore

/// Cuts a stream of bytes into lines, wherever the pieces were cut; a watch is one JSON object a line.
struct LineSplitter {
    private var rest: [UInt8] = []
    private let limit: Int

    /// - Parameter limit: Bytes of a line at most.
    init(limit: Int) {
        self.limit = limit
    }

    /// Takes in a piece, and gives the lines that it completes, without their ends and without empty ones.
    mutating func lines(adding piece: [UInt8]) throws(Failure) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var start = piece.startIndex
        while let end = piece[start...].firstIndex(of: UInt8(ascii: "\n")) {
            let line = rest + piece[start..<end]
            rest = []
            start = end + 1
            try check(line.count)
            if !line.isEmpty { lines.append(line) }
        }
        try check(rest.count + piece.count - start)
        rest += piece[start...]
        return lines
    }

    private func check(_ count: Int) throws(Failure) {
        guard count <= limit else {
            throw Failure(.responseTooLarge, "a line of the watch is longer than \(limit) bytes")
        }
    }
}
