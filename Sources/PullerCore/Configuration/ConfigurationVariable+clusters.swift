// Where the clusters are, and how to get in.

extension ConfigurationVariable {
    static let users = Self(
        "IMPERSONATE_USERS",
        described: "required in multi-cluster, or the file",
        "users to act as, comma-separated: one cluster each; unusual names as JSON strings",
        "must be users separated by commas"
    )
    static let usersFile = Self(
        "IMPERSONATE_USERS_FILE",
        "more users: one a line, # comments; read again while running",
        "must name a readable file with one user a line"
    )
    static let groups = Self(
        "IMPERSONATE_GROUPS",
        "groups to impersonate with each user, comma-separated; unusual names as JSON strings",
        "must be groups separated by commas"
    )
    static let proxyURL = Self(
        "OPENSHIFT_PROXY_URL",
        described: "required in multi-cluster",
        "base URL of the proxy; {user} in it stands for the user",
        "must be an http or https URL, such as https://proxy.example.com"
    )
    static let impersonationHeader = Self(
        "IMPERSONATION_HEADER",
        described: "true, or false when the URL has {user}",
        "whether Impersonate-User and Impersonate-Group are sent",
        "must be true or false"
    )
    static let oidcProvider = Self(
        "OIDC_PROVIDER",
        described: "required in multi-cluster, or OIDC_TOKEN_URL or BEARER_TOKEN_FILE",
        "the token comes from POST {OIDC_PROVIDER}/token, by client credentials",
        "must be an http or https URL, such as https://auth.example.com/api, "
            + "unless OIDC_TOKEN_URL or BEARER_TOKEN_FILE is set"
    )
    static let oidcTokenURL = Self(
        "OIDC_TOKEN_URL",
        "whole URL of the token endpoint, query included, instead of OIDC_PROVIDER",
        "must be an http or https URL, such as https://auth.example.com/oauth2/v1/token"
    )
    static let oidcScope = Self("OIDC_SCOPE", "sent only when set", "must not have control characters")
    static let oidcAudience = Self("OIDC_AUDIENCE", "sent only when set", "must not have control characters")
    static let oidcClientAuth = Self(
        "OIDC_CLIENT_AUTH",
        default: "post",
        "where id and secret travel: post (form) or basic (header)",
        "must be post or basic"
    )
    static let serviceAccountID = Self(
        "SERVICE_ACCOUNT_ID",
        described: "required with OIDC, or the file",
        "client id",
        "must be the client id, or SERVICE_ACCOUNT_ID_FILE must name a file that holds it"
    )
    static let serviceAccountIDFile = Self(
        "SERVICE_ACCOUNT_ID_FILE",
        "file with the client id",
        "must name a readable file with the client id"
    )
    static let serviceAccountSecret = Self(
        "SERVICE_ACCOUNT_SECRET",
        described: "required with OIDC, or the file",
        "client secret",
        "must be the client secret, or SERVICE_ACCOUNT_SECRET_FILE must name a file that holds it"
    )
    static let serviceAccountSecretFile = Self(
        "SERVICE_ACCOUNT_SECRET_FILE",
        "file with the client secret",
        "must name a readable file with the client secret"
    )
    static let bearerTokenFile = Self(
        "BEARER_TOKEN_FILE",
        described: "in the cluster: the service account's token",
        "file with a bearer token, instead of OIDC; read again when it changes",
        "must name a readable file with a bearer token"
    )
    static let caBundleFile = Self(
        "CA_BUNDLE_FILE",
        described: "in the cluster: the service account's ca.crt; else the system's",
        "PEM file that replaces the trust store",
        "must name a readable PEM file with a certificate"
    )
    static let apiURL = Self(
        "KUBERNETES_API_URL",
        described: "in the cluster: from KUBERNETES_SERVICE_HOST and _PORT",
        "API server of the one cluster, for running outside of it",
        "must be an http or https URL, such as http://127.0.0.1:8001"
    )
    static let serviceHost = Self(
        "KUBERNETES_SERVICE_HOST",
        described: "set by Kubernetes",
        "API server, seen from a pod",
        "must be a host name or an IP address"
    )
    static let servicePort = Self(
        "KUBERNETES_SERVICE_PORT",
        described: "set by Kubernetes",
        "its port",
        "must be a port, 1 to 65535"
    )
}
