import TestSupport
import Testing

@testable import PullerCore

@Suite("The owner of a DaemonSet")
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

    private func isNotOurs(_ owner: Ownership) -> Bool { if case .notOurs = owner { true } else { false } }

    @Test("is this puller if it has the labels of its name", arguments: Slot.allCases)
    func ours(slot: Slot) {
        #expect(owner(slot) == .ours)
    }

    @Test(
        "is still this puller when a webhook drops or replaces labels, because a selector cannot be changed",
        arguments: Slot.allCases
    )
    func webhook(slot: Slot) {
        #expect(owner(slot) { $0.labels = [:] } == .ours)
        #expect(owner(slot) { $0.labels = [MetadataKey.name: "theirs"] } == .ours)
        #expect(owner(slot) { $0.labels[MetadataKey.slot] = nil } == .ours)
    }

    @Test("is not this puller if its marks are another installation's or another puller's, or if it has none")
    func foreign() {
        #expect(isNotOurs(owner { $0.selector[MetadataKey.installation] = "another" }))
        #expect(isNotOurs(owner { $0.selector[MetadataKey.cache] = "another" }))
        #expect(isNotOurs(owner { $0.selector[MetadataKey.slot] = Slot.alternate.rawValue }))
        for labels in [[:], ["app": "x"], [MetadataKey.specHash: desired.specHash]] {
            let isTheirs = owner {
                $0.labels = labels
                $0.selector = ["app": "x"]
                $0.isTerminating = true
            }
            #expect(isNotOurs(isTheirs))
        }
    }

    @Test("is not the puller `cache-b` if it is the alternate of `cache`, and the other way round")
    func neighbours() throws {
        let one = DesiredDaemonSet(try Configuration.sample(["DAEMONSET_NAME": "cache"]).daemonSet)
        let other = DesiredDaemonSet(try Configuration.sample(["DAEMONSET_NAME": "cache-b"]).daemonSet)
        #expect(
            isNotOurs(Ownership(of: Observed.right(one, .alternate), in: .primary, identity: other.identity))
        )
        #expect(
            isNotOurs(Ownership(of: Observed.right(other, .primary), in: .alternate, identity: one.identity))
        )
    }

    @Test("is this puller for one from a version with a single name, but only under the first name")
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

    @Test("is a Go puller if the selector says so, but only under the first name")
    func goPuller() {
        for slot in Slot.allCases {
            let owner = owner(slot) {
                $0.labels = [:]
                $0.selector = [MetadataKey.goPuller: "daemonset-test"]
            }
            #expect((owner == .goPuller) == (slot == .primary))
            #expect(isNotOurs(owner) == (slot == .alternate))
        }
        // Ours is not mistaken for a Go puller's, whatever its selector says.
        #expect(owner { $0.selector[MetadataKey.goPuller] = "daemonset-test" } == .ours)
    }
}
