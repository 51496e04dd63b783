// Refusals by something else than a permission.
extension IsolationRow {
    static let denied = IsolationRow(
        name: "a policy that refuses the DaemonSet",
        faulty: [
            FaultyUser(
                fault: "400 of an admission webhook",
                before: [.fault(.init(kind: "denied"))],
                // At the maximum at once, which is 2 here.
                during: [
                    .fails("Denied", "denied the request: label owner"),
                    .nextCheck(reason: "Denied", 1.8...2),
                ]
            ),
            FaultyUser(
                fault: "403 of Kyverno, in several lines",
                before: [
                    .fault(
                        .init(
                            kind: "denied",
                            status: 403,
                            content:
                                "admission webhook \"kyverno\" denied the request: \n\npolicy p:\n  owner: no\n"
                        )
                    )
                ],
                during: [
                    .fails(
                        "Denied",
                        "(403 on create): admission webhook",
                        "denied the request: policy p: owner: no"
                    )
                ]
            ),
            FaultyUser(
                fault: "422 of a ValidatingAdmissionPolicy",
                before: [
                    .fault(
                        .init(
                            kind: "denied",
                            status: 422,
                            content:
                                "x is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no"
                        )
                    )
                ],
                during: [.fails("Denied", "(422 on create): x is forbidden: ValidatingAdmissionPolicy 'p'")]
            ),
        ]
    )

    static let droppedVolumes = IsolationRow(
        name: "image volumes that the server drops",
        environment: [
            "KIP_IMAGE": "quay.io/example/puller:1", "CACHE_MODE": "image-volumes",
            "CACHE_MODE_FALLBACK": "containers",
        ],
        // Before Kubernetes 1.31, and from then until 1.34.
        faulty: ["emptyDir", "dropped"].map { kind in
            FaultyUser(
                fault: kind,
                before: [.set(#"{"imageVolumes":"\#(kind)"}"#)],
                during: [
                    .says("event=warning", "reason=Fallback "),
                    .until("the one without volumes is deleted, and one with containers created") {
                        $0.create == 2 && $0.delete == 1
                    },
                ],
                lifted: []
            )
        }
    )

    static let quota = IsolationRow(
        name: "403 of a quota",
        faulty: [
            FaultyUser(
                fault: "exceeded quota",
                before: [.fault(.init(kind: "quota"))],
                during: [.fails("Quota", "exceeded quota: one"), .nextCheck(reason: "Quota", 0...0.2)]
            )
        ]
    )

    static let rejected = IsolationRow(
        name: "any other 4xx",
        faulty: [400, 402, 405, 408, 413, 421, 431].map { (status: Int) in
            FaultyUser(
                fault: "\(status)",
                before: [.fault(.init(status: status, body: "text"))],
                during: [
                    .fails("Rejected", "the server answered \(status) on get: a fault was asked for"),
                    .nextCheck(reason: "Rejected", 0...0.2), .writesNothing,
                ]
            )
        }
    )
}
