import PullerCore

/// What makes troubles of several clusters one fault: the same reason, and when they fail, the same text.
///
/// In the text, what belongs to one cluster or to one request counts for nothing: the user's own name, and words with
/// digits, such as ids, times and addresses. The first status counts. Only a hash is kept, as every failing cluster has one.
struct FaultCause: Hashable, Sendable {
    private let hash: Int

    /// The cause of a failure in a cluster.
    init(reason: String, text: String, of cluster: ClusterID) {
        // There is one issuer of tokens, so all failures to get one are the same fault, whatever they say.
        let isOfAll = reason == FailureReason.tokenUnavailable.rawValue
        self.init([reason] + (isOfAll ? [] : [Self.comparable(text, of: cluster)]))
    }

    /// Why a DaemonSet is not ready: the figures, which differ, do not matter, nor do the words of its nodes.
    ///
    /// - Parameter image: The image that is at fault; `nil` for none.
    init(unready reason: String, image: String? = nil) { self.init([reason] + (image.map { [$0] } ?? [])) }

    private init(_ parts: [String]) {
        var hasher = Hasher()
        hasher.combine(parts)
        hash = hasher.finalize()
    }

    /// The text without what differs from cluster to cluster and from request to request.
    static func comparable(_ text: String, of cluster: ClusterID) -> String {
        var text = Array(text.utf8)
        if let user = cluster.user {
            // As it stands in a header, in a path, and in a host name.
            for name in Set([user, percentEncoded(user), user.lowercased(), displayText(user)]) {
                text = replacing(Array(name.utf8), in: text)
            }
        }
        return String(decoding: maskingChance(in: text), as: UTF8.self)
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    /// Replaces a name where it is not a part of a longer word.
    private static func replacing(_ name: [UInt8], in text: [UInt8]) -> [UInt8] {
        guard let first = name.first, text.count >= name.count else { return text }
        var result: [UInt8] = []
        var index = 0
        while index < text.count {
            let end = index + name.count
            let isName =
                text[index] == first && end <= text.count && text[index..<end].elementsEqual(name)
                && (index == 0 || !isWordByte(text[index - 1]))
                && (end == text.count || !isWordByte(text[end]))
            if isName {
                result += Array("<user>".utf8)
                index = end
            } else {
                result.append(text[index])
                index += 1
            }
        }
        return result
    }

    /// Replaces words that differ from request to request. A word with a digit does: an id, an address, a length of time.
    /// The first status, which matters, stays.
    private static func maskingChance(in text: [UInt8]) -> [UInt8] {
        let marks = [UInt8(ascii: "."), UInt8(ascii: ":")]
        var result: [UInt8] = []
        var hasStatus = false
        for word in text.split(whereSeparator: { !isWordByte($0) && !marks.contains($0) }) {
            if !hasStatus, isStatus(word) {
                hasStatus = true
                result += word
            } else {
                result += word.contains(where: isDigit) ? Array("<id>".utf8) : Array(word)
            }
            result.append(UInt8(ascii: " "))
        }
        return result
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    /// Whether it is an HTTP status of a redirect or an error, perhaps with a colon after it.
    private static func isStatus(_ word: ArraySlice<UInt8>) -> Bool {
        let digits = word.prefix(while: isDigit)
        let rest = word.dropFirst(digits.count)
        return digits.count == 3 && rest.count <= 1 && !rest.contains(where: isWordByte)
            && (UInt8(ascii: "3")...UInt8(ascii: "5")).contains(digits.first ?? 0)
    }
}
