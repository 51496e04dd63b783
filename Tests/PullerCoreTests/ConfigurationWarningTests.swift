import PullerCore
import Testing

@Suite("Configuration warnings")
struct ConfigurationWarningTests {
    @Test(
        "a name that resembles a variable's is told with the right one, and without its value",
        arguments: [
            ("IMAGE", "IMAGES"), ("images", "IMAGES"), ("IMAGES_LIST", "IMAGES"), ("IMGAES", "IMAGES"),
            ("IMPERSONATE_USER", "IMPERSONATE_USERS"), ("IMPERSONATED_USERS", "IMPERSONATE_USERS"),
            ("IMPERSONATE_USER_FILE", "IMPERSONATE_USERS_FILE"), ("USERS_FILE", "IMPERSONATE_USERS_FILE"),
            ("CACHING_INTERVAL", "CACHING_INTERVAL_HOURS"),
            ("CACHING_INTERVALS_HOURS", "CACHING_INTERVAL_HOURS"),
            ("CACHING_INTERVAL_MINUTES", "CACHING_INTERVAL_HOURS"),
            ("CACHE_INTERVAL_HOURS", "CACHING_INTERVAL_HOURS"),
            ("caching_interval_hours", "CACHING_INTERVAL_HOURS"), ("LOGLEVEL", "LOG_LEVEL"),
            ("log-level", "LOG_LEVEL"),
            ("LOGGING_LEVEL", "LOG_LEVEL"), ("LOG_LEVL", "LOG_LEVEL"), ("LOGFORMAT", "LOG_FORMAT"),
            ("NODESELECTOR", "NODE_SELECTOR"), ("NODE_SELECTORS", "NODE_SELECTOR"),
            ("OIDC_PROVIDER_URL", "OIDC_PROVIDER"), ("OIDC_PROVIDERS", "OIDC_PROVIDER"),
            ("TOKEN_URL", "OIDC_TOKEN_URL"),
            ("MULTI_CLUSTER", "MULTICLUSTER"), ("MULTI_CLUSTERS", "MULTICLUSTER"),
            ("MULTICLUSTER_MODE", "MULTICLUSTER"),
            ("SERVICE_ACCOUNT_SECRETS", "SERVICE_ACCOUNT_SECRET"),
            ("SERVICEACCOUNT_ID", "SERVICE_ACCOUNT_ID"),
            ("OPENSHIFT_PROXY", "OPENSHIFT_PROXY_URL"), ("BEARER_TOKEN", "BEARER_TOKEN_FILE"),
            ("CA_BUNDLE", "CA_BUNDLE_FILE"), ("CA_FILE", "CA_BUNDLE_FILE"),
            ("DAEMON_SET_NAME", "DAEMONSET_NAME"),
            ("NAME_SPACE", "NAMESPACE"), ("NAMESPACES", "NAMESPACE"),
            ("CACHING_MEM_LIMIT", "CACHING_MEMORY_LIMIT"),
            ("CACHING_CPU_LIMITS", "CACHING_CPU_LIMIT"), ("REQUEST_TIMEOUT", "REQUEST_TIMEOUT_SECONDS"),
            ("REQUEST_TIMEOUT_MS", "REQUEST_TIMEOUT_SECONDS"), ("ROLLOUT_OVERLAP_SECONDS", "ROLLOUT_OVERLAP"),
            ("BACKOFF_MAXIMUM_SECONDS", "BACKOFF_MAX_SECONDS"), ("IMAGE_REFRESH", "IMAGE_REFRESH_HOURS"),
            ("MIN_READY_PERCENTAGE", "MIN_READY_PERCENT"),
            ("EXIT_GRACE_PERIOD_SECONDS", "EXIT_GRACE_SECONDS"),
            ("ONEXIT", "ON_EXIT"), ("KUBERNETES_URL", "KUBERNETES_API_URL"), ("HTTPSPROXY", "HTTPS_PROXY"),
            ("NOPROXY", "NO_PROXY"), ("Https_Proxy", "HTTPS_PROXY"),
            // A letter is wrong, missing or too many; two are exchanged.
            ("HTTPS_PORXY", "HTTPS_PROXY"), ("HTTPSS_PROXY", "HTTPS_PROXY"), ("HTPS_PROXY", "HTTPS_PROXY"),
            ("HTTP_PRXY", "http_proxy"), ("NO_PROX", "NO_PROXY"), ("ALL_PROXI", "ALL_PROXY"),
            // Words are exchanged.
            ("MAX_BACKOFF_SECONDS", "BACKOFF_MAX_SECONDS"),
            ("INITIAL_BACKOFF_SECONDS", "BACKOFF_INITIAL_SECONDS"),
            ("CACHING_LIMIT_MEMORY", "CACHING_MEMORY_LIMIT"), ("SELECTOR_NODE", "NODE_SELECTOR"),
            // One word and the unit.
            ("INTERVAL_HOURS", "CACHING_INTERVAL_HOURS"), ("REFRESH_HOURS", "IMAGE_REFRESH_HOURS"),
            ("INTERVAL_MINUTES", "CACHING_INTERVAL_HOURS"), ("GRACE_SECONDS", "EXIT_GRACE_SECONDS"),
            // In front stands the program.
            ("KIP_IMAGES", "IMAGES"), ("KIP_NAMESPACE", "NAMESPACE"), ("KIP_LOG_LEVEL", "LOG_LEVEL"),
            ("PULLER_IMAGES", "IMAGES"), ("KUBERNETES_IMAGE_PULLER_ON_EXIT", "ON_EXIT"),
            ("kip_loglevel", "LOG_LEVEL"),
            // Other programs call it so.
            ("OIDC_CLIENT_ID", "SERVICE_ACCOUNT_ID"), ("CLIENT_SECRET", "SERVICE_ACCOUNT_SECRET"),
            ("OIDC_ISSUER_URL", "OIDC_PROVIDER"), ("OIDC_TOKEN_ENDPOINT", "OIDC_TOKEN_URL"),
            ("OSO_PROXY_URL", "OPENSHIFT_PROXY_URL"), ("USERS", "IMPERSONATE_USERS"),
            ("DAEMONSET_NAMESPACE", "NAMESPACE"), ("CA_CERT", "CA_BUNDLE_FILE"),
            ("BEARER_TOKEN_PATH", "BEARER_TOKEN_FILE"), ("CA_BUNDLE_PATH", "CA_BUNDLE_FILE"),
        ]
    )
    func nearMiss(name: String, meant: String) {
        let lines = warnings([name: "hunter2"])
        #expect(lines.count == 1, "\(lines)")
        #expect(lines.first?.hasPrefix("\(name) is not read: did you mean \(meant)") == true, "\(lines)")
        #expect(!lines.joined().contains("hunter2"))
    }

