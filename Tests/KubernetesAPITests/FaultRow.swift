import MockFleet
import PullerCore
import TestSupport
import Testing

@testable import KubernetesAPI

/// What a cluster, or what stands before it, can answer, and what that is called.
struct FaultRow: CustomTestStringConvertible, Sendable {
    var name: String
    var fault: JSON
    var verbs = FleetBench.Verb.allCases
    var reason: FailureReason
    var retryAfter: Duration?
    var says = ""

    var testDescription: String { name }

    static let status: [FaultRow] = [
        FaultRow(
            name: "403",
            fault: ["kind": "status", "status": 403],
            reason: .forbidden,
            says: "daemonsets"
        ),
        FaultRow(
            name: "403 page of a gateway with a policy of its own",
            fault: [
                "kind": "status", "status": 403, "body": "html",
                "content": "<title>403 Forbidden</title><p>blocked by policy</p>",
            ],
            reason: .forbidden,
            says: "daemonsets: 403 Forbidden: blocked by policy"
        ),
        FaultRow(
            name: "404 in plain text",
            fault: ["kind": "status", "status": 404, "body": "text", "content": "cluster\n not found\n"],
            reason: .proxyNotFound,
            says: "404 that is not the cluster's answer about this DaemonSet: cluster not found"
        ),
        FaultRow(
            name: "404 page",
            fault: ["kind": "status", "status": 404, "body": "html"],
            reason: .proxyNotFound,
            says: ": 404 a fault was asked for"
        ),
        FaultRow(
            name: "404 without a body",
            fault: ["kind": "status", "status": 404, "body": "empty"],
            reason: .proxyNotFound
        ),
        FaultRow(
            name: "404 about a Pod of that name",
            fault: [
                "kind": "status", "status": 404,
                "content": .string(
                    """
                    {"kind":"Status","status":"Failure","reason":"NotFound","message":"pods not found",
                     "details":{"name":"kubernetes-image-puller","kind":"pods"},"code":404}
                    """
                ),
            ],
            reason: .proxyNotFound,
            says: "pods not found"
        ),
        FaultRow(
            name: "404 about another DaemonSet",
            fault: [
                "kind": "status", "status": 404,
                "content": .string(
                    """
                    {"kind":"Status","status":"Failure","reason":"NotFound",
                     "details":{"name":"other","group":"apps","kind":"daemonsets"},"code":404}
                    """
                ),
            ],
            reason: .proxyNotFound
        ),
        FaultRow(
            name: "409 of no known kind",
            fault: ["kind": "status", "status": 409, "body": "text"],
            reason: .conflict,
            says: "409"
        ),
        FaultRow(
            name: "422 with its causes",
            fault: [
                "kind": "status", "status": 422,
                "content": .string(
                    """
                    {"kind":"Status","status":"Failure","reason":"Invalid","message":"long","code":422,
                     "details":{"causes":[{"field":"spec.a","message":"must not"},{"message":"nor this"}]}}
                    """
                ),
            ],
            reason: .invalid,
            says: "422: spec.a: must not; nor this"
        ),
        FaultRow(
            name: "422 without causes",
            fault: ["kind": "status", "status": 422],
            reason: .invalid,
            says: "a fault was asked for"
        ),
        FaultRow(
            name: "200 page",
            fault: ["kind": "status", "status": 200, "body": "html"],
            verbs: [.get, .delete],
            reason: .malformedResponse,
            says: "is not a DaemonSet but text/html (200 from http://127.0.0.1:"
        ),
        FaultRow(
            name: "200 without a body",
            fault: ["kind": "status", "status": 200, "body": "empty"],
            verbs: [.get, .delete],
            reason: .malformedResponse
        ),
        FaultRow(
            name: "204",
            fault: ["kind": "status", "status": 204, "body": "empty"],
            reason: .malformedResponse
        ),
        FaultRow(
            name: "201 page",
            fault: ["kind": "status", "status": 201, "body": "html"],
            verbs: [.get, .create, .delete],
            reason: .malformedResponse
        ),
        FaultRow(
            name: "redirect",
            fault: ["kind": "redirect", "location": "http://elsewhere.test/login"],
            reason: .redirect,
            says: "307 to http://elsewhere.test/login"
        ),
    ]

