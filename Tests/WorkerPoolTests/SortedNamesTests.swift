import TestSupport
import Testing

@testable import WorkerPool

@Suite("Sorted names")
struct SortedNamesTests {
    @Test("are what a set of the same names would be", arguments: 1...20)
    func likeSets(seed: Int) {
        let random = seededRandom(UInt64(seed))
        func some() -> Set<String> {
            Set((0..<Int(random() * 30)).map { _ in "user-\(Int(random() * 40))" })
        }
        var set = some()
        var names = SortedNames(set.shuffled())
        for _ in 0..<100 {
            let (others, removed) = (some(), some())
            #expect(names.subtracting(SortedNames(others.shuffled())) == set.subtracting(others))
            let added = some().subtracting(set)
            names.change(adding: added.shuffled(), removing: removed)
            set.subtract(removed)
            set.formUnion(added)
            #expect(names.count == set.count)
            for number in 0..<40 {
                #expect(names.contains("user-\(number)") == set.contains("user-\(number)"))
            }
        }
    }
}