    @Test("a usual environment has no warnings", arguments: [Environments.fleet, Environments.pod])
    func usual(environment: [String: String]) {
        let link = "tcp://10.0.0.1:443"
        var all = environment
        for name in [
            "HOME", "PATH", "HOSTNAME", "PWD", "OLDPWD", "SHLVL", "SHELL", "TERM", "LANG", "LC_ALL",
            "LC_TIME", "LANGUAGE",
            "TZ", "USER", "LOGNAME", "MAIL", "EDITOR", "TMPDIR", "_", "A", "ID", "LOG", "NAME",
            "NSS_SDB_USE_CACHE",
            "KUBERNETES_SERVICE_PORT_HTTPS", "KUBERNETES_PORT_443_TCP_ADDR", "KUBERNETES_PORT_443_TCP_PORT",
            "KUBERNETES_PORT_443_TCP_PROTO", "KUBERNETES_IMAGE_PULLER_SERVICE_HOST", "IMAGES_SERVICE_PORT",
            "IMAGES_SERVICE_PORT_HTTP", "IMAGE_SERVICE_HOST", "IMAGES_PORT_80_TCP_ADDR",
            "LOG_LEVEL_SERVICE_HOST",
            "SWIFT_BACKTRACE", "SWIFTLY_HOME_DIR", "POD_NAME", "POD_NAMESPACE", "POD_IP", "NODE_NAME",
            "SERVICE_ACCOUNT",
            "WATCH_NAMESPACE", "OPERATOR_NAMESPACE", "container", "OPENSHIFT_BUILD_NAME",
            "OPENSHIFT_BUILD_NAMESPACE",
            "HTTPS_PROXY", "FTP_PROXY", "ftp_proxy", "GOPROXY", "GONOPROXY", "SOCKS_PROXY", "WS_PROXY",
            "GODEBUG",
            "ImageOS", "ImageVersion", "IMAGE_REF", "IMAGE_TAG", "MY_NAMESPACE", "MY_POD_NAMESPACE",
            "KUBERNETES_IMAGE_PULLER_SERVICE_PORT", "GITHUB_API_URL", "GITHUB_REF", "CI_REGISTRY_IMAGE",
            "CI_PROJECT_NAMESPACE", "JENKINS_URL", "NODE_LABELS", "CREDENTIALS_DIRECTORY", "LOGNAME",
            "MALLOC_ARENA_MAX", "LD_PRELOAD",
            "SSL_CERT_DIR", "KUBECONFIG", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS", "SSH_AUTH_SOCK",
            "LS_COLORS",
            "LESSOPEN", "DEBIAN_FRONTEND", "PYTHONPATH", "JAVA_HOME", "MAKEFLAGS", "MAKELEVEL", "CI",
            "VERSION",
        ] where all[name] == nil {
            all[name] = "http://x:3128"
        }
        for name in [
            "KUBERNETES_PORT", "KUBERNETES_PORT_443_TCP", "IMAGES_PORT", "IMAGE_PORT", "IMAGES_PORT_80_TCP",
            "OPENSHIFT_PROXY_PORT", "KUBERNETES_API_PORT",
        ] {
            all[name] = link
        }
        all["NO_PROXY"] = ".cluster.local,.svc,10.0.0.0/8"
        #expect(warnings(all) == [])
    }

