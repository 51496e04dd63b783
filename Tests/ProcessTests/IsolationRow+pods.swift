// Rows about pods and their events, with POD_STATUS=true. Beside them, the other clusters get the requests that they get without it.
extension IsolationRow {
    private static let image = "quay.io/eclipse/che-java11-maven:nightly"

    /// A user whose nodes cannot run an image.
    private static func faulty(
        _ fault: String,
        _ settings: String? = nil,
        before: [Step] = [],
        says: [[String]],
        lifted: [Step] = []
    ) -> FaultyUser {
        let settings = settings ?? #""images":{"\#(image)":"\#(fault)"}"#
        return FaultyUser(
            fault: fault,
            before: [.set(#"{"podsReadable":true,\#(settings)}"#)] + before + [.putOurs],
            during: says.map { .says($0) } + [.writesNothing],
            lifted: [.writesNothing] + lifted + [.set(#"{"images":{},"nodes":"ok"}"#)]
        )
    }

    static let imageFault = IsolationRow(
        name: "an image at fault, or no room on nodes (`POD_STATUS=true`)",
        environment: ["POD_STATUS": "true"],
        faulty: [
            ("notFound", "not found"), ("unauthorized", "unauthorized"), ("rateLimited", "toomanyrequests"),
            ("oom", "OOMKilled"),
        ].map { fault, cause in
            faulty(
                fault,
                says: [
                    [
                        "event=unready", "reason=ImageFault ", "nodes_failing=3 images_failing=1",
                        "image java (\(image)): \(cause), on 3 of 3 nodes",
                    ]
                ]
            )
        } + [
            faulty(
                "full",
                #""nodes":{"1":"full"}"#,
                says: [["event=unready", "reason=NoRoom ", "no room on the node: ", "on 1 of 3 nodes"]]
            )
        ]
    )

    private static let badLists: [(MockFleetProcess.Fault, String)] = [
        (.init(status: 500, body: "text"), "ServerError"), (.init(kind: "drop"), "Unreachable"),
        (.init(status: 200, body: "html"), "MalformedResponse"), (.init(kind: "huge"), "ResponseTooLarge"),
        (.init(kind: "redirect"), "Redirect"), (.init(status: 404, body: "text"), "ProxyNotFound"),
        (.init(status: 429, retryAfter: "7"), "Throttled"),
    ]

    static let unreadablePods = IsolationRow(
        name: "pods that cannot be read (`POD_STATUS=true`)",
        environment: ["POD_STATUS": "true"],
        faulty: badLists.map { fault, reason in
            var fault = fault
            fault.verbs = ["other"]
            if fault.kind == "huge" { fault.bytes = 9 << 20 }
            return faulty(
                "notFound",
                before: [.fault(fault)],
                says: [
                    ["event=progress", "reason=\(reason) ", "the pods could not be read: "],
                    ["event=unready", "reason=Degraded ", "0/3 nodes are ready"],
                ],
                lifted: [.clearFaults]
            )
        }
    )

    /// A cluster with such events is ready all the same, and is asked for them once.
    private static func events(
        _ fault: String,
        before: [Step] = [],
        says: [String]
    ) -> FaultyUser {
        FaultyUser(
            fault: "\(fault) events",
            before: [.set(#"{"events":"\#(fault)"}"#)] + before,
            during: [.says("event=ready"), .says(says), .until("one creation") { $0.create == 1 }],
            lifted: []
        )
    }

    static let unreadableEvents = IsolationRow(
        name: "events about pulls that cannot be read, or say nonsense (`PULL_TIMES=true`)",
        environment: ["POD_STATUS": "true", "PULL_TIMES": "true"],
        faulty: [
            ("malformed", "MalformedResponse"), ("huge", "ResponseTooLarge"),
        ].map { fault, reason in
            events(
                fault,
                says: ["event=progress", "reason=\(reason) ", "the events about pulls could not be read: "]
            )
        }
            + badLists.map { fault, reason in
                var fault = fault
                fault.verbs = ["other"]
                if fault.kind == "huge" { fault.bytes = 9 << 20 }
                return events(
                    "readable",
                    before: [.fault(fault)],
                    says: [
                        "event=progress", "reason=\(reason) ", "the events about pulls could not be read: ",
                    ]
                )
            } + [
                // Nothing is said of them.
                events("hostile", says: ["event=ready"])
            ]
    )
}
