/// Where Kubernetes mounts the service account's files in every pod.
enum ServiceAccountFile {
    static let token = "/var/run/secrets/kubernetes.io/serviceaccount/token"
    static let caBundle = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt"
}

extension EnvironmentReader {
    /// Whether the API server is found by the variables that Kubernetes sets in every pod. An address that
    /// was given goes first, and then the pod's token and bundle are not used unasked.
    var isInCluster: Bool {
        given(.apiURL) == nil && given(.serviceHost) != nil
    }

    /// The one cluster. None of the variables for many clusters is looked at: existing configurations set
    /// them to "ignored".
    mutating func singleTarget() -> SingleTarget? {
        let apiURL = isInCluster ? inClusterURL() : givenURL()
        let credential: Credential? =
            if let path = given(.bearerTokenFile) ?? (isInCluster ? ServiceAccountFile.token : nil) {
                tokenFile(path)
            } else {
                Credential.none
            }
        guard let apiURL, let credential else { return nil }
        return SingleTarget(apiURL: apiURL, credential: credential)
    }

    private mutating func givenURL() -> String? {
        guard given(.apiURL) != nil else {
            report(
                .apiURL,
                value: nil,
                expected: ConfigurationVariable.apiURL.expected
                    + ", when this does not run in a pod (KUBERNETES_SERVICE_HOST is not set either)"
            )
            return nil
        }
        return required(.apiURL, shown: BaseURL.shown) { text throws(Expected) in try BaseURL(text).text }
    }

    private mutating func inClusterURL() -> String? {
        let host = required(.serviceHost) { text in
            // URLSession on Linux cannot connect to a URL with an IPv6 address (see BaseURL). The API server's certificate
            // has this name too, and every cluster's DNS.
            if isIPv6Address(text) { return "kubernetes.default.svc" }
            return isURLHost(text) ? text : nil
        }
        let port = required(.servicePort) { isPort($0) ? $0 : nil }
        guard let host, let port else { return nil }
        return "https://\(host):\(port)"
    }
}