    @Test("an empty variable is not set, whatever it is called")
    func empty() {
        #expect(warnings(["IMAGE": "", "TOLERATIONS": "", "HTTP_PROXY": "", "KUBERNETES_API_URL": ""]) == [])
    }

    @Test(
        "what the Go puller reads has no warning",
        arguments: [
            ("DAEMONSET_ANNOTATIONS", #"{"a":"b"}"#), ("IMAGE_PULL_SECRETS", "a;b"),
            ("AFFINITY", #"{"nodeAffinity":{}}"#), ("TOLERATIONS", #"[{"operator":"Exists"}]"#),
            ("KIP_IMAGE", "quay.io/x"), ("DEPLOYMENT_NAME", "kubernetes-image-puller"),
        ]
    )
    func goPuller(name: String, value: String) {
        #expect(warnings(Environments.single.merging([name: value]) { $1 }) == [])
        for nothing in ["{}", "[]", " { } ", "[ ]\n", "null"] { #expect(warnings([name: nothing]) == []) }
    }

    @Test("a proxy in upper case is not read for http URLs")
    func upperCaseProxy() {
        #expect(warnings(["HTTP_PROXY": "http://u:hunter2@proxy:3128"]).count == 1)
        #expect(warnings(["HTTP_PROXY": "x", "http_proxy": "http://proxy:3128"]) == [])
        // Where all of them are set together, a warning is due only if something is asked by http.
        let all = ["HTTP_PROXY": "http://proxy:3128", "HTTPS_PROXY": "http://proxy:3128"]
        let https = ["OPENSHIFT_PROXY_URL": "HTTPS://a", "OIDC_PROVIDER": "https://b"]
        #expect(warnings(all.merging(https) { $1 }) == [])
        #expect(warnings(all.merging(https) { $1 }.merging(["OIDC_PROVIDER": "http://b"]) { $1 }).count == 1)
        #expect(warnings(https.merging(["HTTP_PROXY": "http://proxy:3128"]) { $1 }).count == 1)
    }

    @Test("a variable that would print tokens is ignored, and told")
    func debug() {
        #expect(
            warnings(["URLSessionDebugLibcurl": "1"]) == [
                "URLSessionDebugLibcurl is ignored: it would print the tokens that are sent"
            ]
        )
    }

    @Test("what only counts for many clusters has no effect for one, unless it says so itself")
    func oneCluster() {
        let fleet = Environments.fleet.merging(Environments.single) { $1 }
        #expect(
            warnings(fleet)
                == [
                    "IMPERSONATE_USERS", "OIDC_PROVIDER", "OPENSHIFT_PROXY_URL", "SERVICE_ACCOUNT_ID",
                    "SERVICE_ACCOUNT_SECRET",
                ].map { $0 + " has no effect with MULTICLUSTER=false" }
        )
        let names = [
            "IMPERSONATE_USERS", "OIDC_PROVIDER", "OPENSHIFT_PROXY_URL", "SERVICE_ACCOUNT_ID",
            "SERVICE_ACCOUNT_SECRET",
        ]
        let ignored = Dictionary(uniqueKeysWithValues: names.map { ($0, "ignored") })
        #expect(warnings(Environments.single.merging(ignored) { $1 }) == [])
    }

    @Test(
        "a variable without effect is told with the reason",
        arguments: [
            (
                ["KUBERNETES_API_URL": "http://a"],
                "KUBERNETES_API_URL has no effect with MULTICLUSTER=true, which is the default"
            ),
            (
                ["KUBERNETES_API_URL": "http://a", "MULTICLUSTER": "1"],
                "KUBERNETES_API_URL has no effect with MULTICLUSTER=true"
            ),
            (
                ["BEARER_TOKEN_FILE": "/t", "OIDC_SCOPE": "x"],
                "OIDC_SCOPE has no effect beside BEARER_TOKEN_FILE"
            ),
            (
                ["BEARER_TOKEN_FILE": "/t", "SERVICE_ACCOUNT_ID_FILE": "x"],
                "SERVICE_ACCOUNT_ID_FILE has no effect beside BEARER_TOKEN_FILE"
            ),
            (
                ["MULTICLUSTER": "false", "KUBERNETES_API_URL": "http://a", "CA_BUNDLE_FILE": "/c"],
                "CA_BUNDLE_FILE has no effect without an https URL"
            ),
            (
                ["OPENSHIFT_PROXY_URL": "http://a", "OIDC_PROVIDER": "http://b", "CA_BUNDLE_FILE": "/c"],
                "CA_BUNDLE_FILE has no effect without an https URL"
            ),
            (
                ["IMAGES": "a=b@sha256:" + String(repeating: "0", count: 64), "IMAGE_REFRESH_HOURS": "5"],
                "IMAGE_REFRESH_HOURS has no effect when every image has a digest"
            ),
            (
                ["DEPLOYMENT_NAME": "a"],
                "DEPLOYMENT_NAME has no effect with MULTICLUSTER=true, which is the default"
            ),
            (
                ["CACHE_MODE_FALLBACK": "containers", "KIP_IMAGE": "a"],
                "CACHE_MODE_FALLBACK has no effect without CACHE_MODE=image-volumes"
            ),
            (["PULL_TIMES": "T"], "PULL_TIMES has no effect without POD_STATUS=true"),
            (["PULL_TIMES": "true", "POD_STATUS": "0"], "PULL_TIMES has no effect without POD_STATUS=true"),
            (
                ["RUN_AS_USER": "5"],
                "RUN_AS_USER has no effect with POD_SECURITY=baseline, which is the default without KIP_IMAGE"
            ),
            (
                ["RUN_AS_USER": "5", "KIP_IMAGE": "a", "POD_SECURITY": "baseline"],
                "RUN_AS_USER has no effect with POD_SECURITY=baseline"
            ),
            (
                ["RUN_AS_USER": "5", "KIP_IMAGE": "a", "PLATFORM": "OpenShift"],
                "RUN_AS_USER has no effect with PLATFORM=openshift: the SCC chooses the user"
            ),
            (
                ["IMAGES": "a=b", "IMAGE_REFRESH_HOURS": "5", "IMAGE_PULL_POLICY": "IfNotPresent"],
                "IMAGE_REFRESH_HOURS has no effect with IMAGE_PULL_POLICY=IfNotPresent: a node that has an image does "
                    + "not ask for a newer one"
            ),
            (
                ["https_proxy": "http://a:1", "HTTPS_PROXY": "http://b:1"],
                "HTTPS_PROXY has no effect beside https_proxy, which is read first"
            ),
            (
                ["no_proxy": "a", "NO_PROXY": "b"],
                "NO_PROXY has no effect beside no_proxy, which is read first"
            ),
        ]
    )
    func withoutEffect(environment: [String: String], line: String) {
        #expect(warnings(environment) == [line])
    }

    @Test(
        "what has an effect has no warning",
        arguments: [
            ["OPENSHIFT_PROXY_URL": "http://a", "OIDC_PROVIDER": "https://b", "CA_BUNDLE_FILE": "/c"],
            ["CA_BUNDLE_FILE": "/c"], ["IMAGES": "a=b;c=d", "IMAGE_REFRESH_HOURS": "5"],
            ["https_proxy": "http://a:1", "HTTPS_PROXY": "http://a:1"],
            ["RUN_AS_USER": "65532", "CACHE_MODE_FALLBACK": "none"], ["RUN_AS_USER": "5", "KIP_IMAGE": "a"],
            ["CACHE_MODE_FALLBACK": "containers", "CACHE_MODE": "image-volumes", "KIP_IMAGE": "a"],
            ["PULL_TIMES": "false"], ["PULL_TIMES": "true", "POD_STATUS": "1"],
            [
                "IMAGES": "a=b pullPolicy=Always", "IMAGE_REFRESH_HOURS": "5",
                "IMAGE_PULL_POLICY": "IfNotPresent",
            ],
            [
                "IMAGES": "a=b@sha256:" + String(repeating: "0", count: 64), "IMAGES_FILE": "/images",
                "IMAGE_REFRESH_HOURS": "5",
            ],
            ["NODE_SELECTOR": #"{"kubernetes.io/os":"linux"}"#],
            ["MULTICLUSTER": "what", "IMPERSONATE_USERS": "a"],
            ["OIDC_PROVIDER": "http://a", "BEARER_TOKEN_FILE": "/t", "OIDC_SCOPE": "x"],
        ]
    )
    func withEffect(environment: [String: String]) {
        #expect(warnings(environment) == [])
    }

    @Test(
        "a provider that ends in /token is told what to set",
        arguments: ["https://auth/api/token", "https://auth/api/token/"]
    )
    func tokenTwice(provider: String) {
        let lines = warnings(["OIDC_PROVIDER": provider])
        #expect(lines.count == 1)
        #expect(lines.first?.contains("set OIDC_TOKEN_URL to this URL instead") == true)
        #expect(warnings(["OIDC_PROVIDER": "https://auth/tokens", "OIDC_TOKEN_URL": ""]) == [])
    }

    @Test(
        "a memory limit with which containers do not start is told",
        arguments: ["2Mi", "1Mi", "4194303", "4095Ki", "4M", "20m", "5"]
    )
    func memoryLimit(limit: String) {
        #expect(
            warnings(["CACHING_MEMORY_LIMIT": limit]) == [
                "CACHING_MEMORY_LIMIT is below 4Mi: containers with so little memory are killed as they start"
            ]
        )
    }

    @Test("values for single images of the images' file are told with the file")
    func imageOptionsInFile() throws {
        let text = "a=x memoryLimit=2Mi\nb=y nodeSelector={\"kubernetes.io/os\":\"windows\"}\nc=z\n"
        let images = try parse(
            Environments.fleet,
            ["IMAGES": "d=x", "IMAGES_FILE": "/i"],
            files: ["/i": text]
        ).get().daemonSet.fileImages
        #expect(images.map(\.name) == ["a", "b", "c"])
        let warnings = ConfigurationWarning.all(in: ["IMAGES_FILE": "/i"], fileImages: images)
        #expect(
            warnings.map(\.description) == [
                "IMAGES_FILE has a memoryLimit below 4Mi, with which containers are killed as they start: a",
                "IMAGES_FILE has a nodeSelector that chooses nodes of another operating system than linux, on which no "
                    + "image for Linux can run: b",
            ]
        )
    }

