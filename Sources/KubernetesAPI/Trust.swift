import CURLTrust
import PullerCore

/// The CAs that every connection of this process trusts.
public enum Trust {
    /// Makes sure that URLSession works as ``HTTPTransport`` needs it, and sets the CAs that every connection from now on
    /// trusts. Call it before the first ``HTTPTransport`` is made.
    ///
    /// - Parameter bundle: A PEM file with the CA certificates that count instead of the system's. It may be replaced while
    ///   the process runs.
    /// - Throws: A failure with the reason `untrusted` when this executable cannot do that; going on would mean to
    ///   trust other CAs than asked for, and to let a server's answer end the process.
    public static func install(bundle: String?) throws(Failure) {
        switch curl_trust_install(bundle) {
        case CURL_TRUST_INSTALLED:
            return
        case CURL_TRUST_PATH_TOO_LONG:
            throw Failure(.untrusted, "the path of the CA bundle is too long: \(bundle ?? "")")
        default:
            throw Failure(
                .untrusted,
                "this executable does not offer its own libcurl functions to URLSession, so no connection would be safe"
            )
        }
    }
}
