import PullerCore
import Testing

@Suite("Tolerations")
struct TolerationTests {
    private static func tolerations(_ text: String) throws -> [Toleration] {
        try parse(Environments.fleet, ["TOLERATIONS": text]).get().daemonSet.placement.tolerations
    }

    @Test("are read as Kubernetes reads them")
    func all() throws {
        let text = """
            [{"operator":"Exists"},
             {"key":"example.com/gpu","operator":"Equal","value":"a","effect":"NoSchedule"},
             {"key":"k","value":"","effect":"NoExecute","tolerationSeconds":-5},
             {"key":"k","operator":"Exists","effect":"","value":null}]
            """
        #expect(
            try Self.tolerations(text) == [
                Toleration(comparison: .exists),
                Toleration(key: "example.com/gpu", comparison: .equal, value: "a", effect: .noSchedule),
                Toleration(key: "k", effect: .noExecute, seconds: -5),
                Toleration(key: "k", comparison: .exists),
            ]
        )
    }

    @Test("are none if nothing is given", arguments: ["", "[]", " [ ]\n", "{}", "null"])
    func none(text: String) throws {
        #expect(try Self.tolerations(text) == [])
    }

    @Test(
        "that Kubernetes would refuse are told with the path",
        arguments: [
            (#"{"operator":"Exists"}"#, "must be a JSON list, not an object"),
            (#"["gpu"]"#, "[0] must be a JSON object, not a string"),
            (#"[{}]"#, "[0].operator must be Exists without a key, which means all taints"),
            (#"[{"value":"x"}]"#, "[0].operator must be Exists without a key"),
            (
                #"[{"operator":"Exists"},{"key":"a b"}]"#,
                "[1].key must be [<DNS name>/]<name> as Kubernetes checks it"
            ),
            (
                #"[{"key":"a","operator":"exists"}]"#,
                #"[0].operator must be Equal or Exists, not "exists"; did you mean Exists?"#
            ),
            (
                #"[{"key":"a","operator":"Gt","value":"5"}]"#,
                #"[0].operator must be Equal or Exists, not "Gt""#
            ),
            (
                #"[{"key":"a","operator":"Exists","value":"b"}]"#,
                "[0].value must not be there with the operator Exists"
            ),
            (#"[{"key":"a","value":"b c"}]"#, "[0].value must be letters, digits"),
            (
                #"[{"key":"a","effect":"NoRun"}]"#,
                #"[0].effect must be NoSchedule, PreferNoSchedule or NoExecute, not "NoRun""#
            ),
            (
                #"[{"key":"a","tolerationSeconds":5}]"#,
                "[0].effect must be NoExecute with tolerationSeconds"
            ),
            (
                #"[{"key":"a","effect":"NoSchedule","tolerationSeconds":5}]"#,
                "[0].effect must be NoExecute with tolerationSeconds"
            ),
            (
                #"[{"key":"a","effect":"NoExecute","tolerationSeconds":"5"}]"#,
                "[0].tolerationSeconds must be a whole number, not a string"
            ),
            (
                #"[{"key":"a","effect":"NoExecute","tolerationSeconds":1.5}]"#,
                "[0].tolerationSeconds must be a whole number"
            ),
            (
                #"[{"key":"a","effect":"NoExecute","tolerationSeconds":9223372036854775808}]"#,
                "[0].tolerationSeconds must be a whole number"
            ),
            (#"[{"key":5}]"#, #"[0].key must be a string in double quotes, not a number: "5""#),
            (#"[{"key":"a","value":true}]"#, "[0].value must be a string in double quotes, not true"),
            (
                #"[{"Key":"a"}]"#,
                "[0].Key must be one of the fields key, operator, value, effect and tolerationSeconds; did you mean key?"
            ),
            (
                #"[{"key":"a","tolerationseconds":3}]"#,
                "[0].tolerationseconds must be one of the fields"
            ),
            (#"[{"key":"a","key":"b"}]"#, "[0].key must be there only once"),
            (#"[{"key":"a",}]"#, #"must be JSON: column 13 must be a name in double quotes, not "}""#),
        ]
    )
    func refused(text: String, expected: String) {
        let lines = problems(Environments.fleet, ["TOLERATIONS": text])
        #expect(lines.count == 1)
        #expect(lines.first?.hasPrefix("TOLERATIONS=\"\(text.prefix(100))") == true, "\(lines)")
        #expect(lines.first?.contains("\": " + expected) == true, "\(lines)")
    }

    @Test("have all their mistakes told at once, without guesses about what depends on a mistake")
    func several() {
        let text = #"[{"key":"a b","effect":"no"},{"operator":"Exist"}]"#
        #expect(
            problems(Environments.fleet, ["TOLERATIONS": text]) == [
                "TOLERATIONS=\"\(text)\": [0].effect must be NoSchedule, PreferNoSchedule or NoExecute, not \"no\"; "
                    + "[0].key must be [<DNS name>/]<name> as Kubernetes checks it; "
                    + "[1].operator must be Equal or Exists, not \"Exist\"; did you mean Exists?"
            ]
        )
    }
}
