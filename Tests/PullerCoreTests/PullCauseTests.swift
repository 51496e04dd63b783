import Testing

@testable import PullerCore

@Suite("The message of a kubelet")
struct PullCauseTests {
    /// Messages as kubelets write them with containerd, CRI-O and dockershim.
    private static let messages: [(message: String, cause: String)] = [
        (
            #"rpc error: code = NotFound desc = failed to pull and unpack image "quay.io/x/bad:1": failed to resolve reference "quay.io/x/bad:1": quay.io/x/bad:1: not found"#,
            "not found"
        ),
        (
            #"Back-off pulling image "quay.io/x/bad:1": ErrImagePull: rpc error: code = NotFound desc = failed to pull and unpack image "quay.io/x/bad:1": failed to resolve reference "quay.io/x/bad:1": quay.io/x/bad:1: not found"#,
            "not found"
        ),
        (
            #"rpc error: code = Unknown desc = Error reading manifest latest in registry.mydomain/image: manifest unknown: manifest unknown"#,
            "not found"
        ),
        (
            #"rpc error: code = Unknown desc = Error response from daemon: manifest for busybox:nope not found: manifest unknown: manifest unknown"#,
            "not found"
        ),
        (
            #"initializing source docker://quay.io/x/y:1: reading manifest 1 in quay.io/x/y: name unknown: repository not found"#,
            "not found"
        ),
        (
            #"rpc error: code = Unknown desc = failed to pull and unpack image "docker.io/library/controller:latest": failed to resolve reference "docker.io/library/controller:latest": pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed"#,
            "not found, or unauthorized"
        ),
        (
            #"rpc error: code = Unknown desc = Error reading manifest latest in docker.io/crio/busybox: errors: denied: requested access to the resource is denied unauthorized: authentication required"#,
            "not found, or unauthorized"
        ),
        (
            #"rpc error: code = Unknown desc = Error reading manifest sha256:ba919b in quay.io/open-cluster-management/bundle: unauthorized: access to the requested resource is not authorized"#,
            "unauthorized"
        ),
        (
            #"rpc error: code = Unknown desc = failed to pull and unpack image "r.example.com/a:1": failed to resolve reference "r.example.com/a:1": failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://auth.example.com/token?scope=x: 401 Unauthorized"#,
            "unauthorized"
        ),
        (
            #"rpc error: code = Unknown desc = failed to pull and unpack image "r.example.com/a:1": failed to resolve reference "r.example.com/a:1": unexpected status from HEAD request to https://r.example.com/v2/a/manifests/1: 403 Forbidden"#,
            "denied"
        ),
        (
            #"rpc error: code = Unavailable desc = failed to pull and unpack image "127.0.0.1:5000/a:1": failed to resolve reference "127.0.0.1:5000/a:1": failed to do request: Head "https://127.0.0.1:5000/v2/a/manifests/1": dial tcp 127.0.0.1:5000: connect: connection refused"#,
            "connection refused"
        ),
        (
            #"rpc error: code = Unknown desc = failed to do request: Head "https://nope.example.com/v2/a/manifests/1": dial tcp: lookup nope.example.com on 10.0.0.10:53: no such host"#,
            "no such host"
        ),
        (
            #"pinging container registry registry-1.docker.io: Get "https://registry-1.docker.io/v2/": dial tcp: lookup http: Temporary failure in name resolution"#,
            "no such host"
        ),
        (
            #"rpc error: code = Unknown desc = failed to do request: Head "https://r.example.com/v2/a/manifests/1": dial tcp 192.0.2.1:443: i/o timeout"#,
            "timeout"
        ),
        (
            #"rpc error: code = DeadlineExceeded desc = failed to pull and unpack image "r.example.com/a:1": context deadline exceeded"#,
            "timeout"
        ),
        (
            "rpc error: code = Unknown desc = failed to pull and unpack image \"docker.io/library/busybox:latest\": failed to copy: httpReadSeeker: failed open:\nunexpected status code https://registry-1.docker.io/v2/library/busybox/manifests/sha256:50aa: 429 Too Many Requests - Server message: toomanyrequests: You have reached your pull rate limit. You may increase the limit by authenticating and upgrading: https://www.docker.com/increase-rate-limit",
            "toomanyrequests"
        ),
        (
            #"rpc error: code = Unknown desc = failed to do request: Head "https://r.example.com/v2/a/manifests/1": tls: failed to verify certificate: x509: certificate signed by unknown authority"#,
            "x509: certificate signed by unknown authority"
        ),
        (
            #"Get "https://r.example.com/v2/": x509: certificate has expired or is not yet valid: current time 2026-11-26T16:15:06Z is after 2026-01-01T00:00:00Z"#,
            "x509: certificate has expired or is not yet valid"
        ),
        (
            #"Get "https://r.example.com/v2/": x509: certificate is valid for a.example.com, not r.example.com"#,
            "x509: certificate is valid for a.example.com, not r.example.com"
        ),
        (
            #"rpc error: code = Unknown desc = failed to pull and unpack image "r.example.com/a:1": failed to extract layer sha256:0465: write /var/lib/containerd/x/fs/lib/libc.so: no space left on device: unknown"#,
            "no space left on device"
        ),
        (
            #"failed to register layer: ApplyLayer exit status 1 stdout: stderr: write /usr/lib/x.so: no space left on device"#,
            "no space left on device"
        ),
        (
            #"rpc error: code = NotFound desc = failed to pull and unpack image "r.example.com/a:1": no match for platform in manifest: not found"#,
            "not for the node's platform"
        ),
        (
            #"choosing an image from manifest list docker://r.example.com/a:1: no image found in image index for architecture "arm64", variant "v8", OS "linux""#,
            "not for the node's platform"
        ),
        (
            #"rpc error: code = Unknown desc = Get "https://127.0.0.1:5000/v2/": http: server gave HTTP response to HTTPS client"#,
            "server gave HTTP response to HTTPS client"
        ),
    ]

