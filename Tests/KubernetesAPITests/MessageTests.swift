import Foundation
import PullerCore
import TestSupport
import Testing

@testable import KubernetesAPI

@Suite("In the head of an answer,")
struct MessageTests {
    private func head(_ headers: [String: String]) -> HTTPResponseHead {
        HTTPResponseHead(status: 200, headers: headers)
    }

    private let date = "Sun, 22 Nov 2026 21:29:00 GMT"

    @Test("the server's time is its Date, when that can be read")
    func serverTime() {
        #expect(head(["date": date]).date == Timestamp(rfc3339: "2026-11-22T21:29:00Z"))
        #expect(head([:]).date == nil)
        #expect(head(["date": "Sunday, 22-Nov-26 21:29:00 GMT"]).date == nil)
        #expect(head(["date": "yesterday"]).date == nil)
    }

    @Test("Retry-After is a number of seconds, or a date by the server's own clock")
    func retryAfter() {
        func retryAfter(_ text: String, date: String? = nil) -> Duration? {
            var headers = ["retry-after": text]
            headers["date"] = date
            return head(headers).retryAfter
        }
        #expect(retryAfter("7") == .seconds(7))
        #expect(retryAfter(" 007 ") == .seconds(7))
        #expect(retryAfter("0") == .zero)
        #expect(retryAfter("999999999999") == .seconds(365 * 24 * 3600))
        #expect(retryAfter("99999999999999999999999999") == .seconds(365 * 24 * 3600))
        #expect(retryAfter("Sun, 22 Nov 2026 21:30:00 GMT", date: date) == .seconds(60))
        #expect(retryAfter("Sun, 22 Nov 2026 21:00:00 GMT", date: date) == .zero)
        #expect(retryAfter("Wed, 21 Oct 2099 07:28:00 GMT", date: date) == .seconds(365 * 24 * 3600))
        #expect(retryAfter("Sun, 22 Nov 2026 21:30:00 GMT") == nil)
        for nonsense in ["", "-7", "+7", "7.5", "7s", "soon", "0x10", "７"] {
            #expect(retryAfter(nonsense, date: date) == nil)
        }
        #expect(head([:]).retryAfter == nil)
    }

    @Test(
        "warnings are the texts of code 299",
        arguments: [
            ("299 - \"one\"", ["one"]),
            ("299 - \"one\", 299 - \"two\"", ["one", "two"]),
            ("299 - \"one\",299 - \"two\"", ["one", "two"]),
            ("299 - \"a \\\"quoted\\\" \\\\ word, 299 - \"", ["a \"quoted\" \\ word, 299 - "]),
            ("299 api:6443 \"one\" \"Sun, 22 Nov 2026 21:29:00 GMT\", 299 - \"two\"", ["one", "two"]),
            ("110 squid \"Response is stale\", 299 - \"mine\"", ["mine"]),
            ("299 - \"never closed", []), ("299 - no quotes", []), ("", []), ("\"\"", []), ("299 - \"\\", []),
        ] as [(String, [String])]
    )
    func warnings(field: String, texts: [String]) {
        #expect(head(["warning": field]).warnings == texts)
    }

    @Test("warnings in several fields are all read")
    func repeatedWarnings() async throws {
        let headers: [(String, String)] = [("Warning", "299 - \"one\""), ("Warning", "299 - \"two\"")]
        let wire = try Wire(answer: Answer(status: 200, headers: .init(headers)))
        #expect(try await wire.send().head.warnings == ["one", "two"])
    }

