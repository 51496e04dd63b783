/// The part of a kubelet's event that says how long a pull took.
public struct PullEvent: Sendable, Equatable {
    /// `involvedObject.name`: the pod.
    public var pod: String
    /// `source.host`, or `reportingInstance` where that is empty: the node.
    public var node: String
    /// `message`.
    public var message: String

    /// An event.
    public init(pod: String, node: String, message: String) {
        self.pod = pod
        self.node = node
        self.message = message
    }
}

/// One page of a list of events.
public struct PullEventPage: Sendable, Equatable, Decodable {
    /// The events about pods.
    public var events: [PullEvent]
    /// How many events the page had.
    public var count: Int
    /// What asks for the next page; empty on the last one.
    public var continuation: String

    /// Reads an `EventList` of `v1`: of each event the fields that matter, with bounded texts.
    ///
    /// The fields are described in the reference of the Kubernetes API, "Event v1 core" and "EventSource v1 core".
    ///
    /// - Throws: `DecodingError` when the value is not a list of events.
    public init(from decoder: any Decoder) throws {
        let list = try List(from: decoder)
        continuation = list.metadata?.continue ?? ""
        guard list.kind == "EventList", continuation.utf8.count <= PodPage.longestContinuation else {
            throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "not an EventList"))
        }
        let items = list.items ?? []
        count = items.count
        events = items.compactMap { item in
            let host = item.source?.host ?? ""
            let node = host.isEmpty ? item.reportingInstance ?? "" : host
            // What is longer than names and messages can be is none of ours.
            guard item.reason == "Pulled", item.involvedObject?.kind == "Pod",
                let pod = item.involvedObject?.name, let message = item.message,
                (1...ObservedPod.longestName).contains(pod.utf8.count),
                (1...ObservedPod.longestName).contains(node.utf8.count),
                message.utf8.count <= PullMessage.longest
            else { return nil }
            return PullEvent(pod: pod, node: node, message: message)
        }
    }

    private struct List: Decodable {
        var kind: String
        var metadata: Metadata?
        var items: [Item]?

        struct Metadata: Decodable {
            var `continue`: String?
        }
        struct Item: Decodable {
            var reason: String?
            var message: String?
            var involvedObject: Object?
            var source: Source?
            var reportingInstance: String?
        }
        struct Object: Decodable {
            var kind: String?
            var name: String?
        }
        struct Source: Decodable {
            var host: String?
        }
    }
}
