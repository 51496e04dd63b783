import PullerCore

/// What makes troubles of several clusters one fault: the same reason, and when they fail, the same text.
///
/// In the text, what belongs to one cluster or to one request counts for nothing: the user's own name, and long words
/// with digits, such as ids, times and addresses. Only a hash is kept, as every failing cluster has one.
struct FaultCause: Hashable, Sendable {
    private let hash: Int

    /// The cause of a failure in a cluster.
    init(reason: String, text: String, of cluster: ClusterID) {
        // There is one issuer of tokens, so all failures to get one are the same fault, whatever they say.
        let isOfAll = reason == FailureReason.tokenUnavailable.rawValue
        self.init([reason] + (isOfAll ? [] : [Self.comparable(text, of: cluster)]))
    }

    /// Why a DaemonSet is not ready: the figures, which differ, do not matter.
    init(unready reason: String) { self.init([reason]) }

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

    /// Words of this length that have a digit are ids, times or addresses.
    private static let longWord = 6

    /// Whether a word differs from request to request: an id, or a number such as that of milliseconds. A status, which
    /// matters, has three digits.
    private static func isChance(_ word: some Collection<UInt8>) -> Bool {
        let digits = word.count { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        return digits > 0 && (word.count >= longWord || digits == word.count && digits != 3)
    }

    private static func maskingChance(in text: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        for word in text.split(whereSeparator: {
            !isWordByte($0) && $0 != UInt8(ascii: ".") && $0 != UInt8(ascii: ":")
        }) {
            result += isChance(word) ? Array("<id>".utf8) : Array(word)
            result.append(UInt8(ascii: " "))
        }
        return result
    }
}
