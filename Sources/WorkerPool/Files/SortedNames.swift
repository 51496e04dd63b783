/// Names, each once. A set of as many users as a fleet has would take more than twice the memory.
struct SortedNames: Sendable {
    private var names: [String]

    /// - Parameter names: Names, each once.
    init(_ names: [String]) { self.names = names.sorted() }

    /// How many there are.
    var count: Int { names.count }

    /// Whether a name is there.
    func contains(_ name: String) -> Bool {
        let index = firstIndex(notBelow: name)
        return index < names.count && names[index] == name
    }

    /// Those that others lack.
    func subtracting(_ others: Self) -> Set<String> {
        var missing: Set<String> = []
        var rest = others.names[...]
        for name in names {
            while let other = rest.first, other < name { rest.removeFirst() }
            if rest.first != name { missing.insert(name) }
        }
        return missing
    }

    /// Removes names, and adds others that are not there.
    mutating func change(adding added: [String], removing removed: Set<String>) {
        if !removed.isEmpty { names.removeAll { removed.contains($0) } }
        guard !added.isEmpty else { return }
        names += added
        names.sort()
    }

    private func firstIndex(notBelow name: String) -> Int {
        var range = names.indices
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            range = names[middle] < name ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return range.lowerBound
    }
}
