/// Does something for each element in child tasks, of which there are at most `limit` at once: thousands that wait would need
/// more memory than what they do.
///
/// - Parameter take: Called with each result as it comes.
func forEach<Element: Sendable, Value: Sendable>(
    of elements: some Sequence<Element>,
    limit: Int,
    do work: @escaping @Sendable (Element) async -> Value,
    take: (Value) -> Void
) async {
    await withTaskGroup(of: Value.self) { group in
        var rest = elements.makeIterator()
        for _ in 0..<max(limit, 1) {
            guard let element = rest.next() else { break }
            group.addTask { await work(element) }
        }
        while let value = await group.next() {
            take(value)
            if let element = rest.next() { group.addTask { await work(element) } }
        }
    }
}
