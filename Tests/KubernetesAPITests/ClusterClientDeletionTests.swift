import PullerCore
import Testing

@testable import KubernetesAPI

@Suite("A client reads the answer to a deletion:")
struct ClusterClientDeletionTests {
    private func deletion(_ status: Int, _ body: String) async throws(Failure) -> Deletion {
        let wire: Wire
        do { wire = try Wire(answer: .json(status, body)) } catch { throw Failure(.unreachable, "\(error)") }
        let client = ClusterClient(
            baseURL: wire.url,
            impersonatedUser: nil,
            namespace: "n",
            transport: wire.transport,
            tokens: nil,
            answerLimit: 1 << 20
        )
        return try await client.delete("puller", uid: "u", resourceVersion: "7")
    }

    private func object(_ name: String = "puller", finalizers: String) -> String {
        """
        {"kind":"DaemonSet","metadata":{"name":"\(name)","uid":"u","resourceVersion":"8",
         "deletionTimestamp":"2026-11-22T21:30:00Z","finalizers":\(finalizers)}}
        """
    }

    private let success = #"{"kind":"Status","status":"Success","details":{"name":"puller","uid":"u"}}"#

    @Test("a success says that the object is gone", arguments: [200, 202])
    func gone(status: Int) async throws {
        #expect(try await deletion(status, success) == .gone)
    }

    @Test("the object says that it still exists, and which finalizers hold it", arguments: [200, 202])
    func going(status: Int) async throws {
        let held = try await deletion(
            status,
            object(finalizers: #"["foregroundDeletion","example.com/hold"]"#)
        )
        #expect(held == .going(finalizers: ["foregroundDeletion", "example.com/hold"]))
        #expect(try await deletion(status, object(finalizers: "[]")) == .going(finalizers: []))
        #expect(try await deletion(status, object(finalizers: "null")) == .going(finalizers: []))
    }

    @Test("a conflict says that it is another object, or another version of it")
    func changed() async throws {
        let conflict = #"{"kind":"Status","status":"Failure","reason":"Conflict","code":409}"#
        #expect(try await deletion(409, conflict) == .changed)
    }

    @Test("a failure, another object and an HTML page prove no deletion")
    func nothing() async throws {
        let failed = #"{"kind":"Status","status":"Failure"}"#
        for body in [failed, object("other", finalizers: "[]"), "<html>", ""] {
            let failure = await failure { () async throws(Failure) in _ = try await deletion(200, body) }
            #expect(failure?.reason == .malformedResponse)
        }
    }
}
