// Rows about replacements: the existing DaemonSet stays until another one serves.
extension IsolationRow {
    private static let name = "kubernetes-image-puller"
    private static let edit = Step.act(#"{"action":"editDaemonSet"}"#)
    private static let nothingTaken = Step.check("no delete", { $0.delete == 0 })

    static let refusedReplacement = IsolationRow(
        name: "a replacement that is refused",
        faulty: [
            FaultyUser(
                fault: "403 on a creation while a refresh is due",
                before: [.putOld, .fault(.init(verbs: ["create"], status: 403))],
                during: [
                    .fails(
                        "Forbidden",
                        "needs get, create, delete and watch for the name \(name)-b",
                        "\(name) stays"
                    ),
                    nothingTaken,
                ]
            ),
            FaultyUser(
                fault: "422 on a creation after an edit",
                before: [.putOurs, edit, .fault(.init(verbs: ["create"], status: 422))],
                during: [.fails("Invalid", "\(name) stays"), nothingTaken]
            ),
            FaultyUser(
                fault: "a creation without an answer while a refresh is due",
                before: [.putOld, .fault(.init(kind: "drop", verbs: ["create"]))],
                during: [.fails("Unreachable", "\(name) stays"), nothingTaken]
            ),
        ]
    )

    static let otherNameTaken = IsolationRow(
        name: "a foreign DaemonSet under the other name",
        faulty: [
            FaultyUser(
                fault: "a refresh is due",
                before: [.putOld, .act(foreign)],
                during: [
                    .fails("Conflict", "\(name)-b cannot be created beside \(name), which stays"),
                    .writesNothing,
                ],
                lifted: [.act(#"{"action":"deleteDaemonSet","name":"\#(name)-b"}"#)]
            )
        ]
    )

    private static let foreign = #"{"action":"putDaemonSet","preset":"foreign","name":"\#(name)-b"}"#

    static let idleReplacement = IsolationRow(
        name: "a replacement that does not become ready",
        environment: ["ROLLOUT_TIMEOUT_SECONDS": "5"],
        faulty: [
            FaultyUser(
                fault: "a refresh",
                before: [.putOld, .allReady, .set(#"{"nodes":"held"}"#)],
                during: [
                    .says("event=replacing", "reason=Refresh "),
                    .says("event=stepped-back", "reason=Refresh ", "\(name) stays"), .says("event=ready"),
                    .check("the newer one was deleted", { $0.create == 1 && $0.delete == 1 }),
                ],
                lifted: []
            ),
            FaultyUser(
                fault: "another spec",
                before: [.putOurs, edit, .allReady, .set(#"{"nodes":"held"}"#)],
                during: [
                    .says("event=unready", "\(name) (3/3) has stood beside it"),
                    .check("both stay", { $0.create == 1 && $0.delete == 0 }),
                ],
                lifted: [.set(#"{"nodes":"ok"}"#)]
            ),
        ]
    )

    static let finalizer = IsolationRow(
        name: "a finalizer that holds the old DaemonSet",
        faulty: [
            FaultyUser(
                fault: "a foreign finalizer",
                before: [
                    .putOld, .allReady,
                    .act(#"{"action":"setFinalizers","finalizers":["example.com/hold"]}"#),
                ],
                during: [
                    .says("event=replacing", "reason=Refresh "),
                    .says("event=ready", "being deleted, held by the finalizers example.com/hold"),
                    .check("asked once", { $0.create == 1 && $0.delete == 1 }),
                ],
                lifted: []
            )
        ]
    )
}
