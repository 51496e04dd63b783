import Testing

@testable import KubernetesAPI

@Suite("What is shown of an HTML page")
struct MarkupTests {
    @Test(
        "is its title, or its text without tags, scripts and styles",
        arguments: [
            ("<html><head><TITLE lang=en>Log in</TITLE></head><body>x</body></html>", "Log in"),
            ("<title></title><p>a</p>", "a"), ("<title> \n</title><p>a</p>", "a"), ("<title>cut", "cut"),
            ("<p>a<br/>b</p><!-- <p>c</p> --><ScRiPt>if (a<b) {}</script >d", "a b d"),
            ("<style>x{}</style><h1>503</h1>no server", "503 no server"), ("<script>never closed", ""),
            ("<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>", "AccessDenied"),
            (
                "a < b & c &lt;d&gt; &amp;amp; &#39;&#x41;&quot;&unknown;&#1114112;",
                "a < b & c <d> &amp; 'A\"&unknown;&#1114112;"
            ),
            ("<p>to<wbr>k<b>e</b>n</p><td>x</td>", "token x"), ("", ""), ("<", "<"), ("<a", ""),
            ("plain", "plain"), ("<!--", ""), ("</", ""),
        ]
    )
    func visible(page: String, text: String) {
        let words = visibleText(ofMarkup: page).split { $0.isWhitespace }.joined(separator: " ")
        #expect(words == text)
    }
}
