import Foundation
import SocketHTTP

extension ProvokedError {
    /// The rows of `docs/errors.md`, in its order.
    static var all: [ProvokedError] { settings + odd + use + tokens + road + cluster }

    private static func images(_ name: String, _ images: String) -> ProvokedError {
        ProvokedError(name: name, place: .exit(78), environment: ["IMAGES": images])
    }

    /// Settings that are wrong.
    private static let settings = [
        images("images separated by commas", "a=busybox:1.36,b=alpine:3"),
        images("an image with an empty tag", "a=busybox:"),
        images("an image that is a URL", "a=https://registry.example.com/busybox"),
        images("a digest that is cut short", "a=busybox@sha256:0123abcd"),
        images("an image in upper case", "a=registry.example.com/Team/App:1"),
        images("a name in upper case", "Java=busybox:1.36"),
        images("a misspelt option of an image", "a=busybox:1.36 memorylimit=30Mi"),
        ProvokedError(
            name: "an images' file that is a list in YAML",
            place: .exit(78),
            environment: ["IMAGES": ""],
            files: ["IMAGES_FILE": "- a=busybox:1.36\n"]
        ),
        ProvokedError(
            name: "JSON that is not JSON",
            place: .exit(78),
            environment: ["TOLERATIONS": #"[{"operator":"Exists",}]"#]
        ),
        ProvokedError(
            name: "a toleration that Kubernetes would refuse",
            place: .exit(78),
            environment: ["TOLERATIONS": #"[{"key":"gpu","effect":"NoSchedule","tolerationSeconds":5}]"#]
        ),
        ProvokedError(
            name: "a wrong field of the affinity",
            place: .exit(78),
            environment: ["AFFINITY": #"{"nodeAffinity":{"requiredDuringScheduling":{}}}"#]
        ),
        ProvokedError(
            name: "a spread of pulls without an image that waits",
            place: .exit(78),
            environment: ["PULL_SPREAD_SECONDS": "300"]
        ),
        ProvokedError(
            name: "MULTICLUSTER is neither true nor false",
            place: .exit(78),
            environment: ["MULTICLUSTER": "maybe"]
        ),
        ProvokedError(
            name: "no proxy, no users",
            place: .exit(78),
            environment: ["OPENSHIFT_PROXY_URL": "", "IMPERSONATE_USERS": ""]
        ),
        ProvokedError(
            name: "an interval of nanoseconds",
            place: .exit(78),
            environment: ["CACHING_INTERVAL_HOURS": "5ns"]
        ),
        ProvokedError(
            name: "a slash in the password of HTTPS_PROXY",
            place: .exit(78),
            environment: ["HTTPS_PROXY": "http://joe:pa/ss@gateway.example.com:3128"]
        ),
        ProvokedError(
            name: "a CA bundle that is indented",
            place: .exit(78),
            environment: ["OPENSHIFT_PROXY_URL": "https://proxy.example.com"],
            files: [
                "CA_BUNDLE_FILE": "    -----BEGIN CERTIFICATE-----\n    MIIB\n    -----END CERTIFICATE-----\n"
            ]
        ),
        ProvokedError(
            name: "a CA bundle that is cut off",
            place: .exit(78),
            environment: ["OPENSHIFT_PROXY_URL": "https://proxy.example.com"],
            files: ["CA_BUNDLE_FILE": "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUQ2Fz\n"]
        ),
        ProvokedError(
            name: "a users' file that holds an error page",
            place: .exit(78),
            environment: ["IMPERSONATE_USERS": ""],
            files: ["IMPERSONATE_USERS_FILE": "<html><body>502 Bad Gateway</body></html>\n"]
        ),
        ProvokedError(
            name: "one port for two purposes",
            place: .exit(78),
            environment: ["STATUS_PORT": "8080", "CONSOLE_PORT": "8080"]
        ),
        ProvokedError(
            name: "a status page that others can reach, without a token",
            place: .exit(78),
            environment: ["CONSOLE_ADDRESS": "0.0.0.0", "CONSOLE_PORT": "8081"]
        ),
        ProvokedError(
            name: "ports on which other programs listen",
            place: .exit(78),
            environment: ["OPENSHIFT_PROXY_URL": "https://proxy.example.com"],
            portsInUse: true
        ),
        ProvokedError(
            name: "a missing secret",
            place: .exit(78),
            environment: ["SERVICE_ACCOUNT_SECRET": ""]
        ),
    ]

    /// Settings that are accepted, but have another effect than was meant, or none.
    private static let odd = [
        ProvokedError(name: "a misspelt variable", environment: ["CACHING_INTERVAL": "2"]),
        ProvokedError(
            name: "a proxy for http URLs in upper case",
            environment: ["HTTP_PROXY": "http://gateway.example.com:3128"]
        ),
        ProvokedError(
            name: "a variable of single-cluster mode, for many clusters",
            environment: ["KUBERNETES_API_URL": "https://api.example.com:6443"]
        ),
        ProvokedError(
            name: "an owner that is in none of the clusters",
            environment: ["DEPLOYMENT_NAME": "kubernetes-image-puller"]
        ),
        ProvokedError(
            name: "a memory limit with which no container starts",
            environment: ["CACHING_MEMORY_REQUEST": "1Mi", "CACHING_MEMORY_LIMIT": "2Mi"]
        ),
    ]

    private static let single = [
        "MULTICLUSTER": "false", "KUBERNETES_API_URL": "http://SERVICES", "IMPERSONATE_USERS": "",
        "OPENSHIFT_PROXY_URL": "", "OIDC_PROVIDER": "", "SERVICE_ACCOUNT_ID": "",
        "SERVICE_ACCOUNT_SECRET": "",
    ]

    /// Wrong use of the command.
    private static let use = [
        ProvokedError(name: "an unknown command", place: .exit(64), arguments: ["cleanp"]),
        ProvokedError(
            name: "users to clean up in single-cluster mode",
            place: .exit(64),
            arguments: ["cleanup", "--user", "jane"],
            environment: single
        ),
        ProvokedError(
            name: "an output format that does not exist",
            place: .exit(64),
            arguments: ["status", "-o", "yaml"]
        ),
        ProvokedError(
            name: "no puller to ask for its status",
            place: .exit(69),
            arguments: ["status", "--url", "http://127.0.0.1:1"]
        ),
    ]

    private static func token(_ name: String, _ answer: HTTPResponse) -> ProvokedError {
        ProvokedError(name: name, script: .init(token: answer))
    }

    /// Faults of the token service.
    private static let tokens = [
        ProvokedError(
            name: "the token service is down",
            environment: ["OIDC_PROVIDER": "http://127.0.0.1:1"]
        ),
        token(
            "the token service redirects",
            HTTPResponse(status: 301, headers: ["Location": "/application/o/token/"])
        ),
        token(
            "another address than the token service's",
            .html(404, "<title>404 Not Found</title><h1>404 Not Found</h1><hr>nginx")
        ),
        token(
            "a wrong secret, as OAuth says it",
            .json(401, #"{"error":"invalid_client","error_description":"Invalid client or credentials"}"#)
        ),
        token(
            "a wrong secret, as fabric8-auth says it",
            .json(
                401,
                #"{"errors":[{"code":"unauthorized","detail":"invalid Service Account ID or secret","title":"Unauthorized"}]}"#
            )
        ),
        token(
            "an error with status 200",
            .json(200, #"{"error":"invalid_scope","error_description":"scope is required"}"#)
        ),
        token(
            "a login page in place of a token",
            .html(200, "<html><head><title>Sign in</title></head></html>")
        ),
        ProvokedError(
            name: "the token was revoked, and there is no new one",
            script: .init(
                get: HTTPResponse(status: 401),
                laterToken: .json(503, #"{"message":"the database is down"}"#)
            )
        ),
    ]

    private static func look(_ name: String, _ answer: HTTPResponse) -> ProvokedError {
        ProvokedError(name: name, script: .init(get: answer))
    }

    /// Faults on the way to the cluster.
    private static let road = [
        ProvokedError(
            name: "the proxy is down",
            environment: ["OPENSHIFT_PROXY_URL": "http://127.0.0.1:1"]
        ),
        ProvokedError(
            name: "https for a proxy that speaks plain HTTP",
            environment: ["OPENSHIFT_PROXY_URL": "https://SERVICES"]
        ),
        ProvokedError(
            name: "a name that does not resolve",
            environment: ["OPENSHIFT_PROXY_URL": "http://proxy.invalid"]
        ),
        ProvokedError(
            name: "a gateway that asks for a password",
            environment: ["http_proxy": "http://SERVICES", "OPENSHIFT_PROXY_URL": "http://proxy.invalid"],
            script: .init(get: HTTPResponse(status: 407, headers: ["Proxy-Authenticate": "Basic"]))
        ),
        look("a user who is not known", HTTPResponse(status: 401)),
        look("the proxy does not know the cluster", .text(404, "no cluster for this tenant\n")),
        look(
            "the proxy cannot reach the cluster",
            .text(502, "dial tcp 10.1.2.3:6443: connect: no route to host")
        ),
        look(
            "a router's error page",
            .html(503, "<html><body><h1>Application is not available</h1>\n<p>Try again.</p></body></html>")
        ),
        look("a login page in place of an answer", .html(200, "<html><title>Sign in</title></html>")),
        look(
            "a redirect to a login page",
            HTTPResponse(status: 302, headers: ["Location": "https://sso.example.com/"])
        ),
        look("headers that are too large", HTTPResponse(status: 431)),
    ]

    private static func create(_ name: String, _ answer: HTTPResponse) -> ProvokedError {
        ProvokedError(name: name, script: .init(create: answer))
    }

    /// What the cluster refuses.
    private static let cluster = [
        ProvokedError(
            name: "the token of a single cluster is refused",
            environment: single,
            files: ["BEARER_TOKEN_FILE": "an-old-token"],
            script: .init(get: .failure(401, "Unauthorized", "Unauthorized"))
        ),
        look(
            "a missing permission",
            .failure(
                403,
                "Forbidden",
                "daemonsets.apps \"kubernetes-image-puller\" is forbidden: User \"jane\" cannot get resource "
                    + "\"daemonsets\" in API group \"apps\" in the namespace \"k8s-image-puller\""
            )
        ),
        create(
            "a missing namespace",
            .json(
                404,
                #"{"kind":"Status","status":"Failure","reason":"NotFound","code":404,"message":"namespaces \"k8s-image-puller\" not found","details":{"name":"k8s-image-puller","kind":"namespaces"}}"#
            )
        ),
        create(
            "a namespace that is being deleted",
            .failure(
                403,
                "Forbidden",
                "daemonsets.apps \"kubernetes-image-puller\" is forbidden: unable to create new content in namespace "
                    + "k8s-image-puller because it is being terminated"
            )
        ),
        create(
            "a webhook that denies",
            .failure(
                400,
                "",
                "admission webhook \"validate.example.com\" denied the request:\nlabel owner is required"
            )
        ),
        create(
            "a ValidatingAdmissionPolicy that denies",
            .failure(
                422,
                "Invalid",
                "daemonsets.apps \"kubernetes-image-puller\" is forbidden: ValidatingAdmissionPolicy 'owners' "
                    + "with binding 'all' denied request: label owner is required"
            )
        ),
        create(
            "a quota that is used up",
            .failure(
                403,
                "Forbidden",
                "daemonsets.apps \"kubernetes-image-puller\" is forbidden: exceeded quota: sets, requested: "
                    + "count/daemonsets.apps=1, used: count/daemonsets.apps=1, limited: count/daemonsets.apps=1"
            )
        ),
        create(
            "a webhook that is down",
            .failure(
                500,
                "InternalError",
                "failed calling webhook \"validate.example.com\": Post \"https://policy.example.com\": "
                    + "connection refused"
            )
        ),
        create("a body that is too large", .text(413, "Request Entity Too Large")),
        create(
            "a DaemonSet that the server does not accept",
            .failure(422, "Invalid", "DaemonSet.apps \"kubernetes-image-puller\" is invalid")
        ),
        ProvokedError(
            name: "an API server without image volumes",
            environment: ["CACHE_MODE": "image-volumes", "KIP_IMAGE": "quay.io/example/puller:1"],
            script: .init(
                create: .json(
                    201,
                    #"{"kind":"DaemonSet","metadata":{"name":"kubernetes-image-puller","uid":"u","resourceVersion":"1"}}"#
                )
            )
        ),
    ]
}