    @Test("about a failed pull is shortened to its cause", arguments: messages)
    func known(message: String, cause: String) {
        #expect(PullCause.known(in: message) == cause)
    }

    @Test(
        "is not judged by the words of a name, a path or a URL in it",
        arguments: [
            #"rpc error: code = Unknown desc = failed to pull and unpack image "quay.io/x/unauthorized:not-found": odd"#,
            #"reading blob quay.io/not-found/toomanyrequests: something odd"#,
            #"failed to do request: Head "https://denied.example.com/v2/connection refused": odd"#,
        ]
    )
    func names(message: String) { #expect(PullCause.known(in: message) == nil) }

    @Test("that is not recognised loses its wrapping and nothing else")
    func rest() {
        let message =
            #"Back-off pulling image "a:1": ErrImagePull: rpc error: code = Unknown desc = failed to pull and unpack image "docker.io/library/a:1": something new"#
        #expect(PullCause.rest(of: message) == "something new")
        #expect(
            PullCause.rest(of: "failed to pull and unpack image \"a") == "failed to pull and unpack image \"a"
        )
        #expect(PullCause.rest(of: "line 1\nline\t2 \u{1b}[31m") == "line 1 line 2 \\u{1b}[31m")
        #expect(PullCause.rest(of: String(repeating: "x", count: 500)).count == 201)
    }

    @Test("of a back-off tells the cause, or nothing, as those before 1.32 do")
    func backOff() {
        #expect(PullCause.isBareBackOff(#"Back-off pulling image "a:1""#))
        #expect(PullCause.isBareBackOff(""))
        #expect(!PullCause.isBareBackOff(#"Back-off pulling image "a:1": ErrImagePull: x"#))
    }

    @Test(
        "of a scheduler is shortened to what the pod's own node lacks",
        arguments: [
            (
                "0/6 nodes are available: 1 Insufficient cpu, 5 node(s) didn't match Pod's node affinity/selector. preemption: 0/6 nodes are available: 1 No preemption victims found for incoming pod, 5 Preemption is not helpful for scheduling.",
                "Insufficient cpu"
            ),
            (
                "0/3 nodes are available: 1 Insufficient cpu, 1 Insufficient memory, 2 node(s) didn't match node selector.",
                "Insufficient cpu, Insufficient memory"
            ),
            (
                "0/2 nodes are available: 1 Too many pods, 1 node(s) didn't match Pod's node affinity.",
                "Too many pods"
            ),
            (
                "0/2 nodes are available: 1 node(s) had taint {node.kubernetes.io/disk-pressure: }, that the pod didn't tolerate, 1 node(s) didn't match node selector.",
                "node(s) had taint {node.kubernetes.io/disk-pressure: }, that the pod didn't tolerate"
            ),
            (
                "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.",
                "1 node(s) didn't match Pod's node affinity/selector"
            ),
            ("skip schedule deleting pod: x/y", "skip schedule deleting pod: x/y"), ("", ""),
        ]
    )
    func scheduling(message: String, cause: String) { #expect(SchedulingCause.shown(message) == cause) }
}
