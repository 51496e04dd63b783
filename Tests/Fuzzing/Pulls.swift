import Foundation

@testable import KubernetesAPI
@testable import PullerCore

/// Reads what kubelets say of pulls, and adds it up. The first byte chooses the form: a list of events, or pod, node and
/// message of each.
func fuzzPulls(_ input: [UInt8]) {
    guard let choice = input.first else { return }
    let rest = Array(input.dropFirst())
    var events: [PullEvent] = []
    if choice & 1 == 0 {
        guard let page = try? JSONDecoder().decode(PullEventPage.self, from: Data(rest)) else { return }
        require(page.continuation.utf8.count <= PodPage.longestContinuation, "a long continuation")
        require(page.events.count <= page.count, "more events than there are")
        events = page.events
        for event in events {
            require(
                max(event.pod.utf8.count, event.node.utf8.count) <= ObservedPod.longestName
                    && event.message.utf8.count <= PullMessage.longest,
                "a long text: \(event)"
            )
        }
    } else {
        let texts = fields(rest)
        for start in stride(from: 0, to: texts.count - 2, by: 3) {
            events.append(PullEvent(pod: texts[start], node: texts[start + 1], message: texts[start + 2]))
        }
    }
    for event in events { checkMessage(event.message) }
    checkTally(events)
}

private func checkMessage(_ message: String) {
    guard let pull = PullMessage(message) else { return }
    require((.zero...PullMessage.longestTime).contains(pull.time), "\(pull.time)")
    require(pull.bytes.map { $0 > 0 } ?? true, "\(pull)")
    requireOneLine(pull.image)
    require(hasBytes(of: "Successfully pulled image \"\(pull.image)\" in ", in: message), "\(pull)")
    require(!pull.image.isEmpty && !pull.image.utf8.contains(UInt8(ascii: "\"")), "\(pull.image)")
}

private func checkTally(_ events: [PullEvent]) {
    let java = PodImages.Image(name: "java", reference: "quay.io/x/java:1")
    let query = PullQuery([
        (names: ["cache", "cache-b"], images: PodImages(cached: [java, .init(name: "a", reference: "a")])),
        (names: ["cache-gpu"], images: PodImages(cached: [.init(name: "gpu", reference: "gpu:1"), java])),
    ])
    var tally = PullTally(query)
    for event in events { tally.add(event) }
    guard let times = tally.times else { return }
    require(times.nodes <= events.count && times.wanted == 3, "\(times)")
    require(!times.images.isEmpty && times.images.count <= times.wanted, "\(times)")
    for image in times.images {
        require(image.nodes > 0 && image.nodes <= times.nodes, "\(image)")
        require(image.mean <= image.longest && image.longest <= image.total, "\(image)")
    }
    if let coldStart = times.coldStart {
        require(coldStart.nodes > 0 && coldStart.nodes <= times.nodes, "\(coldStart)")
        require(coldStart.longest <= times.images.reduce(.zero) { $0 + $1.longest }, "\(coldStart)")
        require(coldStart.total <= times.images.reduce(.zero) { $0 + $1.total }, "\(coldStart)")
    }
    requireOneLine(times.text)
    require(times.merged(with: times) == times, "\(times)")
}
