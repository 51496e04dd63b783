import TestSupport
import Testing

@testable import PullerCore

@Suite("Whose a DaemonSet is")
struct OwnershipTests {
    private let desired: DesiredDaemonSet

    init() throws {
        desired = DesiredDaemonSet(try Configuration.sample().daemonSet)
    }

    private func owner(_ slot: Slot = .primary, _ change: (inout ObservedDaemonSet) -> Void = { _ in })
        -> Ownership
    {
        Ownership(of: Observed.right(desired, slot, change), in: slot, identity: desired.identity)
    }

    private func isStranger(_ owner: Ownership) -> Bool { if case .stranger = owner { true } else { false } }

    @Test("ours has the labels of its name", arguments: Slot.allCases)
    func ours(slot: Slot) {
        #expect(owner(slot) == .ours)
    }

    @Test(
        "ours it stays when a webhook drops or replaces labels: nobody can change a selector",
        arguments: Slot.allCases
    )
    func webhook(slot: Slot) {
        #expect(owner(slot) { $0.labels = [:] } == .ours)
        #expect(owner(slot) { $0.labels = [MetadataKey.name: "theirs"] } == .ours)
        #expect(owner(slot) { $0.labels[MetadataKey.slot] = nil } == .ours)
    }

    @Test("a stranger's belongs to another installation, another puller, or anybody else")
    func strangers() {
        #expect(isStranger(owner { $0.selector[MetadataKey.installation] = "another" }))
        #expect(isStranger(owner { $0.selector[MetadataKey.cache] = "another" }))
        #expect(isStranger(owner { $0.selector[MetadataKey.slot] = Slot.alternate.rawValue }))
        for labels in [[:], ["app": "x"], [MetadataKey.specHash: desired.specHash]] {
            let isTheirs = owner {
                $0.labels = labels
                $0.selector = ["app": "x"]
                $0.isTerminating = true
            }
            #expect(isStranger(isTheirs))
        }
    }

    @Test("the alternate of `cache` is a stranger's to the puller `cache-b`, and the other way round")
    func neighbours() throws {
        let one = DesiredDaemonSet(try Configuration.sample(["DAEMONSET_NAME": "cache"]).daemonSet)
        let other = DesiredDaemonSet(try Configuration.sample(["DAEMONSET_NAME": "cache-b"]).daemonSet)
        #expect(
            isStranger(Ownership(of: Observed.right(one, .alternate), in: .primary, identity: other.identity))
        )
        #expect(
            isStranger(Ownership(of: Observed.right(other, .primary), in: .alternate, identity: one.identity))
        )
    }

    @Test("one from a version with a single name is ours only under the first name")
    func older() {
        for slot in Slot.allCases {
            let owner = owner(slot) {
                for key in [MetadataKey.cache, MetadataKey.slot] {
                    $0.labels[key] = nil
                    $0.selector[key] = nil
                }
            }
            #expect((owner == .ours) == (slot == .primary))
        }
    }

    @Test("a Go puller's is recognised by its selector, under the first name only")
    func goPuller() {
        for slot in Slot.allCases {
            let owner = owner(slot) {
                $0.labels = [:]
                $0.selector = [MetadataKey.goPuller: "daemonset-test"]
            }
            #expect((owner == .goPuller) == (slot == .primary))
            #expect(isStranger(owner) == (slot == .alternate))
        }
        // Ours is not mistaken for a Go puller's, whatever its selector says.
        #expect(owner { $0.selector[MetadataKey.goPuller] = "daemonset-test" } == .ours)
    }
}