    /// What the server, or something before it, refuses: each without an effect.
    static let refusals: [FaultRow] =
        [
            400, 402, 405, 406, 407, 408, 411, 412, 413, 414, 415, 416, 417, 421, 423, 425, 426, 428,
            431, 451,
        ]
        .map { status in
            FaultRow(
                name: "\(status)",
                fault: ["kind": "status", "status": .int(status)],
                reason: .rejected,
                says: "the server answered \(status) on "
            )
        } + [
            // For a watch, it means that the server has forgotten where the watch was to begin.
            FaultRow(
                name: "410",
                fault: ["kind": "status", "status": 410],
                verbs: [.get, .create, .delete],
                reason: .rejected,
                says: "the server answered 410 on "
            ),
            FaultRow(
                name: "denied by a webhook",
                fault: ["kind": "denied"],
                verbs: [.create],
                reason: .denied,
                says:
                    "refused by a policy (400 on create): admission webhook \"validate.example.com\" denied"
            ),
            FaultRow(
                name: "denied by Kyverno, in several lines, on a deletion",
                fault: [
                    "kind": "denied", "verbs": ["delete"], "status": 403,
                    "content":
                        "admission webhook \"validate.kyverno.svc-fail\" denied the request: \n\npolicy p:\n  rule: no\n",
                ],
                verbs: [.delete],
                reason: .denied,
                says: "denied the request: policy p: rule: no"
            ),
            FaultRow(
                name: "a quota",
                fault: ["kind": "quota"],
                verbs: [.create],
                reason: .quota,
                says: "refused by a quota (403 on create): daemonsets.apps"
            ),
            FaultRow(
                name: "a message in another JSON object",
                fault: [
                    "kind": "status", "status": 403, "body": "json", "content": "{\"message\": \"not you\"}",
                ],
                reason: .forbidden,
                says: "daemonsets: not you"
            ),
            FaultRow(
                name: "a namespace that is being deleted",
                fault: [
                    "kind": "quota",
                    "content":
                        "daemonsets.apps \"x\" is forbidden: unable to create new content in namespace n because it is being terminated",
                ],
                verbs: [.create],
                reason: .namespaceMissing,
                says: "is being deleted"
            ),
        ]

    static let troubles: [FaultRow] = [429, 500, 502, 503, 504, 599].flatMap { status in
        ["status", "html", "empty"].map { body in
            FaultRow(
                name: "\(status) \(body)",
                fault: ["kind": "status", "status": .int(status), "body": .string(body)],
                reason: .serverError,
                says: body == "html"
                    ? "the server answered \(status): \(status) a fault" : "the server answered \(status)"
            )
        }
    }

    static let throttles: [FaultRow] = [429, 503].flatMap { status in
        [
            ("7", .seconds(7)), ("0", .zero), ("86400", .seconds(86_400)),
            ("99999999999999999999999", .seconds(365 * 24 * 3600)),
            // Far behind the fleet's clock, which starts in 2023.
            ("Sun, 06 Nov 1994 08:49:37 GMT", .zero), ("soon", nil), ("-1", nil),
        ].map { (text: String, wait: Duration?) in
            FaultRow(
                name: "\(status) Retry-After: \(text)",
                fault: ["kind": "status", "status": .int(status), "retryAfter": .string(text)],
                verbs: [.get],
                reason: .throttled,
                retryAfter: wait,
                says: "\(status)"
            )
        }
    }

    static let roads: [FaultRow] = [
        FaultRow(name: "reset", fault: ["kind": "drop"], reason: .unreachable),
        FaultRow(
            name: "reset after it was done",
            fault: ["kind": "drop", "takesEffect": true],
            reason: .unreachable
        ),
        FaultRow(
            name: "cut in the body",
            fault: ["kind": "cut"],
            verbs: [.get, .create, .delete],
            reason: .unreachable
        ),
        FaultRow(name: "cut in the head", fault: ["kind": "cutHead"], reason: .unreachable),
        FaultRow(name: "50 MB", fault: ["kind": "huge", "bytes": 50_000_000], reason: .responseTooLarge),
        FaultRow(
            name: "no end",
            fault: ["kind": "endless"],
            verbs: [.get, .delete, .watch],
            reason: .responseTooLarge
        ),
    ]

    static let spoiled: [FaultRow] = [
        FaultRow(name: "not JSON", fault: ["kind": "malformed"], reason: .malformedResponse),
        FaultRow(name: "half of the JSON", fault: ["kind": "truncated"], reason: .malformedResponse),
        FaultRow(name: "another kind", fault: ["kind": "otherKind"], reason: .malformedResponse),
        FaultRow(
            name: "another name",
            fault: ["kind": "wrongName"],
            reason: .malformedResponse,
            says: "another-name"
        ),
    ]
}
