import PullerCore
import Testing

@Suite("The affinity")
struct AffinityTests {
    private static let required = "requiredDuringSchedulingIgnoredDuringExecution"
    private static let preferred = "preferredDuringSchedulingIgnoredDuringExecution"

    private static func affinity(_ text: String) throws -> String? {
        try parse(Environments.fleet, ["AFFINITY": text]).get().daemonSet.pods.affinity
            .map { String(decoding: $0.compactJSON(), as: UTF8.self) }
    }

    @Test(
        "is none if nothing is given",
        arguments: ["", "{}", "[]", "null", #"{"nodeAffinity":{}}"#, #"{"podAffinity":null}"#]
    )
    func none(text: String) throws {
        #expect(try Self.affinity(text) == nil)
    }

    @Test("is kept with all that Kubernetes knows, without null and empty lists")
    func all() throws {
        let text = """
            {"nodeAffinity":{"\(Self.required)":{"nodeSelectorTerms":[
               {"matchExpressions":[
                 {"key":"a","operator":"In","values":["x",""]}, {"key":"a","operator":"NotIn","values":["y"]},
                 {"key":"a","operator":"Exists","values":[]}, {"key":"a","operator":"DoesNotExist"},
                 {"key":"a","operator":"Gt","values":["4"]}, {"key":"a","operator":"Lt","values":["8"]}]},
               {"matchFields":[{"key":"metadata.name","operator":"In","values":["node-1"]}]}]},
              "\(Self.preferred)":[{"weight":100,"preference":{}}]},
             "podAffinity":{"\(Self.required)":[
               {"topologyKey":"zone","labelSelector":{},"namespaceSelector":{},"namespaces":["n"]}]},
             "podAntiAffinity":{"\(Self.required)":[],"\(Self.preferred)":[
               {"weight":1,"podAffinityTerm":{"topologyKey":"kubernetes.io/hostname",
                "labelSelector":{"matchLabels":{"b":""},"matchExpressions":[{"key":"c","operator":"Exists"}]},
                "matchLabelKeys":["d"],"mismatchLabelKeys":["b"],"namespaces":null}}]}}
            """
        #expect(
            try Self.affinity(text) == """
                {"nodeAffinity":{"\(Self.preferred)":[{"preference":{},"weight":100}],\
                "\(Self.required)":{"nodeSelectorTerms":[{"matchExpressions":[\
                {"key":"a","operator":"In","values":["x",""]},{"key":"a","operator":"NotIn","values":["y"]},\
                {"key":"a","operator":"Exists"},{"key":"a","operator":"DoesNotExist"},\
                {"key":"a","operator":"Gt","values":["4"]},{"key":"a","operator":"Lt","values":["8"]}]},\
                {"matchFields":[{"key":"metadata.name","operator":"In","values":["node-1"]}]}]}},\
                "podAffinity":{"\(Self.required)":[\
                {"labelSelector":{},"namespaceSelector":{},"namespaces":["n"],"topologyKey":"zone"}]},\
                "podAntiAffinity":{"\(Self.preferred)":[{"podAffinityTerm":{\
                "labelSelector":{"matchExpressions":[{"key":"c","operator":"Exists"}],"matchLabels":{"b":""}},\
                "matchLabelKeys":["d"],"mismatchLabelKeys":["b"],"topologyKey":"kubernetes.io/hostname"},\
                "weight":1}]}}
                """
        )
    }

    private func refused(_ text: String, _ expected: String) {
        let lines = problems(Environments.fleet, ["AFFINITY": text])
        #expect(lines.count == 1, "accepted: \(text)")
        #expect(lines.first?.contains("\": " + expected) == true, "\(lines)")
    }

