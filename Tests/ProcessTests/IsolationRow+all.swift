extension IsolationRow {
    /// The table of `docs/reliability.md`, row by row.
    static let all =
        [
            unauthorized, forbidden, denied, quota, rejected, proxyNotFound, namespaceMissing, createConflict,
            deleteConflict, invalid, droppedVolumes,
            throttled, serverError, unreachable, timeout, responseTooLarge, malformedResponse, redirect,
        ] + [
            refusedReplacement, otherNameTaken, idleReplacement, finalizer,
        ] + [
            watches, silentWatch, terminating, recreated, edited, goPuller, illHealth, imageFault,
            unreadablePods, unreadableEvents,
            sharedCluster,
        ]

    // MARK: Answers

    private static let unauthorized = IsolationRow(
        name: "401",
        // One, and one for both of them to try again with.
        tokens: 2,
        faulty: [
            FaultyUser(
                fault: "401, empty body",
                before: [.fault(.init(status: 401, body: "empty"))],
                during: [.fails("Unauthorized"), .writesNothing]
            ),
            FaultyUser(
                fault: "401 for a namespace that is missing behind the proxy",
                before: [.set(#"{"namespace":"missing"}"#)],
                during: [.fails("Unauthorized"), .writesNothing],
                lifted: [.set(#"{"namespace":"present"}"#)]
            ),
        ]
    )

    private static let forbidden = IsolationRow(
        name: "403",
        faulty: [
            FaultyUser(
                fault: "403 on get",
                before: [.fault(.init(verbs: ["get"], status: 403))],
                during: [.fails("Forbidden", "403 on get daemonsets"), .writesNothing]
            ),
            FaultyUser(
                fault: "403 on create",
                before: [.fault(.init(verbs: ["create"], status: 403))],
                during: [.fails("Forbidden", "403 on create daemonsets")]
            ),
            FaultyUser(
                fault: "403 on delete",
                before: [
                    .putOurs, .act(#"{"action":"editDaemonSet"}"#),
                    .fault(.init(verbs: ["delete"], status: 403)),
                ],
                during: [
                    .says("event=replacing", "reason=Drift "),
                    .fails("Forbidden", "403 on delete daemonsets"),
                    .check("one create", { $0.create == 1 }),
                ]
            ),
            FaultyUser(
                fault: "403 on watch",
                before: [.set(#"{"nodes":"held"}"#), .fault(.init(verbs: ["watch"], status: 403))],
                during: [
                    .says("event=progress", "reason=Forbidden ", "403 on watch daemonsets"),
                    .until("two looks", { $0.get >= 4 }),
                    // Spaced: within the time of two looks, not many.
                    .check("one create and few looks", { $0.create == 1 && $0.get < 9 && $0.delete == 0 }),
                ],
                lifted: [.set(#"{"nodes":"ok"}"#)]
            ),
        ]
    )

    private static let proxyNotFound = IsolationRow(
        name: "404 that is not the cluster's",
        faulty: [
            FaultyUser(
                fault: "404 text/plain for an unknown target cluster",
                before: [.set(#"{"target":"unknown"}"#)],
                during: [.fails("ProxyNotFound", "this DaemonSet: unknown target cluster"), .writesNothing],
                lifted: [.set(#"{"target":"known"}"#)]
            ),
            FaultyUser(
                fault: "404 HTML",
                before: [.fault(.init(status: 404, body: "html"))],
                during: [.fails("ProxyNotFound"), .writesNothing]
            ),
            FaultyUser(
                fault: "404 Status of another kind",
                before: [.fault(.init(status: 404, content: absence(of: "pods")))],
                during: [.fails("ProxyNotFound"), .writesNothing]
            ),
        ]
    )

    private static let namespaceMissing = IsolationRow(
        name: "404 for the namespace on create",
        faulty: [
            FaultyUser(
                fault: "no such namespace",
                before: [.set(#"{"namespace":"missingInCluster"}"#)],
                during: [.fails("NamespaceMissing", "the namespace k8s-image-puller does not exist")],
                lifted: [.set(#"{"namespace":"present"}"#)]
            )
        ]
    )

    private static let invalid = IsolationRow(
        name: "422",
        faulty: [
            FaultyUser(
                fault: "the server finds the DaemonSet invalid",
                before: [
                    .fault(
                        .init(
                            verbs: ["create"],
                            status: 422,
                            content:
                                #"{"kind":"Status","status":"Failure","reason":"Invalid","code":422,"details":"#
                                + #"{"causes":[{"field":"spec.template","message":"too bad"}]}}"#
                        )
                    )
                ],
                // At the cap at once, which is 2 here.
                during: [
                    .fails("Invalid", "spec.template: too bad"), .nextCheck(reason: "Invalid", 1.8...2),
                ]
            )
        ]
    )

    private static let throttled = IsolationRow(
        name: "429 and 503 with Retry-After",
        faulty: [
            FaultyUser(
                fault: "429, Retry-After: 1",
                before: [.fault(.init(status: 429, retryAfter: "1"))],
                during: [.fails("Throttled"), .nextCheck(reason: "Throttled", 1...1.2), .writesNothing]
            ),
            FaultyUser(
                fault: "503, Retry-After: a date",
                before: [
                    .fault(.init(status: 503, body: "html", retryAfter: "Fri, 01 Jan 2100 00:00:00 GMT"))
                ],
                during: [.fails("Throttled"), .nextCheck(reason: "Throttled", 1.8...2), .writesNothing]
            ),
            FaultyUser(
                fault: "429, Retry-After: nonsense",
                before: [.fault(.init(status: 429, retryAfter: "soon"))],
                during: [.fails("Throttled"), .nextCheck(reason: "Throttled", 0...0.2), .writesNothing]
            ),
            FaultyUser(
                fault: "503, Retry-After: huge",
                before: [.fault(.init(status: 503, retryAfter: "99999999999999999999"))],
                during: [.fails("Throttled"), .nextCheck(reason: "Throttled", 1.8...2), .writesNothing]
            ),
        ]
    )

    private static let serverError = IsolationRow(
        name: "429 and 5xx without Retry-After",
        faulty: [429: "status", 500: "text", 502: "html", 503: "html", 504: "status"].sorted {
            $0.key < $1.key
        }.map {
            (status: Int, body: String) in
            FaultyUser(
                fault: "\(status) as \(body)",
                before: [.fault(.init(status: status, body: body))],
                during: [
                    .fails("ServerError", "the server answered \(status)"),
                    .nextCheck(reason: "ServerError", 0...0.2), .writesNothing,
                ]
            )
        }
    )

    // MARK: The network

    private static let unreachable = IsolationRow(
        name: "a connection that is reset or cut",
        faulty: [
            FaultyUser(
                fault: "reset instead of an answer",
                before: [.fault(.init(kind: "drop"))],
                during: [.fails("Unreachable"), .writesNothing]
            ),
            FaultyUser(
                fault: "cut in the middle of a body",
                before: [.putOurs, .fault(.init(kind: "cut", verbs: ["get"]))],
                during: [.fails("Unreachable"), .writesNothing]
            ),
            FaultyUser(
                fault: "closed within the head of an answer",
                before: [.fault(.init(kind: "cutHead"))],
                during: [.fails("Unreachable"), .writesNothing]
            ),
            FaultyUser(
                fault: "reset after a create that took effect",
                before: [.fault(.init(kind: "drop", verbs: ["create"], count: 1, takesEffect: true))],
                during: createdOnce(failing: "Unreachable"),
                lifted: []
            ),
            FaultyUser(
                fault: "cut in the middle of the answer to a create",
                before: [.fault(.init(kind: "cut", verbs: ["create"], count: 1))],
                during: createdOnce(failing: "Unreachable"),
                lifted: []
            ),
        ]
    )

    /// A create that may have happened is looked for, not repeated blindly.
    private static func createdOnce(failing reason: String) -> [Step] {
        [
            .fails(reason), .says("event=ready"),
            // The get may come before the last node is ready, and then another one does.
            .check("one create, found by a get", { $0.create == 1 && $0.get >= 3 && $0.delete == 0 }),
        ]
    }

    private static let timeout = IsolationRow(
        name: "no answer in time",
        environment: ["REQUEST_TIMEOUT_SECONDS": "15"],
        faulty: [
            FaultyUser(
                fault: "never answers",
                before: [.fault(.init(kind: "never"))],
                during: [.fails("Timeout"), .writesNothing]
            ),
            FaultyUser(
                fault: "sends one byte a second",
                before: [.putOurs, .fault(.init(kind: "drip", verbs: ["get"]))],
                during: [.fails("Timeout"), .writesNothing]
            ),
            FaultyUser(
                fault: "never answers to a create that took effect",
                before: [.fault(.init(kind: "never", verbs: ["create"], count: 1, takesEffect: true))],
                during: createdOnce(failing: "Timeout"),
                lifted: []
            ),
        ]
    )

    private static let responseTooLarge = IsolationRow(
        name: "an answer that is too large",
        faulty: [
            FaultyUser(
                fault: "an endless body",
                before: [.fault(.init(kind: "endless", verbs: ["get"]))],
                during: [.fails("ResponseTooLarge"), .writesNothing]
            ),
            FaultyUser(
                fault: "200 with 50 MB",
                before: [.fault(.init(kind: "huge", verbs: ["get"], bytes: 50_000_000))],
                during: [.fails("ResponseTooLarge"), .writesNothing]
            ),
            FaultyUser(
                fault: "a watch line of 10 MB",
                before: [.fault(.init(kind: "huge", verbs: ["watch"], bytes: 10_000_000))],
                during: [.says("event=progress", "reason=ResponseTooLarge "), .says("event=ready")],
                lifted: []
            ),
        ]
    )

    private static let malformedResponse = IsolationRow(
        name: "200 that is not the DaemonSet",
        faulty: ["malformed", "truncated", "otherKind", "wrongName"].map { kind in
            FaultyUser(
                fault: kind,
                before: [.putOurs, .fault(.init(kind: kind, verbs: ["get"]))],
                during: [.fails("MalformedResponse"), .writesNothing]
            )
        } + [
            FaultyUser(
                fault: "200 with HTML",
                before: [.fault(.init(status: 200, body: "html"))],
                during: [.fails("MalformedResponse"), .writesNothing]
            )
        ]
    )

    private static let redirect = IsolationRow(
        name: "307 to another host",
        faulty: [
            FaultyUser(
                fault: "307",
                before: [.fault(.init(kind: "redirect"))],
                during: [.fails("Redirect"), .writesNothing]
            )
        ]
    )

    /// An API server's answer that something does not exist.
    static func absence(of resource: String) -> String {
        #"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","reason":"NotFound","code":404,"#
            + #""message":"\#(resource) \"kubernetes-image-puller\" not found","#
            + #""details":{"name":"kubernetes-image-puller","group":"apps","kind":"\#(resource)"}}"#
    }
}
