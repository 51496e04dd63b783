import PullerCore
import Testing

@Suite("One cluster")
struct SingleTargetTests {
    @Test("in a pod everything comes from what Kubernetes gives a pod")
    func inCluster() throws {
        let configuration = try parse(Environments.pod, files: Environments.podFiles).get()
        let token = "/var/run/secrets/kubernetes.io/serviceaccount/token"
        #expect(configuration.single?.apiURL == "https://10.0.0.1:443")
        #expect(configuration.single?.credential == .tokenFile(token))
        #expect(configuration.caBundleFile == "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt")
    }

    @Test("the API server's name may have a final dot")
    func finalDot() throws {
        let changes = ["KUBERNETES_SERVICE_HOST": "kubernetes.default.svc."]
        let configuration = try parse(Environments.pod, changes, files: Environments.podFiles).get()
        #expect(configuration.single?.apiURL == "https://kubernetes.default.svc.:443")
    }

    @Test("an IPv6 address of the API server is reached by its name")
    func ipv6() throws {
        let changes = ["KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "6443"]
        let configuration = try parse(Environments.pod, changes, files: Environments.podFiles).get()
        #expect(configuration.single?.apiURL == "https://kubernetes.default.svc:6443")
    }

    @Test("an address that was given gets neither the pod's token nor its bundle")
    func givenAddress() throws {
        let changes = ["KUBERNETES_API_URL": "http://127.0.0.1:8001/"]
        let configuration = try parse(Environments.pod, changes).get()
        #expect(configuration.single?.apiURL == "http://127.0.0.1:8001")
        #expect(configuration.single?.credential == Credential.none)
        #expect(configuration.caBundleFile == nil)
    }

    @Test("a token file and a bundle that were given are used with any address")
    func givenFiles() throws {
        let changes = ["BEARER_TOKEN_FILE": "/t", "CA_BUNDLE_FILE": "/c"]
        let files = ["/t": "abc", "/c": Environments.certificate]
        for environment in [Environments.pod, Environments.single] {
            let configuration = try parse(environment, changes, files: files).get()
            #expect(configuration.single?.credential == .tokenFile("/t"))
            #expect(configuration.caBundleFile == "/c")
        }
    }

    @Test("without an address the line names both ways to give one")
    func noAddress() {
        let lines = problems(Environments.single, ["KUBERNETES_API_URL": ""])
        #expect(lines.count == 1)
        #expect(lines.first?.hasPrefix("KUBERNETES_API_URL is not set: ") == true)
        #expect(lines.first?.contains("KUBERNETES_SERVICE_HOST") == true)
    }

    @Test(
        "half of an address is refused",
        arguments: [
            (["KUBERNETES_SERVICE_PORT": ""], "KUBERNETES_SERVICE_PORT is not set"),
            (["KUBERNETES_SERVICE_PORT": "https"], "KUBERNETES_SERVICE_PORT=\"https\""),
            (["KUBERNETES_SERVICE_HOST": "a/b"], "KUBERNETES_SERVICE_HOST=\"a/b\""),
        ]
    )
    func halfAnAddress(changes: [String: String], start: String) {
        let lines = problems(Environments.pod, changes, files: Environments.podFiles)
        #expect(lines.count == 1)
        #expect(lines.first?.hasPrefix(start) == true, "\(lines)")
    }

    @Test("files that a pod should have and that are missing or empty are named")
    func missingFiles() {
        #expect(
            problems(Environments.pod).map { String($0.prefix { $0 != ":" }) } == [
                "BEARER_TOKEN_FILE=\"/var/run/secrets/kubernetes.io/serviceaccount/token\"",
                "CA_BUNDLE_FILE=\"/var/run/secrets/kubernetes.io/serviceaccount/ca.crt\"",
            ]
        )
        #expect(problems(Environments.pod).first?.hasSuffix("(no such file)") == true)
        let empty = Environments.podFiles.mapValues { _ in "\n" }
        #expect(problems(Environments.pod, files: empty).count == 2)
    }

    @Test("what is only for many clusters is not even looked at")
    func ignored() throws {
        let ignored = Dictionary(
            uniqueKeysWithValues: [
                "IMPERSONATE_USERS", "IMPERSONATE_USERS_FILE", "OPENSHIFT_PROXY_URL",
                "IMPERSONATE_GROUPS",
                "IMPERSONATION_HEADER",
                "OIDC_PROVIDER", "OIDC_TOKEN_URL", "OIDC_SCOPE", "OIDC_CLIENT_AUTH", "SERVICE_ACCOUNT_ID",
                "SERVICE_ACCOUNT_SECRET", "SERVICE_ACCOUNT_ID_FILE", "SERVICE_ACCOUNT_SECRET_FILE",
            ].map { ($0, "ignored\n") }
        )
        #expect(try parse(Environments.single, ignored).get() == parse(Environments.single).get())
    }
}
