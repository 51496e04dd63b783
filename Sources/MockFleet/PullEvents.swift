/// What is the matter with the events of a cluster.
enum PullEvents: String, Sendable, CaseIterable {
    /// The account may not list them.
    case forbidden
    /// They are as kubelets write them.
    case readable
    /// The list is not one of events.
    case malformed
    /// Times that are none, images that are none of the puller's, and much text.
    case hostile
    /// A page is longer than a client should read.
    case huge
}

extension PodWriter {
    /// The events of the kubelets that have pulled the images of these pods, one for each image on each node. The time of a
    /// pod is divided among its images.
    var pullEvents: [JSON] {
        object.pods.keys.sorted().flatMap { node -> [JSON] in
            guard let pod = object.pods[node], pod.hasPulled else { return [] }
            let images = object.images.filter { faults[$0]?.isPullable != false }
            let each = pod.pullTime / max(images.count, 1)
            return images.enumerated().map { number, image in
                event(
                    "Successfully pulled image \"\(image)\" in \(Self.goText(each)) (\(Self.goText(each)) including waiting). "
                        + "Image size: \(1_000_000 * (number + 1)) bytes.",
                    number,
                    on: node
                )
            }
        }
    }

    /// Events that a kubelet would never write.
    var hostileEvents: [JSON] {
        let image = object.images.first ?? "x"
        let texts = [
            "Successfully pulled image \"\(image)\" in -5s",
            "Successfully pulled image \"\(image)\" in 99999999h",
            "Successfully pulled image \"\(image)\" in 1s (2s including waiting). Image size: 1e9 bytes.",
            "Successfully pulled image \"\(image)\nlevel=error\" in 1s",
            "Successfully pulled image \"other:1\" in 7s",
            "Successfully pulled image \"\(image)\" in " + String(repeating: "9", count: 100_000) + "s",
        ]
        return object.pods.keys.sorted().flatMap { node in
            texts.enumerated().map { event($0.element, $0.offset, on: node) }
        }
    }

    private func event(_ message: String, _ number: Int, on node: Int) -> JSON {
        let pod = pod(on: node)["metadata"]
        let name = pod?["name"]?.string ?? ""
        return [
            "metadata": [
                "name": .string("\(name).\(number)"), "namespace": .string(object.namespace),
                "uid": .string("\(object.uid.dropLast(5))\(number)-\(node)"),
                "resourceVersion": .string(String(revision)),
                "creationTimestamp": .string(object.creationTimestamp),
            ],
            "involvedObject": [
                "kind": "Pod", "namespace": .string(object.namespace), "name": .string(name),
                "uid": pod?["uid"] ?? "", "apiVersion": "v1",
            ],
            "reason": "Pulled", "message": .string(message),
            "source": ["component": "kubelet", "host": .string("node-\(node)")],
            "firstTimestamp": .string(object.creationTimestamp),
            "lastTimestamp": .string(object.creationTimestamp),
            "count": 1, "type": "Normal", "eventTime": .null, "reportingComponent": "kubelet",
            "reportingInstance": .string("node-\(node)"),
        ]
    }

    /// A duration as Go writes it, in milliseconds: `853ms`, `1.5s`, `1m2.5s`.
    static func goText(_ duration: Duration) -> String {
        let milliseconds = Int(duration / .milliseconds(1))
        guard milliseconds >= 1000 else { return milliseconds == 0 ? "0s" : "\(milliseconds)ms" }
        let (minutes, rest) = milliseconds.quotientAndRemainder(dividingBy: 60_000)
        var seconds = String(rest / 1000)
        var fraction = String(rest % 1000 + 1000).dropFirst()
        while fraction.last == "0" { fraction.removeLast() }
        if !fraction.isEmpty { seconds += "." + fraction }
        let hours = minutes / 60
        return (hours > 0 ? "\(hours)h" : "") + (minutes > 0 ? "\(minutes % 60)m" : "") + seconds + "s"
    }
}
