import Foundation
import TestSupport
import Testing

@Suite("Untrusted input")
struct InjectionTests {
    /// What would be a line of its own, a colour, or text that runs backwards.
    private static let attack = #"x\nlevel=error event=forged\r\u001b[31m\u202e\"} {\"event\":\"forged\"}"#

    @Test(
        "never forges a log line, whether it is a server's text or a user's name",
        arguments: ["text", "json"]
    )
    func log(format: String) async throws {
        let names = ["a level=error event=forged", "b\"event\":\"forged\"", "c=d\\n", "e%0d%0a"]
        let fleet = try await MockFleetProcess(["--users", "5", "--pull-ms", "10"])
        let status = """
            {"kind":"Status","apiVersion":"v1","status":"Failure","message":"\(Self.attack)","reason":"\(Self.attack)",\
            "details":{"causes":[{"field":"\(Self.attack)","message":"\(Self.attack)"}]},"code":422}
            """
        func fault(_ changes: [String: Any], user: Int) async throws {
            let data = try JSONSerialization.data(withJSONObject: changes)
            try await fleet.addFault(String(decoding: data, as: UTF8.self), user: "user-\(user)")
        }
        try await fault(
            ["kind": "status", "status": 422, "content": status, "verbs": ["create"]],
            user: 1
        )
        try await fault(["kind": "status", "status": 403, "content": status], user: 2)
        try await fault(
            ["kind": "redirect", "location": "http://x/\" event=forged {\"event\":\"forged\"}"],
            user: 3
        )
        try await fault(
            ["kind": "delay", "headers": ["Warning": "299 - \"\" event=forged {\"event\":\"forged\"}\""]],
            user: 4
        )
        try await fault(["kind": "status", "status": 500, "body": "html"], user: 5)
        let process = try RunningProcess(
            "kubernetes-image-puller",
            environment: fleet.environment(
                users: (1...5).map { "user-\($0)" } + names,
                ["LOG_FORMAT": format]
            )
        )
        defer { process.end() }
        for reason in ["Invalid", "Forbidden", "Redirect", "ServerError", "Unauthorized"] {
            try await process.line(with: reason)
        }
        try await poll(within: .seconds(180), "a ready cluster") { try await fleet.readyClusters() >= 1 }
        process.signal(SIGTERM)
        #expect(try await process.exitCode() == 0)

        let text = process.text
        #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 && $0 != "\u{202e}" })
        #expect(text.contains("forged"))
        for line in process.lines {
            switch format {
            case "json":
                let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
                #expect(object?["event"] as? String != "forged")
                #expect(object?["event"] != nil)
            default:
                #expect(line.hasPrefix("time="))
                #expect(!withoutQuoted(line).contains("forged"))
            }
        }
    }

    /// The line without its quoted values.
    private func withoutQuoted(_ line: String) -> String {
        var isQuoted = false
        var isEscaped = false
        return String(
            line.filter { character in
                defer { isEscaped = !isEscaped && character == "\\" }
                if character == "\"", !isEscaped { isQuoted.toggle() }
                return !isQuoted
            }
        )
    }

    @Test("never directs a request to another user's cluster through the path")
    func path() async throws {
        let fleet = try await MockFleetProcess(["--users", "2", "--pull-ms", "10"])
        let names = [
            "user-1", "x/../user-2", "user-2?x=", "user-2#", "user-2/", "..%2fuser-2", "user-2;x", "./user-2",
            "user-2/api/v1?", "x\\..\\user-2",
        ]
        let process = try RunningProcess(
            "kubernetes-image-puller",
            environment: fleet.environment(users: names, ["OPENSHIFT_PROXY_URL": fleet.pathURL])
        )
        defer { process.end() }
        for name in names.dropFirst() {
            try await process.line(with: "event=failed", name.replacing("\\", with: "\\\\"))
        }
        try await poll(within: .seconds(180), "a ready cluster") { try await fleet.readyClusters() == 1 }
        let other = try await fleet.user("user-2")
        #expect(other.counts.get + other.counts.create + other.counts.watch == 0)
        #expect(other.daemonSets.isEmpty)
    }

    @Test(
        "is rejected before anything is sent if a secret read from a file could change a header",
        arguments: ["\r\nImpersonate-User: user-2", " ", "\0", "é"]
    )
    func tokenFile(attack: String) async throws {
        let fleet = try await MockFleetProcess(["--users", "2", "--pull-ms", "10"])
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("token-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        // Each line of it is unlike anything else, for the search of the run's output, which names the attacks.
        let part = UUID().uuidString
        try (part + attack + part).write(to: file, atomically: true, encoding: .utf8)
        let process = try RunningProcess(
            "kubernetes-image-puller",
            environment: fleet.environment(
                users: ["user-1"],
                [
                    "OIDC_PROVIDER": "", "SERVICE_ACCOUNT_ID": "", "SERVICE_ACCOUNT_SECRET": "",
                    "BEARER_TOKEN_FILE": file.path,
                ]
            )
        )
        #expect(try await process.exitCode() == 78)
        #expect(process.text.hasPrefix("BEARER_TOKEN_FILE="))
        #expect(try await fleet.counts().get == 0)
    }
}
