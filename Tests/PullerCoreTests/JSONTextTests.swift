import Testing

@testable import PullerCore

@Suite("JSON in the configuration")
struct JSONTextTests {
    @Test("is read with everything that JSON has")
    func everything() throws {
        let text = #" {"a":[1,-2.5e+3,true,false,null],"b":{"c":"\u00e4\ud83d\ude00\n"},"a":"twice"} "#
        #expect(
            try JSONText.parse(text)
                == .object([
                    .init(
                        key: "a",
                        value: .array([
                            .number("1"), .number("-2.5e+3"), .bool(true), .bool(false), .null,
                        ])
                    ),
                    .init(key: "b", value: .object([.init(key: "c", value: .string("ä😀\n"))])),
                    .init(key: "a", value: .string("twice")),
                ])
        )
    }

    @Test(
        "that is none is told with the column, and the line if there are several",
        arguments: [
            ("", #"must be JSON: column 1 must be a value, not the end"#),
            ("x", #"must be JSON: column 1 must be a value, not "x""#),
            ("True", #"column 1 must be a value, not "T""#),
            ("[1,]", #"column 4 must be a value, not "]""#),
            ("[1", "column 3 must be a comma or ], not the end"),
            ("[1 2]", #"column 4 must be a comma or ], not "2""#),
            ("[1]]", #"column 4 must be the end, not "]""#),
            (#"{"a":1,}"#, #"column 8 must be a name in double quotes, not "}""#),
            ("{'a':1}", #"column 2 must be a name in double quotes, not "'""#),
            (#"{"a" 1}"#, #"column 6 must be a colon, not "1""#),
            (#"{"a":1"#, "column 7 must be a comma or }, not the end"),
            ("[\n  01]", #"line 2, column 3 must be a number as JSON has it, not "0""#),
            ("[-]", "column 2 must be a number"), ("[1.]", "column 2 must be a number"),
            ("[1e]", "column 2 must be a number"), ("[ä", #"column 2 must be a value, not "ä""#),
            ("[\u{7}", #"column 2 must be a value, not "\u{7}""#),
            (#"["a"#, "the string in column 2 must end with a double quote"),
            (
                "[\"a\n\"]",
                "the string in column 2 must end with a double quote and must have neither line breaks"
            ),
            (#"["\x"]"#, "the string in column 2"), (#"["\ud83d"]"#, "the string in column 2"),
            (#"["\ude00\ud83d"]"#, "the string in column 2"),
            (String(repeating: "[", count: 1_000_000), "it must have at most 20 levels"),
        ]
    )
    func notJSON(text: String, expected: String) {
        do {
            _ = try JSONText.parse(text)
            Issue.record("accepted")
        } catch {
            #expect(error.text.contains(expected), "\(error.text)")
        }
    }
}
