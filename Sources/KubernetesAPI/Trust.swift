import CURLTrust
import PullerCore

/// Whom every connection of this process trusts.
public enum Trust {
    /// Makes every connection from now on trust the CA certificates of a PEM file instead of the system's. Call it
    /// before the first ``HTTPTransport`` is made. The file may be replaced while the process runs.
    ///
    /// - Throws: A failure with the reason `untrusted` when this executable cannot do that; going on would mean to
    ///   trust others than asked for.
    public static func replace(withBundle path: String) throws(Failure) {
        switch curl_trust_use_bundle(path) {
        case CURL_TRUST_INSTALLED:
            return
        case CURL_TRUST_PATH_TOO_LONG:
            throw Failure(.untrusted, "the path of the CA bundle is too long: \(path)")
        default:
            throw Failure(
                .untrusted,
                "this executable does not offer curl_easy_init to URLSession, so a CA bundle has no effect"
            )
        }
    }
}
