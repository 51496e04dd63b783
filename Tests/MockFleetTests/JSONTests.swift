import MockFleet
import Testing

struct JSONTests {
    @Test(
        "JSON that is read and written again is unchanged",
        arguments: [
            #"{"a":[1,-2,3.5,true,false,null,""],"b":{"c":"d"}}"#, #"{}"#, #"[]"#, #""\"\\""#, #"[[[1]]]"#,
            "0",
        ]
    )
    func roundTrip(text: String) throws {
        #expect(String(decoding: try JSON(parsing: text.utf8).text, as: UTF8.self) == text)
    }

    @Test("escapes are resolved")
    func escapes() throws {
        #expect(try JSON(parsing: #" "\u00e4\n\/\ud83d\ude00" "#.utf8) == .string("ä\n/😀"))
        #expect(String(decoding: JSON.string("a\nb\u{1}").text, as: UTF8.self) == #""a\u000ab\u0001""#)
    }

    @Test(
        "text that is not JSON is refused",
        arguments: [
            "", "{", "[1,]", "{\"a\":}", "{a:1}", "01", "1.", "+1", "tru", "\"\\x\"", "\"\u{1}\"", "1 2",
            "[1}",
            "\"\\ud800\"", "\"\\u+041\"", "\"\\u-000\"", "1e999", "nul", ".5", "-", "1e",
            String(repeating: "[", count: 100),
        ]
    )
    func refused(text: String) {
        #expect(throws: JSONError.self) { try JSON(parsing: text.utf8) }
    }
}