    @Test("a body is read as a Status only if it is one")
    func status() {
        func status(_ text: String) -> StatusObject? { StatusObject(Array(text.utf8)) }
        let absent = """
            {"kind":"Status","status":"Failure","reason":"NotFound","code":404,"message":"m",
             "details":{"name":"puller","group":"apps","kind":"daemonsets"}}
            """
        #expect(status(absent)?.saysAbsent(kind: "daemonsets", name: "puller") == true)
        #expect(status(absent)?.saysAbsent(kind: "daemonsets", name: "other") == false)
        #expect(status(absent)?.saysAbsent(kind: "namespaces", name: "puller") == false)
        #expect(
            status(absent.replacing("NotFound", with: "Gone"))?.saysAbsent(kind: "daemonsets", name: "puller")
                == false
        )
        #expect(status(absent.replacing("\"Status\"", with: "\"DaemonSet\"")) == nil)
        #expect(status("{\"kind\":\"Status\"}")?.saysAbsent(kind: "daemonsets", name: "puller") == false)
        for other in ["", "404 page not found", "<html>", "[]", "{}", "{\"kind\":7}"] {
            #expect(status(other) == nil)
        }
    }

    @Test(
        "what an API server writes as a Status is read without a decoder, and means the same to one",
        arguments: [
            #"""
            {"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure",
            "message":"daemonsets.apps \"kubernetes-image-puller\" not found","reason":"NotFound",
            "details":{"name":"kubernetes-image-puller","group":"apps","kind":"daemonsets"},"code":404}
            """#,
            #"""
            {"kind":"Status","message":"a\n\t\r\f\b\/\\","reason":null,"details":{"name":null,"causes":[
            {"reason":"FieldValueInvalid","message":"Invalid value: \"x\"","field":"spec.template"},{},
            {"field":null}]}}
            """#,
            #"{"kind":"DaemonSet","status":"s","details":null}"#,
        ]
    )
    func plainStatus(_ text: String) throws {
        let json = Array(text.utf8)
        let plain = try #require(StatusObject.plain(json))
        #expect(try plain == JSONDecoder().decode(StatusObject.self, from: Data(json)))
    }

    @Test(
        "what no API server writes as a Status is left to a decoder",
        arguments: [
            #"{"kind":"Status","message":"\u0041"}"#, #"{"kind":"Status","message":"é"}"#,
            #"{"kind":"Status","message":5}"#, #"{"kind":"Status","status":{}}"#,
            #"{"kind":"Status","kind":"Status"}"#, #"{"kind":"Status","details":[]}"#,
            #"{"kind":"Status","details":{"causes":{}}}"#, #"{"kind":"Status","details":{"causes":[1]}}"#,
            #"{"kind":"Status"}}"#, #"{"message":"m"}"#,
        ]
    )
    func leftStatus(_ text: String) {
        #expect(StatusObject.plain(Array(text.utf8)) == nil)
    }
}

@Suite("A secret")
struct ConfidencesTests {
    @Test("is removed from a text in each of its forms, the longest first")
    func hidden() {
        let confidences = Confidences([Secret("a b/c"), Secret("a b/cd")])
        #expect(
            confidences.hidden(in: "a b/c, a b/cd, a+b%2Fc, a%20b%2Fcd.")
                == "<redacted>, <redacted>, <redacted>, <redacted>."
        )
        #expect(confidences.hidden(in: "nothing of it") == "nothing of it")
        // Long texts are cut before they are searched.
        let endless = String(repeating: "x", count: 4 << 20) + "a b/c"
        #expect(confidences.hidden(in: "a b/c" + endless).hasPrefix("<redacted>xxx"))
        #expect(confidences.hidden(in: endless).utf8.count < 1 << 20)
        #expect(Confidences([Secret("")]).hidden(in: "a text") == "a text")
        #expect(Confidences().hidden(in: "a text") == "a text")
    }

    @Test("is removed also if its last letter and what follows form one character")
    func combined() {
        let shown = Confidences([Secret("a b/c")]).hidden(in: "a b/c\u{301}, a+b%2Fc\u{200D}")
        #expect(shown == "<redacted>\u{301}, <redacted>\u{200D}")
    }

    @Test("leaves no part in a text that is cut, however often the text contained it")
    func cut() {
        for count in [20, 200] {
            let secret = String(repeating: "secret", count: count)
            let shown = Confidences([Secret(secret)]).hidden(in: String(repeating: secret, count: 1000))
            #expect(!shown.contains("secret"))
            #expect(count > 20 || shown.hasPrefix("<redacted><redacted>"))
        }
    }
}

@Suite("The connection budget")
struct ConnectionBudgetTests {
    private func budget(requests: Int, rollouts: Int, files: Int, others: Int = 0) throws -> ConnectionBudget
    {
        var schedule = try Configuration.sample().schedule
        schedule.maxConcurrentRequests = requests
        schedule.maxConcurrentRollouts = rollouts
        return ConnectionBudget(schedule: schedule, openFiles: files, others: others)
    }

    @Test("leaves the configuration alone if enough files may be open")
    func enough() throws {
        let budget = try budget(requests: 100, rollouts: 50, files: 1024)
        #expect(budget.schedule.maxConcurrentRequests == 100)
        #expect(budget.schedule.maxConcurrentRollouts == 50)
        #expect(budget.schedule.watchClusters == 50)
        #expect(budget.overdueRequests == 610)
        #expect(budget.warning == nil)
        #expect(budget.summary == "at most 992 connections, as 1024 files may be open")
    }

    @Test("otherwise lowers both limits, keeps room for requests that hang, and says so")
    func tooFew() throws {
        let budget = try budget(requests: 2000, rollouts: 1000, files: 1024)
        #expect(budget.schedule.maxConcurrentRequests == 240)
        #expect(budget.schedule.maxConcurrentRollouts == 480)
        #expect(
            budget.warning
                == "only 1024 files may be open, so MAX_CONCURRENT_REQUESTS is 240, "
                + "MAX_CONCURRENT_ROLLOUTS is 480 and WATCH_CLUSTERS is 0"
        )
    }

    @Test("does not lower the request limit because any number may roll out")
    func anyNumberOfRollouts() throws {
        let budget = try budget(requests: 128, rollouts: 100_000, files: 1024)
        #expect(budget.schedule.maxConcurrentRequests == 128)
        #expect(budget.schedule.maxConcurrentRollouts == 592)
        #expect(budget.overdueRequests == 240)
    }

    @Test("lowers only the limits that are too high")
    func fewRollouts() throws {
        let budget = try budget(requests: 900, rollouts: 61, files: 1024)
        #expect(budget.schedule.maxConcurrentRequests == 659)
        #expect(budget.schedule.maxConcurrentRollouts == 61)
    }

    @Test("leaves the files alone that are counted elsewhere")
    func others() throws {
        for others in [0, 1, 64, 200] {
            let budget = try budget(requests: 100_000, rollouts: 100_000, files: 512, others: others)
            // With room to spare for the log, the token file and the like.
            #expect(budget.connections + others + 32 == 512)
        }
    }

    @Test("never allows more connections than files, and always allows some")
    func bounds() throws {
        for files in [100, 128, 256, 1024, 4096, 65_536, 1_048_576, Int.max] {
            for (requests, rollouts) in [
                (1, 1), (50, 10), (1000, 1), (1, 1000), (100_000, 100_000), (128, 832), (900, 61),
            ] {
                let budget = try budget(requests: requests, rollouts: rollouts, files: files)
                #expect(budget.connections < files)
                #expect((1...requests).contains(budget.schedule.maxConcurrentRequests))
                #expect((1...rollouts).contains(budget.schedule.maxConcurrentRollouts))
                // A quarter, for requests that hang.
                #expect(budget.overdueRequests >= min(1000, (files - 64) / 4))
                #expect(budget.overdueRequests <= 1000)
            }
        }
        for files in [0, 1, 10, 64] {
            #expect(try budget(requests: 50, rollouts: 10, files: files).warning != nil)
        }
    }
}
