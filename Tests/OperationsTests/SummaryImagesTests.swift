import PullerCore
import Testing

@testable import Operations

@Suite("The images of the summary")
struct SummaryImagesTests {
    private func summary(_ references: [String: Int]) -> String {
        var fleet = FleetSummary()
        for (reference, present) in references.sorted(by: { $0.key < $1.key }) {
            var image = PodReport.Image(name: "java", reference: reference)
            image.present = present
            fleet.images.append(.init(image: image, clusters: 1))
        }
        let status = SamplePool().status
        return String(decoding: ConsoleAPI.summary(fleet, status, BoardTimes(status)), as: UTF8.self)
    }

    @Test("have the figures of the reference that is wanted, not those of one that a cluster had before")
    func references() {
        let wanted = #"{"name":"java","image":"quay.io/example/java:1"#
        let both = summary(["quay.io/example/java:0": 7, "quay.io/example/java:1": 2])
        #expect(both.contains(wanted + #"","present":2,"#), "\(both)")
        let before = summary(["quay.io/example/java:0": 7])
        #expect(before.contains(wanted + #""}"#), "\(before)")
    }
}
