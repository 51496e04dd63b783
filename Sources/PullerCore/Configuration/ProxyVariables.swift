/// The HTTP and SOCKS proxies that the environment names. libcurl, by which all requests go, reads these variables on its
/// own; here they are checked, printed and kept secret.
///
/// Of each pair the one in lower case counts, and an empty one is not set:
/// https://curl.se/libcurl/c/CURLOPT_PROXY.html
public struct ProxyVariables: Sendable, Equatable {
    /// One that counts.
    struct Item: Sendable, Equatable {
        let variable: ConfigurationVariable
        /// As it may be printed.
        let shown: String
    }

    /// Those that count, in the order of ``ConfigurationVariable/all``.
    let set: [Item]

    /// `NAME=value` of those that count, without users and passwords.
    public func summaryLines() -> [String] {
        set.map { "\($0.variable.name)=\(displayText($0.shown, limit: .max))" }
    }

    /// Those that name a proxy, each in the order in which libcurl looks for it.
    static let urls: [[ConfigurationVariable]] = [
        [.httpsProxyLower, .httpsProxy], [.httpProxy], [.allProxyLower, .allProxy],
    ]
    /// Those that name what is reached without one.
    static let exceptions: [ConfigurationVariable] = [.noProxyLower, .noProxy]

    /// Every form in which users and passwords of the proxies could be repeated, by libcurl or by a proxy: as they are
    /// written, decoded, and as they travel in a header. Of values that cannot be read, all that could be meant.
    public static func secrets(in environment: [String: String]) -> [Secret] {
        // An HTTP_PROXY is not read, but often the same.
        let names = urls.flatMap { $0 }.map(\.name) + ["HTTP_PROXY"]
        var forms: Set<String> = []
        for value in names.compactMap({ environment[$0] }) {
            for userInfo in ProxyURL.userInfos(in: value) {
                let decoded = percentDecoded(userInfo)
                forms.formUnion([userInfo, String(decoding: decoded, as: UTF8.self), base64Encoded(decoded)])
                // At the first colon, as libcurl cuts it.
                for part in userInfo.split(separator: ":", maxSplits: 1) {
                    forms.formUnion([String(part), String(decoding: percentDecoded(part), as: UTF8.self)])
                }
            }
        }
        return forms.filter { !$0.isEmpty }.sorted().map(Secret.init)
    }
}

extension EnvironmentReader {
    /// The proxies on the way.
    mutating func proxies() -> ProxyVariables {
        var items: [ProxyVariables.Item] = []
        for variable in ProxyVariables.urls.compactMap({ pair in pair.first { given($0) != nil } }) {
            let url = optional(variable, shown: ProxyURL.shown) { text throws(Expected) in try ProxyURL(text)
            }
            if let url { items.append(ProxyVariables.Item(variable: variable, shown: url.shown)) }
        }
        if let variable = ProxyVariables.exceptions.first(where: { given($0) != nil }),
            let hosts = given(variable)
        {
            items.append(ProxyVariables.Item(variable: variable, shown: hosts))
        }
        return ProxyVariables(set: items)
    }
}
