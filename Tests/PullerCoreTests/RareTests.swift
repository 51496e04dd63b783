import TestSupport
import Testing

@testable import PullerCore

@Suite("A value that few clusters have")
struct RareTests {
    private struct Subject: Equatable {
        @Rare var uid: String? = nil
        @Rare var notes = Keeper.PodNotes()
    }

    @Test("needs eight bytes while it is nothing, and comes back as it was set")
    func kept() {
        #expect(MemoryLayout<Subject>.size == 16)
        var subject = Subject()
        #expect(subject.uid == nil && subject.notes == Keeper.PodNotes())
        subject.uid = "u"
        subject.notes.lasting = 3
        #expect(subject.uid == "u" && subject.notes.lasting == 3)
        let copy = subject
        subject.notes.lasting += 1
        subject.uid = nil
        #expect(copy.uid == "u" && copy.notes.lasting == 3)
        #expect(subject.uid == nil && subject.notes.lasting == 4)
    }

    @Test("keeps each part of what is known of further placements")
    func placements() throws {
        let id = PlacementID.further("0123abcd")
        let observed = Observed.right(DesiredDaemonSet(try Configuration.sample().daemonSet))
        var keeper = CacheKeeper()
        #expect(keeper.further.isBlank)
        let parts: [(String, (inout CacheKeeper.Placements) -> Void, (CacheKeeper.Placements) -> Bool)] = [
            ("keepers", { $0.keepers[id] = Keeper() }, { $0.keepers[id] != nil }),
            ("cleared", { $0.cleared = [id] }, { $0.cleared == [id] }),
            ("named", { $0.named = [id] }, { $0.named == [id] }),
            ("naming", { $0.naming = ["u"] }, { $0.naming == ["u"] }),
            (
                "progress", { $0.progress[id] = OverlapHistory.Progress(of: observed, at: .zero) },
                { $0.progress[id] != nil }
            ),
        ]
        #expect(Mirror(reflecting: keeper.further).children.compactMap(\.label) == parts.map(\.0))
        for (name, set, isKept) in parts {
            keeper.further = CacheKeeper.Placements()
            set(&keeper.further)
            #expect(isKept(keeper.further), "\(name)")
        }
    }

    @Test("is nothing again once nothing is set, whatever it was before")
    func blankAgain() {
        var subject = Subject()
        subject.uid = "u"
        subject.notes.lasting = 3
        subject.uid = nil
        subject.notes = Keeper.PodNotes()
        #expect(subject == Subject())
    }
}
