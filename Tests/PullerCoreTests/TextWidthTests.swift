import PullerCore
import Testing

@Suite("The width of a text on a terminal")
struct TextWidthTests {
    @Test(
        "counts wide characters twice, and marks on other characters not at all",
        arguments: [("", 0), ("abc", 3), ("日本", 4), ("e\u{301}", 1), ("한글", 4), ("ü", 1), ("🚀", 2), ("ｱ", 1)]
    )
    func width(text: String, columns: Int) {
        #expect(textWidth(text) == columns)
    }

    @Test(
        "is kept to when a text is cut, also where a wide character would be halved",
        arguments: [
            ("abcdef", 6, "abcdef"), ("abcdef", 5, "abcd…"), ("日本語", 5, "日本…"), ("日本語", 4, "日…"), ("abc", 1, "…"),
            ("abc", 0, ""),
        ]
    )
    func cutting(text: String, columns: Int, shown: String) {
        #expect(shortened(text, to: columns) == shown)
        #expect(textWidth(shortened(text, to: columns)) <= columns)
    }

    @Test("is filled up with spaces")
    func padding() {
        #expect(padded("日本", to: 6) == "日本  ")
        #expect(padded("abcd", to: 2) == "abcd")
    }
}
