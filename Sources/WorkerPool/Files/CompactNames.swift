/// Names, each once. A set of as many users as a fleet has would take more than twice the memory.
///
/// They are in the order of their hashes. Swift's `<` would not do: where one name has an accented letter and another the
/// letter and its accent, it can call neither of two different names the smaller one, and a search would miss names.
struct CompactNames: Sendable {
    private var names: [String]

    /// - Parameter names: Names, each once.
    init(_ names: [String]) { self.names = names.sorted { $0.hashValue < $1.hashValue } }

    /// How many there are.
    var count: Int { names.count }

    /// Whether a name is there.
    func contains(_ name: String) -> Bool {
        let hash = name.hashValue
        var range = names.indices
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            range =
                names[middle].hashValue < hash ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return names[range.lowerBound...].prefix { $0.hashValue == hash }.contains(name)
    }

    /// Those that others lack.
    func subtracting(_ others: Self) -> Set<String> { Set(names.filter { !others.contains($0) }) }

    /// Removes names, and adds others that are not there.
    mutating func change(adding added: [String], removing removed: Set<String>) {
        if !removed.isEmpty { names.removeAll { removed.contains($0) } }
        if !added.isEmpty { self = Self(names + added) }
    }
}
