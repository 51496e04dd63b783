/// What a kubelet says when it has pulled an image: the message of an event with the reason `Pulled`.
///
/// The kubelet writes it in pkg/kubelet/images/image_manager.go of kubernetes/kubernetes, with Go's `%q` and the text of a
/// `time.Duration`:
///
/// - `Successfully pulled image "x"` in old versions (issue 91560 there): it says nothing here;
/// - `Successfully pulled image "x" in 1.234567891s` after them; that includes waiting for other pulls;
/// - `Successfully pulled image "x" in 1.234s (2.345s including waiting)` since its pull request 111772;
/// - `Successfully pulled image "x" in 1.234s (2.345s including waiting). Image size: 123456 bytes.` in newer versions;
/// - `Container image "x" already present on machine`, with ` and can be accessed by the pod` behind it in the newest ones:
///   nothing was pulled.
///
/// The client library puts `(combined from similar events): ` before the text of events that it counts together: it may be
/// about any of several images, and is not read. It does so from the eleventh text about a pod on, and drops events about a
/// pod after 25 (client-go, tools/record/events_cache.go, `defaultAggregateMaxEvents` and `defaultSpamBurst`).
public struct PullMessage: Sendable, Equatable {
    /// The image, as the pod names it.
    public var image: String
    /// How long the pull took, without waiting for others where the kubelet tells the two apart.
    public var time: Duration
    /// The size of the image; `nil` where the kubelet does not say it.
    public var bytes: Int?

    /// The maximum number of bytes of a message: an image's name has at most 255 besides its registry, and a digest 71.
    public static let longest = 2048
    /// Longer pulls are not believed.
    static let longestTime = Duration.seconds(24 * 3600)

    /// Reads a message.
    ///
    /// - Returns: `nil` when it is none about a pull, or does not say how long that took.
    public init?(_ message: String) {
        guard message.utf8.count <= Self.longest else { return nil }
        var rest = message[...]
        guard rest.drop(#"Successfully pulled image ""#), let name = rest.take(upTo: #"" in "#),
            !name.isEmpty,
            // Go would escape what is not part of a reference.
            name.utf8.allSatisfy({
                $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
            })
        else { return nil }
        let time: Substring
        if let own = rest.take(upTo: " (") {
            time = own
            guard let waiting = rest.take(upTo: " including waiting)"), Self.duration(waiting) != nil else {
                return nil
            }
        } else {
            time = rest
            rest = ""
        }
        guard let duration = Self.duration(time) else { return nil }
        if !rest.isEmpty {
            guard rest.drop(". Image size: "), let digits = rest.take(upTo: " bytes."), rest.isEmpty,
                let size = parseWholeNumber(digits, in: 0...Int.max)
            else { return nil }
            // The kubelet does not know it when the runtime does not say it.
            bytes = size > 0 ? size : nil
        }
        image = String(name)
        self.time = duration
    }

    private static func duration(_ text: Substring) -> Duration? {
        // Go writes no sign before a duration that is none.
        guard text.utf8.count <= 32, text.first != "+", let duration = parseUnitDuration(String(text)),
            duration <= longestTime
        else { return nil }
        return duration
    }
}

extension Substring {
    /// Drops a text from the beginning, if that is there.
    fileprivate mutating func drop(_ text: String) -> Bool {
        guard utf8.starts(with: text.utf8) else { return false }
        self = self[utf8.index(startIndex, offsetBy: text.utf8.count)...]
        return true
    }

    /// Takes what stands before a text, and drops both.
    fileprivate mutating func take(upTo text: String) -> Substring? {
        guard let range = self.firstRange(of: text) else { return nil }
        defer { self = self[range.upperBound...] }
        return self[..<range.lowerBound]
    }
}
