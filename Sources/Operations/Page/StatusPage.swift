/// The status page: one file, which asks the JSON API of its own server for everything it shows.
public enum StatusPage {
    /// The page in UTF-8, as `text/html; charset=utf-8`.
    public static let html = PackageResources.page_html

    /// What a browser may do for this page, as the header `Content-Security-Policy`: run this one script, apply this one
    /// style sheet, and ask this server. Names and messages of clusters, which are not to be trusted, can add nothing.
    public static let contentSecurityPolicy = [
        "default-src 'none'",
        "connect-src 'self'",
        // The icon is in the page itself.
        "img-src data:",
        "script-src 'sha256-\(scriptHash)'",
        "style-src 'sha256-\(styleHash)'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ].joined(separator: "; ")

    // SHA-256 of what is between the tags. After a change of the page, scripts/test-page --hashes writes them anew.
    private static let scriptHash = "/Get/6ZJZNhlSUDGI7tMJL4JOvXq0TK3xb3tcE5yyyc="
    private static let styleHash = "ds1DdzNe1LTGzLLIcRSQgsxEgqcz/lACVorL6V7nGdI="
}
