import Foundation
import Testing

@testable import PullerCore

@Suite("How long the pulls of a cluster took")
struct PullTallyTests {
    private static let jdk = PodImages.Image(name: "jdk", reference: "quay.io/x/jdk:21")
    private static let node = PodImages.Image(name: "node", reference: "node")
    private static let gpu = PodImages.Image(name: "gpu", reference: "quay.io/x/gpu:1")
    private let query = PullQuery([
        (
            names: ["cache", "cache-b"],
            images: PodImages(cached: [jdk, node], holder: .init(name: "KIP_IMAGE", reference: "kip:1"))
        ),
        (names: ["cache-gpu"], images: PodImages(cached: [gpu, jdk])),
    ])

    private func known(_ events: [(pod: String, node: String, image: String, time: String)]) -> PullTimes? {
        var tally = PullTally(query)
        for event in events {
            let message = "Successfully pulled image \"\(event.image)\" in \(event.time)"
            tally.add(PullEvent(pod: event.pod, node: event.node, message: message))
        }
        return tally.times
    }

    @Test("is added up by image, and by node where all its images are known")
    func sums() throws {
        let times = try #require(
            known([
                ("cache-abcd1", "n1", "quay.io/x/jdk:21", "40s"), ("cache-abcd1", "n1", "node:latest", "10s"),
                ("cache-abcd2", "n2", "quay.io/x/jdk:21", "50.5s"), ("cache-abcd2", "n2", "node", "1m0.5s"),
                ("cache-abcd3", "n3", "quay.io/x/jdk:21", "30s"),
            ])
        )
        #expect(times.images.map(\.name) == ["jdk", "node"])
        #expect(times.images.map(\.nodes) == [3, 2])
        #expect(times.images.map(\.total) == [.milliseconds(120_500), .milliseconds(70_500)])
        #expect(times.images.map(\.longest) == [.milliseconds(50_500), .milliseconds(60_500)])
        #expect(times.images.last?.mean == .milliseconds(35_250))
        #expect(
            times.coldStart == PullTimes.ColdStart(nodes: 2, total: .seconds(161), longest: .seconds(111))
        )
        #expect(times.nodes == 3)
        #expect(
            times.text
                == "2 of 3 images pulled on 3 nodes, all of them on 2: 81 s a node on average, 111 s at most; the slowest is "
                + "node, 61 s"
        )
    }

    @Test("counts what the images of all placements on a node took, and an image that two of them have once")
    func placements() throws {
        let both = try #require(
            known([
                ("cache-b-abcd1", "n1", "quay.io/x/jdk:21", "40s"), ("cache-abcd1", "n1", "node", "10s"),
                ("cache-gpu-abcd1", "n1", "quay.io/x/gpu:1", "300ms"),
            ])
        )
        #expect(
            both.coldStart
                == PullTimes.ColdStart(nodes: 1, total: .milliseconds(50_300), longest: .milliseconds(50_300))
        )
        #expect(both.text == "3 images pulled on 1 node: 50 s a node; the slowest is jdk, 40 s")
        let one = try #require(known([("cache-gpu-abcd1", "n1", "quay.io/x/gpu:1", "300ms")]))
        #expect(one.coldStart == nil)
        #expect(one.text == "1 of 3 images pulled on 1 node; the slowest is gpu, 0.3 s")
    }

    @Test("is the longest time where a container of a node started again")
    func restarts() throws {
        let times = try #require(
            known([
                ("cache-abcd1", "n1", "quay.io/x/jdk:21", "40s"),
                ("cache-abcd1", "n1", "quay.io/x/jdk:21", "500ms"),
                ("cache-abcd9", "n1", "quay.io/x/jdk:21", "1s"),
            ])
        )
        #expect(times.images.map(\.total) == [.seconds(40)])
    }

    @Test(
        "is not known from pods that no DaemonSet of ours has made, and of images that it does not cache",
        arguments: [
            ("cache", "quay.io/x/jdk:21"), ("cache-", "quay.io/x/jdk:21"), ("cache-abcd", "quay.io/x/jdk:21"),
            ("cache-abcdef", "quay.io/x/jdk:21"), ("cache-c-abcd1", "quay.io/x/jdk:21"),
            ("my-cache-abcd1", "quay.io/x/jdk:21"), ("cache-ab-d1", "quay.io/x/jdk:21"),
            ("", "quay.io/x/jdk:21"),
            ("cache-abcd1", "quay.io/x/jdk:22"), ("cache-abcd1", "kip:1"), ("cache-abcd1", "quay.io/x/gpu:1"),
            ("cache-abcd1", "evil.example.com/node:1"),
        ]
    )
    func others(pod: String, image: String) { #expect(known([(pod, "n1", image, "1s")]) == nil) }

    @Test("is known of pods whose DaemonSet has so long a name that the server cuts it")
    func longNames() {
        let name = String(repeating: "a", count: 60)
        var tally = PullTally(PullQuery([(names: [name], images: PodImages(cached: [Self.jdk]))]))
        let pod = String(repeating: "a", count: 58) + "xyz12"
        tally.add(
            PullEvent(pod: pod, node: "n", message: #"Successfully pulled image "quay.io/x/jdk:21" in 1s"#)
        )
        #expect(tally.times?.nodes == 1)
    }

    @Test("is known of a bounded number of nodes")
    func bounded() {
        let events = (0..<PullTally.mostNodes + 10).map { ("cache-abcd1", "n\($0)", "node", "1s") }
        #expect(known(events)?.nodes == PullTally.mostNodes)
        // More is learned of those that are known.
        let more = known(events + [("cache-abcd1", "n0", "quay.io/x/jdk:21", "1s")])
        #expect(more?.images.map(\.name) == ["jdk", "node"])
    }

    @Test("has the size of an image that any kubelet has told")
    func size() {
        func bytes(_ ends: String...) -> Int?? {
            known(ends.enumerated().map { ("cache-abcd1", "n\($0.offset)", "node", $0.element) })?.images
                .first?
                .bytes
        }
        let size = "2s (2s including waiting). Image size: 123 bytes."
        #expect(bytes("1s", size, "3s") == 123)
        #expect(bytes("1s") == .some(nil))
    }

    @Test(
        "is shown in as many digits as matter, and with the slowest image where there are several",
        arguments: [
            (["node": 9960], 1, "1 image pulled on 1 node: 10 s a node"),
            (["node": 9940], 1, "1 image pulled on 1 node: 9.9 s a node"),
            (["node": 99], 1, "1 image pulled on 1 node: 99 ms a node"),
            (["node": 100], 1, "1 image pulled on 1 node: 0.1 s a node"),
            (
                ["jdk": 500, "node": 500], 2,
                "2 images pulled on 1 node: 1.0 s a node; the slowest is jdk, 0.5 s"
            ),
        ]
    )
    func text(milliseconds: [String: Int], wanted: Int, text: String) {
        let images = milliseconds.sorted { $0.key < $1.key }.map { name, time in
            PullTimes.Image(
                name: name,
                reference: name,
                nodes: 1,
                total: .milliseconds(time),
                longest: .milliseconds(time)
            )
        }
        let sum = images.reduce(.zero) { $0 + $1.total }
        let times = PullTimes(
            images: images,
            wanted: wanted,
            nodes: 1,
            coldStart: .init(nodes: 1, total: sum, longest: sum)
        )
        #expect(times.text == text)
    }

    @Test("is the longer one of two times of the same images, since a node may have had them the second time")
    func merged() {
        func times(_ reference: String, _ seconds: Int) -> PullTimes {
            PullTimes(
                images: [
                    .init(
                        name: "a",
                        reference: reference,
                        nodes: 2,
                        total: .seconds(2 * seconds),
                        longest: .seconds(seconds)
                    )
                ],
                wanted: 1,
                nodes: 2,
                coldStart: .init(nodes: 2, total: .seconds(2 * seconds), longest: .seconds(seconds))
            )
        }
        #expect(times("x:1", 1).merged(with: times("x:1", 40)) == times("x:1", 40))
        #expect(times("x:1", 41).merged(with: times("x:1", 40)) == times("x:1", 41))
        #expect(times("x:2", 1).merged(with: times("x:1", 40)) == times("x:2", 1))
        var partial = times("x:1", 1)
        partial.coldStart = nil
        #expect(partial.merged(with: times("x:1", 40)).coldStart?.mean == .seconds(40))
        var more = times("x:1", 40)
        more.wanted = 2
        #expect(times("x:1", 1).merged(with: more).coldStart?.mean == .seconds(1))
        // One slow node makes no slower start.
        var uneven = times("x:1", 40)
        uneven.coldStart?.longest = .seconds(70)
        #expect(times("x:1", 41).merged(with: uneven).coldStart == times("x:1", 41).coldStart)
    }

    @Test("is read from events of kubelets about pods, and from no others")
    func page() throws {
        func event(_ changes: String = "", node: String = #""source":{"component":"kubelet","host":"n1"}"#)
            -> String
        {
            #"{"reason":"Pulled","message":"m","involvedObject":{"kind":"Pod","name":"p"},\#(node)\#(changes)}"#
        }
        let long = String(repeating: "x", count: 300)
        let huge = String(repeating: "x", count: PullMessage.longest + 1)
        let items = [
            event(), event(node: #""source":{},"reportingInstance":"n2""#), event(node: #""source":{}"#),
            event(node: #""source":{"host":"n3"},"reportingInstance":"other""#),
            event(node: #""source":{"host":"\#(long)"}"#),
            #"{"reason":"Pulled","message":"m","involvedObject":{"kind":"Pod","name":"\#(long)"},"source":{"host":"n"}}"#,
            #"{"reason":"Pulled","message":"\#(huge)","involvedObject":{"kind":"Pod","name":"p"},"source":{"host":"n"}}"#,
            #"{"reason":"Pulling","message":"m","involvedObject":{"kind":"Pod","name":"p"},"source":{"host":"n"}}"#,
            #"{"reason":"Pulled","message":"m","involvedObject":{"kind":"Node","name":"p"},"source":{"host":"n"}}"#,
            #"{"reason":"Pulled","involvedObject":{"kind":"Pod","name":"p"},"source":{"host":"n"}}"#, "{}",
        ]
        let text =
            #"{"kind":"EventList","metadata":{"continue":"c"},"items":[\#(items.joined(separator: ","))]}"#
        let page = try JSONDecoder().decode(PullEventPage.self, from: Data(text.utf8))
        #expect(page.events.map(\.node) == ["n1", "n2", "n3"])
        #expect(page.events.allSatisfy { $0.pod == "p" && $0.message == "m" })
        #expect(page.count == items.count)
        #expect(page.continuation == "c")
        for bad in [
            #"{"kind":"PodList","items":[]}"#, "[]", "7", #"{"kind":"EventList","items":[{"message":7}]}"#,
            #"{"kind":"EventList","metadata":{"continue":"\#(String(repeating: "x", count: 5000))"}}"#,
        ] {
            #expect(throws: DecodingError.self) {
                try JSONDecoder().decode(PullEventPage.self, from: Data(bad.utf8))
            }
        }
    }
}