    @Test("the default refresh, which `validate` prints, has no warning", arguments: ["24", "0"])
    func defaultRefresh(hours: String) {
        let pinned = "a=b@sha256:" + String(repeating: "0", count: 64)
        #expect(warnings(["IMAGES": pinned, "IMAGE_REFRESH_HOURS": hours]) == [])
        #expect(
            warnings(["IMAGES": "a=b", "IMAGE_PULL_POLICY": "IfNotPresent", "IMAGE_REFRESH_HOURS": hours])
                == []
        )
    }

    @Test("values for single images that are hardly meant are told with the images")
    func imageOptions() {
        let images =
            #"a=x memoryLimit=2Mi;b=y;c=z memoryLimit=1Mi nodeSelector={"kubernetes.io/os":"windows"}"#
        #expect(
            warnings(["IMAGES": images]) == [
                "IMAGES has a memoryLimit below 4Mi, with which containers are killed as they start: a and 1 other",
                "IMAGES has a nodeSelector that chooses nodes of another operating system than linux, on which no image "
                    + "for Linux can run: c",
            ]
        )
    }

    @Test("nodes of another operating system are told")
    func otherSystem() {
        #expect(
            warnings(["NODE_SELECTOR": #"{"kubernetes.io/os":"windows"}"#]) == [
                "NODE_SELECTOR chooses nodes of another operating system than linux, on which no image for Linux can run"
            ]
        )
    }

    @Test("a memory limit with which containers start is not", arguments: ["4Mi", "5Mi", "0", "wrong"])
    func enoughMemory(limit: String) {
        #expect(warnings(["CACHING_MEMORY_REQUEST": "1Mi", "CACHING_MEMORY_LIMIT": limit]) == [])
    }

    @Test(
        "a proxy's settings that libcurl takes otherwise than most are told",
        arguments: [
            (["HTTPS_PROXY": "http://u:hunter2@proxy"], "HTTPS_PROXY has no port: port 1080 will be used"),
            (["http_proxy": "[::1]"], "http_proxy has no port: port 1080 will be used"),
            (
                ["NO_PROXY": "a,*.example.com"],
                "NO_PROXY has a pattern with *, which matches nothing: for all of *.example.com, write .example.com"
            ),
            (["no_proxy": "http://a"], "no_proxy has a URL, which matches nothing: write its host only"),
        ]
    )
    func proxies(environment: [String: String], line: String) {
        #expect(warnings(environment) == [line])
    }

    /// Each was tried with curl 7.88.
    @Test(
        "an item of NO_PROXY in which libcurl finds no host is told",
        arguments: [
            "localhost:8080", "[::1]", "127.0.0.0/33", "127.0.0.0/255.0.0.0", "a;b", "<local>", "'a'",
            "::1/129",
        ]
    )
    func oddException(item: String) {
        #expect(
            warnings(["NO_PROXY": ".svc, \(item),b"]) == [
                "NO_PROXY has \"\(item)\", which matches nothing: write hosts, domains and networks without ports and "
                    + "brackets, separated by commas"
            ]
        )
    }

    @Test("a proxy with a port, or with https or SOCKS and its usual default, is not")
    func usualProxies() {
        let usual = [
            "HTTPS_PROXY": "https://proxy", "http_proxy": "http://[::1]:3128", "NO_PROXY": "*",
            "ALL_PROXY": "a:1",
        ]
        #expect(warnings(usual) == [])
        #expect(warnings(["ALL_PROXY": "socks5://proxy", "https_proxy": "SOCKS5H://proxy"]) == [])
        let exceptions = "localhost, .svc my_host,a.example.com.,10.0.0.0/8,127.0.0.1,::1,fd00::/8,müller,"
        #expect(warnings(["NO_PROXY": exceptions]) == [])
    }

    private func warnings(_ environment: [String: String]) -> [String] {
        ConfigurationWarning.all(in: environment).map(\.description)
    }
}
