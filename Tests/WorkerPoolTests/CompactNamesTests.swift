import TestSupport
import Testing

@testable import WorkerPool

@Suite("Names in little memory")
struct CompactNamesTests {
    @Test("are what a set of the same names would be", arguments: 1...20)
    func likeSets(seed: Int) {
        let random = seededRandom(UInt64(seed))
        // Names that differ only in how an accent is written are the same, as in sets.
        func name(_ number: Int) -> String { "\(random() < 0.5 ? "\u{E9}" : "e\u{301}")ve-\(number)" }
        func some() -> Set<String> {
            Set((0..<Int(random() * 30)).map { _ in name(Int(random() * 40)) })
        }
        var set = some()
        var names = CompactNames(set.shuffled())
        for _ in 0..<100 {
            let (others, removed) = (some(), some())
            #expect(names.subtracting(CompactNames(others.shuffled())) == set.subtracting(others))
            let added = some().subtracting(set)
            names.change(adding: added.shuffled(), removing: removed)
            set.subtract(removed)
            set.formUnion(added)
            #expect(names.count == set.count)
            for number in 0..<40 {
                #expect(names.contains(name(number)) == set.contains(name(number)))
            }
        }
    }
}
