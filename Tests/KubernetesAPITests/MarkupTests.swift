import PullerCore
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
        let words = visibleText(ofMarkup: page, titleIsEnough: true).split { $0.isWhitespace }
            .joined(separator: " ")
        #expect(words == text)
    }

    @Test(
        "is its title and its text where both count, and what they share once",
        arguments: [
            ("<title>ERROR</title><h1>Access Denied</h1>", "ERROR: Access Denied"),
            ("<title>404 Not Found</title><h1>404 Not Found</h1><hr>nginx", "404 Not Found nginx"),
            ("<p>dex</p><title>Dex</title>", "Dex"), ("<title>Busy.</title>Try again", "Busy. Try again"),
            ("<title></title><p>a</p>", "a"), ("<title>a</title>", "a"), ("<p>a</p>", "a"),
        ]
    )
    func both(page: String, text: String) {
        #expect(oneLine(visibleText(ofMarkup: page, titleIsEnough: false)) == text)
    }
}
