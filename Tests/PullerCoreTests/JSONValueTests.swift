import Foundation
import PullerCore
import Testing

@Suite("JSON")
struct JSONValueTests {
    private static let value = JSONValue.object([
        "b": .array([.int(-1), .bool(true), .bool(false), .null, "x"]),
        "a": .object(["z": .object([:]), "y": .array([])]),
        "B": "",
    ])

    @Test("compact JSON has no white space and its keys in the order of their bytes")
    func compact() {
        #expect(
            String(decoding: Self.value.compactJSON(), as: UTF8.self)
                == #"{"B":"","a":{"y":[],"z":{}},"b":[-1,true,false,null,"x"]}"#
        )
    }

    @Test("pretty JSON has two spaces a level")
    func pretty() {
        #expect(
            Self.value.prettyJSON() == """
                {
                  "B": "",
                  "a": {
                    "y": [],
                    "z": {}
                  },
                  "b": [
                    -1,
                    true,
                    false,
                    null,
                    "x"
                  ]
                }

                """
        )
    }

    @Test(
        "another program reads the same text",
        arguments: [
            "", "\"\\/\n\r\t", "\u{0}\u{8}\u{C}\u{1F}\u{7F}", "ü€😀", "\u{2028}\u{2029}\u{85}", "e\u{301}",
        ]
    )
    func roundTrip(text: String) throws {
        let value = JSONValue.object([text: .array([.string(text)])])
        let read = try JSONDecoder().decode([String: [String]].self, from: Data(value.compactJSON()))
        let (key, values) = try #require(read.first)
        #expect(Array(key.unicodeScalars) == Array(text.unicodeScalars))
        #expect(values.map { Array($0.unicodeScalars) } == [Array(text.unicodeScalars)])
    }

    @Test("YAML is in block style, with keys in order")
    func yaml() {
        let value = JSONValue.object([
            "list": .array([
                .object(["name": "a", "args": .array(["x", "y"])]), .array([.int(1), .array([.null])]), "z",
            ]),
            "empty": .object(["map": .object([:]), "list": .array([])]),
            "flag": .bool(true),
            "text": "true",
        ])
        #expect(
            value.yaml() == """
                empty:
                  list: []
                  map: {}
                flag: true
                list:
                  - args:
                      - x
                      - "y"
                    name: a
                  - - 1
                    - - null
                  - z
                text: "true"

                """
        )
    }

    @Test(
        "text that YAML could read as something else is quoted",
        arguments: [
            "", " ", "y", "N", "yes", "No", "ON", "off", "True", "false", "null", "NULL", "~", "0", "1", "-1",
            "+1",
            "1.5", ".5", "1e3", "1E3", "0x1F", "0o17", "017", "1_000", "0b1", "1:30", "12:30:45", ".inf",
            "-.Inf",
            ".nan", "2001-12-14", "2001-12-14t21:59:43.10-05:00", "=", "<<", "-", "- a", "a: b", "a:", "#a",
            "a #b", "&a", "*a", "!a", "|", ">", "%a", "@a", "`a`", "'a'", "\"a\"", "{a}", "[a]", "a,b", "?",
            "? a",
            "---", "...", " a", "a ", "a\nb", "a\tb", "\u{0}", "\u{1B}", "\u{7F}", "\u{85}", "\u{A0}",
            "\u{2028}", "\u{FEFF}", "\u{FFFE}", "ü", "😀", "\\", "a\\b", ".05", "720h", "_", "/a",
        ]
    )
    func quoted(text: String) {
        let yaml = JSONValue.string(text).yaml()
        #expect(yaml.hasPrefix("\"") && yaml.hasSuffix("\"\n"))
        #expect(yaml.unicodeScalars.dropLast().allSatisfy { (0x20...0x7E).contains($0.value) })
    }

    @Test(
        "characters are escaped as YAML escapes them",
        arguments: [
            ("a\"b\\c\nd", #""a\"b\\c\nd""#), ("\u{85}ü", #""\u0085\u00fc""#), ("😀", #""\U0001f600""#),
            ("\u{0}\u{7F}", #""\u0000\u007f""#),
        ]
    )
    func escapes(text: String, yaml: String) {
        #expect(JSONValue.string(text).yaml() == yaml + "\n")
    }

    @Test(
        "plain words stay plain, keys too",
        arguments: [
            "apps/v1", "Always", "quay.io/a/b:1", "app.kubernetes.io/name", "b@sha256:0a", "ye", "e3",
        ]
    )
    func plain(text: String) {
        #expect(JSONValue.object([text: .string(text)]).yaml() == "\(text): \(text)\n")
    }
}