    @Test(
        "is refused with the path of what is wrong in it",
        arguments: [
            (#"[1]"#, "must be a JSON object, not a list"),
            (
                #"{"nodeAfinity":{}}"#,
                "nodeAfinity must be one of the fields nodeAffinity, podAffinity and podAntiAffinity; did you mean nodeAffinity?"
            ),
            (#"{"nodeAffinity":[]}"#, "nodeAffinity must be a JSON object, not a list"),
            (
                #"{"nodeAffinity":{"\#(required)":{}}}"#,
                "nodeAffinity.\(required).nodeSelectorTerms must have at least one term"
            ),
            (
                #"{"nodeAffinity":{"\#(required)":{"nodeSelectorTerms":[]}}}"#,
                "nodeAffinity.\(required).nodeSelectorTerms must have at least one term"
            ),
            (
                #"{"nodeAffinity":{"\#(preferred)":[{"preference":{}}]}}"#,
                "nodeAffinity.\(preferred)[0].weight must be a whole number from 1 to 100"
            ),
            (
                #"{"nodeAffinity":{"\#(preferred)":[{"weight":101,"preference":{}}]}}"#,
                "nodeAffinity.\(preferred)[0].weight must be a whole number from 1 to 100"
            ),
            (
                #"{"podAffinity":{"\#(preferred)":[{"weight":"5","podAffinityTerm":{"topologyKey":"a"}}]}}"#,
                "podAffinity.\(preferred)[0].weight must be a whole number, not a string"
            ),
        ]
    )
    func structure(text: String, expected: String) {
        refused(text, expected)
    }

    @Test(
        "has expressions about nodes as Kubernetes checks them",
        arguments: [
            (#"{"operator":"Exists"}"#, "key must be a label"),
            (#"{"key":"a b","operator":"Exists"}"#, "key must be a label"),
            (#"{"key":"a"}"#, "operator must be there: In, NotIn, Exists, DoesNotExist, Gt or Lt"),
            (
                #"{"key":"a","operator":"in","values":["b"]}"#,
                #"operator must be In, NotIn, Exists, DoesNotExist, Gt or Lt, not "in"; did you mean In?"#
            ),
            (#"{"key":"a","operator":"In"}"#, "values must have at least one value"),
            (#"{"key":"a","operator":"NotIn","values":[]}"#, "values must have at least one value"),
            (#"{"key":"a","operator":"Exists","values":["b"]}"#, "values must not be there with"),
            (#"{"key":"a","operator":"DoesNotExist","values":["b"]}"#, "values must not be there with"),
            (
                #"{"key":"a","operator":"Gt","values":["1","2"]}"#,
                #"values must be one whole number as a string"#
            ),
            (#"{"key":"a","operator":"Lt","values":["x"]}"#, #"values must be one whole number as a string"#),
            (#"{"key":"a","operator":"In","values":["b c"]}"#, "values[0] must be letters, digits"),
            (
                #"{"key":"a","operator":"In","values":[5]}"#,
                #"values[0] must be a string in double quotes, not a number: "5""#
            ),
            (
                #"{"key":"a","operator":"In","value":["b"]}"#,
                "value must be one of the fields key, operator and values"
            ),
        ]
    )
    func nodes(expression: String, expected: String) {
        refused(
            #"{"nodeAffinity":{"\#(Self.required)":{"nodeSelectorTerms":[{"matchExpressions":[\#(expression)]}]}}}"#,
            "nodeAffinity.\(Self.required).nodeSelectorTerms[0].matchExpressions[0].\(expected)"
        )
    }

    @Test(
        "chooses nodes by their name only, one at a time",
        arguments: [
            (#"{"key":"metadata.uid","operator":"In","values":["b"]}"#, "key must be metadata.name"),
            (#"{"key":"metadata.name","operator":"Exists"}"#, "operator must be In or NotIn"),
            (
                #"{"key":"metadata.name","operator":"In","values":["a","b"]}"#,
                "values must be the name of one node"
            ),
            (
                #"{"key":"metadata.name","operator":"In","values":["A"]}"#,
                "values must be the name of one node"
            ),
        ]
    )
    func nodeFields(expression: String, expected: String) {
        refused(
            #"{"nodeAffinity":{"\#(Self.preferred)":[{"weight":1,"preference":{"matchFields":[\#(expression)]}}]}}"#,
            "nodeAffinity.\(Self.preferred)[0].preference.matchFields[0].\(expected)"
        )
    }

    @Test(
        "has terms about pods as Kubernetes checks them",
        arguments: [
            (#"{}"#, "topologyKey must be the label by which nodes are grouped"),
            (#"{"topologyKey":"a b"}"#, "topologyKey must be the label by which nodes are grouped"),
            (#"{"topologyKey":"a","namespaces":["A"]}"#, "namespaces[0] must be the name of a namespace"),
            (
                #"{"topologyKey":"a","matchLabelKeys":["b"]}"#,
                "matchLabelKeys must not be there without a labelSelector"
            ),
            (
                #"{"topologyKey":"a","labelSelector":{},"mismatchLabelKeys":["b c"]}"#,
                "mismatchLabelKeys[0] must be [<DNS name>/]<name>"
            ),
            (
                #"{"topologyKey":"a","labelSelector":{},"matchLabelKeys":["b"],"mismatchLabelKeys":["b"]}"#,
                "mismatchLabelKeys[0] must not be in matchLabelKeys, too"
            ),
            (
                #"{"topologyKey":"a","labelSelector":{"matchLabels":{"b":"c"}},"matchLabelKeys":["b"]}"#,
                "matchLabelKeys[0] must not be in the labelSelector, too"
            ),
            (
                #"{"topologyKey":"a","labelSelector":{"matchExpressions":[{"key":"b","operator":"Exists"}]},"matchLabelKeys":["b"]}"#,
                "matchLabelKeys[0] must not be in the labelSelector, too"
            ),
            (
                #"{"topologyKey":"a","labelSelector":{"matchLabels":{"b c":"d"}}}"#,
                "labelSelector.matchLabels.b c must be a label"
            ),
            (
                #"{"topologyKey":"a","namespaceSelector":{"matchLabels":{"b":"c d"}}}"#,
                "namespaceSelector.matchLabels.b must be letters, digits"
            ),
            (
                #"{"topologyKey":"a","namespaceSelector":{"matchLabels":{"b":1}}}"#,
                "namespaceSelector.matchLabels.b must be a string in double quotes"
            ),
            (
                #"{"topologyKey":"a","labelSelector":{"matchExpressions":[{"key":"b","operator":"Gt","values":["1"]}]}}"#,
                #"labelSelector.matchExpressions[0].operator must be In, NotIn, Exists or DoesNotExist, not "Gt""#
            ),
            (
                #"{"topologyKey":"a","labelSelector":{"matchExpressions":[{"key":"b","operator":"In"}]}}"#,
                "labelSelector.matchExpressions[0].values must have at least one value"
            ),
            (
                #"{"topologyKey":"a","labelselector":{}}"#,
                "labelselector must be one of the fields labelSelector, namespaces,"
            ),
        ]
    )
    func pods(term: String, expected: String) {
        refused(
            #"{"podAntiAffinity":{"\#(Self.required)":[\#(term)]}}"#,
            "podAntiAffinity.\(Self.required)[0].\(expected)"
        )
    }
}
