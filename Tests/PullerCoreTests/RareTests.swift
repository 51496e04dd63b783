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
