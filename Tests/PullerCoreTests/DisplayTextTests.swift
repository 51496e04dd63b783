import PullerCore
import Testing

@Suite("Text that is shown")
struct DisplayTextTests {
    @Test(
        "is one line that shows everything and does nothing",
        arguments: [
            ("", ""), ("all is well ~ \"\\", "all is well ~ \"\\"), ("Größe 3 µm 名", "Größe 3 µm 名"),
            ("a\nb\r\tc", "a\\nb\\r\\tc"), ("\u{1B}[2J", "\\u{1b}[2J"), ("\u{7F}", "\\u{7f}"),
            ("\u{0}\u{1F}", "\\u{0}\\u{1f}"), ("\u{202E}abc", "\\u{202e}abc"), ("a\u{85}b", "a\\u{85}b"),
        ]
    )
    func escapes(text: String, shown: String) {
        #expect(displayText(text) == shown)
        // It may come through here twice.
        #expect(displayText(displayText(text)) == shown)
    }

    @Test("is cut where it is too long, and marked", arguments: ["abcdef", "äbcdef"])
    func cuts(text: String) {
        #expect(displayText(text, limit: 6) == text)
        #expect(displayText(text, limit: 5) == text.dropLast() + "…")
        #expect(displayText(text, limit: 0) == "…")
    }

    @Test("has single spaces where an answer of several lines had white space")
    func lines() {
        #expect(oneLine(" a \r\n\n\tb\u{85}c\u{2028}d ") == "a b c d")
        #expect(oneLine(" \n") == "")
        #expect(oneLine("as it is") == "as it is")
    }
}
