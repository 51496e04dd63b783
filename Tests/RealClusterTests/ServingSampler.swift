import TestSupport
import Testing

extension TestNamespace {
    /// Samples ten times a second, while `body` runs, which nodes have a ready pod of the puller: no node may lose it.
    ///
    /// - Parameters:
    ///   - nodes: The nodes that have such a pod at the start.
    ///   - missing: How many of them may be without one at the same time.
    ///   - images: Counts only pods whose first image starts with this.
    @discardableResult
    func keepingServed<Result>(
        _ nodes: Set<String>,
        missing: Int = 0,
        of images: String = "",
        sourceLocation: SourceLocation = #_sourceLocation,
        _ body: () async throws -> Result
    ) async throws -> Result {
        #expect(
            try await readyNodes(of: images).isSuperset(of: nodes),
            "every node must have a ready pod at the start",
            sourceLocation: sourceLocation
        )
        return try await withThrowingTaskGroup(of: [Set<String>].self) { group in
            group.addTask { await self.sample(images) }
            let result: Result
            do {
                result = try await body()
            } catch {
                group.cancelAll()
                throw error
            }
            group.cancelAll()
            // On a busy machine, a short replacement may be over before the first sample; one at its end is certain.
            let samples = try await (group.next() ?? []) + [readyNodes(of: images)]
            let gaps = samples.map { nodes.subtracting($0) }.filter { $0.count > missing }
            #expect(
                gaps.isEmpty,
                "\(gaps.count) of \(samples.count) samples show nodes without a ready pod, such as \(gaps.first ?? [])",
                sourceLocation: sourceLocation
            )
            return result
        }
    }

    private func sample(_ images: String) async -> [Set<String>] {
        var samples: [Set<String>] = []
        while !Task.isCancelled {
            // A sample that was cancelled at the end shows nothing.
            if let nodes = try? await readyNodes(of: images) { samples.append(nodes) }
            try? await Task.sleep(for: .milliseconds(100))
        }
        return samples
    }
}
