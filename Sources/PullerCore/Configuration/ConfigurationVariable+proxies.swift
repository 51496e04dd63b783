// The HTTP proxies on the way. libcurl reads them from the environment, in lower case first; of an upper-case HTTP_PROXY
// it knows nothing, because a CGI server sets that from a request's header:
// https://curl.se/libcurl/c/CURLOPT_PROXY.html, https://curl.se/libcurl/c/CURLOPT_NOPROXY.html

extension ConfigurationVariable {
    static let httpsProxyLower = Self(
        "https_proxy",
        "the same as HTTPS_PROXY, and read first",
        proxyURL(port: 3128)
    )
    static let httpsProxy = Self(
        "HTTPS_PROXY",
        "HTTP or SOCKS proxy for https URLs: [<scheme>://][<user>:<password>@]<host>[:<port>]",
        proxyURL(port: 3128)
    )
    static let httpProxy = Self(
        "http_proxy",
        "HTTP or SOCKS proxy for http URLs, in lower case only",
        proxyURL(port: 3128)
    )
    static let allProxyLower = Self(
        "all_proxy",
        "the same as ALL_PROXY, and read first",
        proxyURL(port: 1080)
    )
    static let allProxy = Self(
        "ALL_PROXY",
        "HTTP or SOCKS proxy for all URLs that have none of their own",
        proxyURL(port: 1080)
    )
    static let noProxyLower = Self(
        "no_proxy",
        "the same as NO_PROXY, and read first",
        "must not have control characters"
    )
    static let noProxy = Self(
        "NO_PROXY",
        "hosts, domains and networks that are reached without a proxy, comma-separated; * for all",
        "must not have control characters"
    )

    private static func proxyURL(port: Int) -> String {
        "must be the URL of a proxy, such as http://proxy.example.com:\(port)"
    }
}
