import PullerCore
import Testing

@testable import Operations

@Suite("The query for clusters")
struct ClusterQueryTests {
    private func problem(_ query: String) -> String? {
        do throws(QueryProblem) {
            _ = try ClusterQuery(query: query)
            return nil
        } catch {
            return error.text
        }
    }

    @Test("may have each parameter, percent-encoded or as forms encode it")
    func whole() throws {
        let place = ClusterQuery.Place(state: .unready, id: .user("ä/b"))
        let query = try ClusterQuery(
            query:
                "state=failing&state=unready&reason=Unreachable&search=a+b%26%C3%A4&limit=10000&since=18446744073709551615"
                + "&continue=\(ContinueToken.text(place))&"
        )
        #expect(query.states == [.failing, .unready])
        #expect(query.reasons == ["Unreachable"])
        #expect(query.search == "a b&ä")
        #expect(query.limit == 10_000)
        #expect(query.changedSince == .max)
        #expect(query.after == place)
        #expect(try ClusterQuery(query: "") == ClusterQuery())
    }

    @Test(
        "is refused with the parameter that is wrong and what it must be",
        arguments: [
            ("limt=2", "limt is not a parameter: these are state, reason, search, limit, continue and since"),
            ("limit=0", #"limit="0": must be a whole number from 1 to 10000"#),
            ("limit=10001", #"limit="10001": must be a whole number from 1 to 10000"#),
            ("limit=%2B5", #"limit="+5": must be a whole number from 1 to 10000"#),
            ("limit=-1", #"limit="-1": must be a whole number from 1 to 10000"#),
            ("limit=1&limit=2", "limit must be there only once"),
            ("limit", "limit must have a value in UTF-8"),
            ("state=broken", #"state="broken": must be failing, unready, waiting or ready"#),
            ("since=x", #"since="x": must be a revision of an earlier answer"#),
            (
                "since=18446744073709551616",
                #"since="18446744073709551616": must be a revision of an earlier answer"#
            ),
            ("continue=x", #"continue="x": must be what an earlier answer had in "continue""#),
            ("search=%ff", "search must have a value in UTF-8"),
            ("%ff=1", "the query must be UTF-8"),
        ]
    )
    func wrong(query: String, expected: String) {
        #expect(problem(query) == expected)
    }

    @Test("is bounded")
    func bounds() {
        #expect(
            problem("search=" + String(repeating: "a", count: 257))?.hasSuffix("must be at most 256 bytes")
                == true
        )
        #expect(problem((0..<32).map { "reason=R\($0)" }.joined(separator: "&")) == nil)
        #expect(
            problem((0..<33).map { "reason=R\($0)" }.joined(separator: "&"))
                == "reason must be there at most 32 times"
        )
        #expect(problem("continue=" + String(repeating: "a", count: 3000)) != nil)
    }

    @Test("continues at any place, whatever the cluster's name holds")
    func places() {
        for id in [
            ClusterID.only, .user("a"), .user("a:b"), .user("ü/?&=+"),
            .user(String(repeating: "x", count: 253)),
        ] {
            for state in ClusterState.allCases {
                let place = ClusterQuery.Place(state: state, id: id)
                let text = ContinueToken.text(place)
                #expect(
                    text.utf8.allSatisfy {
                        "-_".utf8.contains($0) || Character(Unicode.Scalar($0)).isLetter
                            || Character(Unicode.Scalar($0)).isNumber
                    }
                )
                #expect(ContinueToken.place(text) == place)
            }
        }
        for text in ["", "AAAA", "cmVhZHk", "eDphbGljZQ", "cmVhZHk6eA", "====", "ü"] {
            #expect(ContinueToken.place(text) == nil, "\(text)")
        }
    }
}
