// Rows about watches, and about what other clients do in a user's cluster.
extension IsolationRow {
    // MARK: Watches

    static let watches = IsolationRow(
        name: "watches that end early or are not valid",
        faulty: [
            MockFleetProcess.Fault(kind: "closeWatch"), .init(kind: "cutWatch"), .init(kind: "expiredWatch"),
            .init(
                verbs: ["watch"],
                status: 200,
                content: #"{"type":"ERROR","object":{"kind":"Status"}}"# + "\n"
            ),
            .init(verbs: ["watch"], status: 200, content: oddEvents),
        ].map { fault in
            FaultyUser(
                fault: fault.content ?? fault.kind,
                before: [.set(#"{"nodes":"held"}"#), .fault(fault)],
                during: [
                    .until("three watches", { $0.watch >= 3 }),
                    .check("a look after each watch", { $0.get >= $0.watch && $0.get < 10 }),
                    .check("one create, no delete", { $0.create == 1 && $0.delete == 0 }),
                ],
                // The watches stay as bad as they are.
                lifted: [.set(#"{"nodes":"ok"}"#)]
            )
        }
    )

    private static let oddEvents =
        #"{"type":"BOOKMARK","object":{"kind":"DaemonSet","metadata":{"resourceVersion":"12746"}}}"# + "\n"
        + #"{"type":"SURPRISE","object":{}}"# + "\n"
        + #"{"type":"DELETED","object":{"kind":"DaemonSet","metadata":{"name":"another","uid":"1"}}}"# + "\n"

    static let silentWatch = IsolationRow(
        name: "a silent watch",
        // A watch lasts as long as the rollout at most, and is cut off three seconds later.
        environment: ["ROLLOUT_TIMEOUT_SECONDS": "10"],
        faulty: [
            FaultyUser(
                fault: "silent",
                before: [.fault(.init(kind: "silentWatch"))],
                during: [
                    .says("event=ready"),
                    .check("one watch, and a look", { $0.watch == 1 && $0.get == 3 && $0.create == 1 }),
                ],
                lifted: []
            )
        ]
    )

    // MARK: Others

    /// The first get says that nothing is there: what is there came a moment later.
    private static let overtaken = Step.fault(
        .init(verbs: ["get"], count: 1, status: 404, content: absence(of: "daemonsets"))
    )

    static let createConflict = IsolationRow(
        name: "409 on create",
        faulty: [
            FaultyUser(
                fault: "a peer was faster, with the same hash",
                before: [.putOurs, overtaken],
                during: [
                    .says("event=adopted"), .says("event=ready"),
                    .check("another look", { $0.get == 3 && $0.create == 1 && $0.delete == 0 }),
                ],
                lifted: []
            ),
            FaultyUser(
                fault: "another owner was faster",
                before: [.act(#"{"action":"putDaemonSet","preset":"foreign"}"#), overtaken],
                during: [.fails("Conflict"), .check("no delete", { $0.create == 1 && $0.delete == 0 })],
                lifted: [.act(#"{"action":"deleteDaemonSet"}"#)]
            ),
            FaultyUser(
                fault: "the object is being deleted",
                before: [
                    .putOurs, .set(#"{"stuckForeground":true}"#),
                    .act(#"{"action":"deleteDaemonSet","foreground":true}"#), overtaken,
                ],
                during: [
                    .says("event=replacing", "reason=Terminating "), .says("event=replaced"),
                    .says("event=ready"),
                    .check("created beside it, and freed", { $0.create == 2 && $0.delete == 1 }),
                ],
                lifted: []
            ),
        ]
    )

    static let deleteConflict = IsolationRow(
        name: "409 on the delete precondition",
        faulty: [
            FaultyUser(
                fault: "once",
                before: [
                    .putOurs, .act(#"{"action":"editDaemonSet"}"#), .allReady,
                    .fault(.init(verbs: ["delete"], count: 1, status: 409)),
                ],
                during: [
                    .says("event=replaced"), .says("event=ready"),
                    // Reads of both before and after, and of the one that stays.
                    .check("another look", { $0.get == 5 && $0.delete == 2 && $0.create == 1 }),
                ],
                lifted: []
            ),
            FaultyUser(
                fault: "each time",
                before: [
                    .putOurs, .act(#"{"action":"editDaemonSet"}"#),
                    .fault(.init(verbs: ["delete"], status: 409)),
                ],
                during: [
                    .fails("Conflict", "changed each time before it could be deleted"),
                    .check("one create", { $0.create == 1 }),
                ]
            ),
        ]
    )

    static let terminating = IsolationRow(
        name: "stuck in foreground deletion",
        faulty: [
            FaultyUser(
                fault: "foreground deletion",
                before: [
                    .putOurs, .set(#"{"stuckForeground":true}"#),
                    .act(#"{"action":"deleteDaemonSet","foreground":true}"#),
                ],
                during: [
                    .says("event=replaced", "reason=Terminating "), .says("event=ready"),
                    .check("create, background delete", { $0.delete == 1 && $0.create == 1 }),
                ],
                lifted: []
            )
        ]
    )

    static let recreated = IsolationRow(
        name: "deleted by another client during the rollout",
        faulty: [
            FaultyUser(
                fault: "deleted once",
                before: [.set(#"{"nodes":"held"}"#)],
                during: [
                    .until("a watch", { $0.watch >= 1 }), .act(#"{"action":"deleteDaemonSet"}"#),
                    .until("created again", { $0.create == 2 }),
                ],
                lifted: [.set(#"{"nodes":"ok"}"#)]
            ),
            FaultyUser(
                fault: "deleted each time",
                before: [.set(#"{"nodes":"held"}"#)],
                during: [
                    .until("a watch", { $0.watch >= 1 }), .act(#"{"action":"deleteDaemonSet"}"#),
                    .until("another watch", { $0.create == 2 && $0.watch >= 2 }),
                    .act(#"{"action":"deleteDaemonSet"}"#),
                    .fails("Recreated"), .until("created again", { $0.create == 3 }),
                ],
                lifted: [.set(#"{"nodes":"ok"}"#)]
            ),
        ]
    )

    static let edited = IsolationRow(
        name: "edited by another client",
        faulty: [
            FaultyUser(
                fault: "another image, generation 2, the hash as it was",
                // A deletion of an object that changes meanwhile would be sent again.
                before: [.putOurs, .act(#"{"action":"editDaemonSet"}"#), .allReady],
                during: [
                    .says("event=replaced", "reason=Drift "), .says("event=ready"),
                    .check("replaced once", { $0.delete == 1 && $0.create == 1 }),
                ],
                lifted: []
            )
        ]
    )

    static let goPuller = IsolationRow(
        name: "a Go puller that recreates its DaemonSet",
        environment: ["REQUEST_TIMEOUT_SECONDS": "15"],
        faulty: [
            FaultyUser(
                fault: "Go puller",
                // So the puller checks again soon, and under both names.
                before: [
                    .act(#"{"action":"putDaemonSet","preset":"go"}"#), .allReady,
                    .fault(.init(kind: "never", verbs: ["delete"], count: 1, takesEffect: true)),
                ],
                during: [
                    .says("event=replacing", "reason=GoPuller "), .until("a deletion", { $0.delete == 1 }),
                    .act(
                        #"{"action":"putDaemonSet","preset":"go","name":"kubernetes-image-puller"}"#
                    ),
                    .says(
                        "event=ready",
                        "the next replacement would be refused: a Go puller is still running and has created its DaemonSet again"
                    ),
                    .check("one take-over", { $0.delete == 1 && $0.create == 1 }),
                ],
                lifted: []
            )
        ]
    )

    static let illHealth = IsolationRow(
        name: "nodes without pods",
        faulty: [
            ill("0 of 0 nodes", #"{"nodeCount":0}"#, says: ["NoNodes"], lifted: #"{"nodeCount":3}"#),
            ill(
                "pods refused",
                #"{"podsRefused":true,"nodeCount":5}"#,
                says: ["PodsRefused", "desired=5"],
                lifted: #"{"podsRefused":false}"#
            ),
            ill(
                "observedGeneration behind",
                #"{"controllerStopped":true}"#,
                says: ["Pending"],
                lifted: #"{"controllerStopped":false}"#
            ),
            ill(
                "3 of 5",
                #"{"nodeCount":5,"nodes":{"1":"held","4":"failing"}}"#,
                says: ["Degraded", "ready=3 desired=5"],
                lifted: #"{"nodes":"ok"}"#
            ),
            ill(
                "1 of 5",
                #"{"nodeCount":5,"nodes":{"0":"dead","1":"dead","2":"dead","3":"dead"}}"#,
                says: ["Degraded", "ready=1 desired=5"],
                lifted: #"{"nodes":"ok"}"#
            ),
        ]
    )

    private static func ill(_ fault: String, _ settings: String, says: [String], lifted: String) -> FaultyUser
    {
        FaultyUser(
            fault: fault,
            before: [.set(settings), .putOurs],
            during: [
                .says(["event=unready", "reason=\(says[0]) "] + says.dropFirst()), .writesNothing,
            ],
            lifted: [.writesNothing, .set(lifted)]
        )
    }

    static let sharedCluster = IsolationRow(
        name: "two users on one cluster",
        faulty: (1...2).map { _ in
            FaultyUser(
                fault: "a tenant",
                before: [.set(#"{"tenantOf":"user-1"}"#)],
                during: [
                    .says("event=ready"),
                    .check("neither replaces the other's", { $0.delete == 0 && $0.create <= 1 }),
                ],
                lifted: []
            )
        }
    )
}
