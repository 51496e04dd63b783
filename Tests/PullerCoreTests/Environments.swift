import PullerCore

/// Environments that tests start from.
enum Environments {
    /// The smallest that is right for many clusters.
    static let fleet = [
        "IMAGES": "java=quay.io/eclipse/che-java11-maven:nightly",
        "IMPERSONATE_USERS": "alice",
        "OPENSHIFT_PROXY_URL": "https://proxy.example.com",
        "OIDC_PROVIDER": "https://auth.example.com/api",
        "SERVICE_ACCOUNT_ID": "client-id-of-the-test",
        "SERVICE_ACCOUNT_SECRET": "secret-of-the-test",
    ]

    /// The smallest that is right for one cluster, from outside.
    static let single = [
        "MULTICLUSTER": "false",
        "IMAGES": "java=quay.io/eclipse/che-java11-maven:nightly",
        "KUBERNETES_API_URL": "http://127.0.0.1:8001",
    ]

    /// What Kubernetes gives a pod, with the smallest configuration for one cluster.
    static let pod = [
        "MULTICLUSTER": "false",
        "IMAGES": "java=quay.io/eclipse/che-java11-maven:nightly",
        "KUBERNETES_SERVICE_HOST": "10.0.0.1",
        "KUBERNETES_SERVICE_PORT": "443",
    ]

    /// What Kubernetes mounts into a pod.
    static let podFiles = [
        "/var/run/secrets/kubernetes.io/serviceaccount/token": "token-of-the-test\n",
        "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt": certificate,
    ]

    /// A self-signed certificate (Ed25519), valid until 2126.
    static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBNDCB56ADAgECAhRCoKSqKdWkEHi5ccP+JwlVXMG5UjAFBgMrZXAwDzENMAsG
        A1UEAwwEdGVzdDAgFw0yNjExMjYxMjUyMzNaGA8yMTI2MTEwMjEyNTIzM1owDzEN
        MAsGA1UEAwwEdGVzdDAqMAUGAytlcAMhAA/fUny7KNor7lpkFFujh9Dho8Q7uGyC
        a0tjBWbIlBs4o1MwUTAdBgNVHQ4EFgQUnRIAwnPgFDHdNvTprtuk9F0vQHIwHwYD
        VR0jBBgwFoAUnRIAwnPgFDHdNvTprtuk9F0vQHIwDwYDVR0TAQH/BAUwAwEB/zAF
        BgMrZXADQQBko7kQfLUwphd6FxTnl4LK35S1yjxQW+p5MnJLF2mIramBiYWvSOlD
        cJy/n5iHgpySkBMNnUAUD/hAe+eOj2cH
        -----END CERTIFICATE-----

        """
}

/// A file that is not there.
struct NoSuchFile: Error, CustomStringConvertible {
    let description = "no such file"
}

/// Parses an environment, with changes and files; an empty change unsets a variable.
func parse(
    _ environment: [String: String],
    _ changes: [String: String] = [:],
    files: [String: String] = [:]
) -> Result<Configuration, ConfigurationProblems> {
    Configuration.parse(environment: environment.merging(changes) { $1 }) { path in
        guard let text = files[path] else { throw NoSuchFile() }
        return text
    }
}

/// The problems of an environment, as lines.
func problems(
    _ environment: [String: String],
    _ changes: [String: String] = [:],
    files: [String: String] = [:]
) -> [String] {
    switch parse(environment, changes, files: files) {
    case .success: []
    case .failure(let problems): problems.problems.map(\.description)
    }
}

extension Configuration {
    /// The fleet, when that is the target.
    var fleet: FleetTarget? {
        if case .fleet(let fleet) = target { fleet } else { nil }
    }

    /// The one cluster, when that is the target.
    var single: SingleTarget? {
        if case .single(let single) = target { single } else { nil }
    }
}
