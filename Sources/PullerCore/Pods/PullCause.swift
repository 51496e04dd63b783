/// Shortens the messages of kubelets and container runtimes to their cause.
///
/// The texts are those of the kubelet, containerd, CRI-O (containers/image) and dockershim. They repeat the image's name,
/// and wrap each error in several others, so the cause stands at the end.
enum PullCause {
    /// Characters of a text that is not recognised.
    static let longest = 200

    /// Words of a message, and the cause that they mean: the first that fit count.
    private static let known: [(words: [String], cause: String)] = [
        (["toomanyrequests"], "toomanyrequests"),
        (["too many requests"], "toomanyrequests"),
        (["no space left on device"], "no space left on device"),
        (["no such host"], "no such host"),
        (["temporary failure in name resolution"], "no such host"),
        (["connection refused"], "connection refused"),
        (["connection reset by peer"], "connection reset by peer"),
        (["no route to host"], "no route to host"),
        (["network is unreachable"], "network is unreachable"),
        (["server gave http response to https client"], "server gave HTTP response to HTTPS client"),
        (["tls handshake timeout"], "timeout"),
        (["i/o timeout"], "timeout"),
        (["deadline exceeded"], "timeout"),
        (["client.timeout exceeded"], "timeout"),
        (["no match for platform"], "not for the node's platform"),
        (["no matching manifest for"], "not for the node's platform"),
        (["no image found in", "for architecture"], "not for the node's platform"),
        (["no image found in", "for variant"], "not for the node's platform"),
        // Docker Hub says the same of a private image and of one that does not exist.
        (["may require"], "not found, or unauthorized"),
        (["requested access to the resource is denied"], "not found, or unauthorized"),
        (["unauthorized"], "unauthorized"),
        (["authentication required"], "unauthorized"),
        (["authorization failed"], "unauthorized"),
        (["no basic auth credentials"], "unauthorized"),
        (["403 forbidden"], "denied"),
        (["denied:"], "denied"),
        (["manifest unknown"], "not found"),
        (["name unknown"], "not found"),
        (["404 not found"], "not found"),
        (["not found"], "not found"),
        (["pull qps exceeded"], "too many pulls at once on the node"),
    ]

    /// What made a pull fail; `nil` when the message does not tell, or not in words that are known.
    static func known(in message: String) -> String? {
        if let certificate = certificate(in: message) { return certificate }
        let text = words(of: message)
        return known.first { $0.words.allSatisfy { text.contains($0) } }?.cause
    }

    /// What Go's `crypto/x509` says of a certificate, without what differs from one node or moment to the next.
    private static func certificate(in message: String) -> String? {
        guard let start = message.firstRange(of: "x509: ") else { return nil }
        let rest = message[start.upperBound...]
        let ends = [": ", " (", "\n", "\""].compactMap { rest.firstRange(of: $0)?.lowerBound }
        return "x509: " + shown(String(rest[..<(ends.min() ?? rest.endIndex)]))
    }

    /// The text in lower case, without what may hold any word: quoted names, references, paths, URLs.
    private static func words(of message: String) -> String {
        let parts = message.split(separator: "\"", omittingEmptySubsequences: false)
        let unquoted = parts.enumerated().filter { $0.offset % 2 == 0 }.map(\.element).joined(separator: " ")
        return unquoted.split { $0.isWhitespace }.filter { !$0.contains("/") || $0 == "i/o" }
            .joined(separator: " ").lowercased()
    }

    /// A message that is not recognised, without the wrapping that all have.
    static func rest(of message: String) -> String {
        var text = oneLine(message)[...]
        var isShorter = true
        while isShorter {
            isShorter = false
            if let code = text.firstRange(of: "rpc error: code = "), code.lowerBound == text.startIndex,
                let description = text.firstRange(of: " desc = ")
            {
                text = text[description.upperBound...]
                isShorter = true
            }
            for prefix in [
                "failed to pull and unpack image \"", "failed to resolve reference \"",
                "Back-off pulling image \"", "Failed to pull image \"",
                "failed to create containerd task: ", "failed to create shim task: ",
            ] where text.hasPrefix(prefix) {
                guard prefix.hasSuffix("\"") else {
                    text = text.dropFirst(prefix.count)
                    isShorter = true
                    continue
                }
                guard let end = text.dropFirst(prefix.count).firstRange(of: "\": ") else { continue }
                text = text[end.upperBound...]
                isShorter = true
            }
            for reason in ["ErrImagePull: ", "RegistryUnavailable: "] where text.hasPrefix(reason) {
                text = text.dropFirst(reason.count)
                isShorter = true
            }
        }
        return shown(String(text))
    }

    /// Whether a message of `ImagePullBackOff` says nothing but that: kubelets before 1.32 leave out the cause.
    static func isBareBackOff(_ message: String) -> Bool {
        let text = oneLine(message)
        guard text.hasPrefix("Back-off pulling image \"") else { return text.isEmpty }
        return text.hasSuffix("\"")
    }

    /// A text on one line, bounded.
    static func shown(_ text: String) -> String { displayText(oneLine(text), limit: longest) }
}

/// What a scheduler says: `0/6 nodes are available: 1 Insufficient cpu, 5 node(s) didn't match Pod's node
/// affinity/selector. preemption: ...`.
enum SchedulingCause {
    /// What of it is about the pod's own node; the whole text where nothing is recognised.
    static func shown(_ message: String) -> String {
        let text = oneLine(message)
        guard let start = text.firstRange(of: "nodes are available: ") else { return PullCause.shown(text) }
        var rest = text[start.upperBound...]
        for end in [". preemption:", ". no new claims", ". "] {
            if let end = rest.firstRange(of: end) { rest = rest[..<end.lowerBound] }
        }
        if rest.last == "." { rest.removeLast() }
        // A pod of a DaemonSet is for one node; the others do not match.
        let causes = parts(of: rest).filter {
            !$0.contains("affinity") && !$0.contains("node selector") && !$0.contains("didn't satisfy plugin")
        }
        return PullCause.shown(causes.isEmpty ? String(rest) : causes.joined(separator: ", "))
    }

    /// `1 a, 2 b` without the numbers. A comma that no number follows is part of a text.
    private static func parts(of text: Substring) -> [String] {
        var parts: [String] = []
        for piece in text.split(separator: ", ") {
            let digits = piece.prefix { $0.isASCII && $0.isNumber }
            if !digits.isEmpty, piece.dropFirst(digits.count).first == " " {
                parts.append(String(piece.dropFirst(digits.count + 1)))
            } else if parts.isEmpty {
                parts.append(String(piece))
            } else {
                parts[parts.count - 1] += ", \(piece)"
            }
        }
        return parts
    }

    /// Whether the node lacks something, and not only fits badly.
    static func isLackOfRoom(_ message: String) -> Bool {
        message.contains("Insufficient ") || message.contains("Too many pods")
    }
}
