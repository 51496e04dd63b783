import PullerCore
import TestSupport
import Testing

@testable import KubernetesAPI

@Suite("A line of a watch")
struct WatchLineTests {
    private func line(_ text: String) -> WatchLine { WatchLine(Array(text.utf8), name: "puller") }

    private func object(_ name: String = "puller", kind: String = "DaemonSet") -> String {
        "{\"kind\":\"\(kind)\",\"metadata\":{\"name\":\"\(name)\",\"uid\":\"u\",\"resourceVersion\":\"7\"}}"
    }

    @Test("reports the DaemonSet", arguments: ["ADDED", "MODIFIED"])
    func present(type: String) {
        guard case .event(.present(let observed)) = line("{\"type\":\"\(type)\",\"object\":\(object())}")
        else {
            Issue.record("no event")
            return
        }
        #expect(observed.uid == "u")
        #expect(observed.resourceVersion == "7")
    }

    @Test("reports its deletion")
    func deleted() {
        #expect(line("{\"object\":\(object()),\"type\":\"DELETED\"}\r") == .event(.deleted(uid: "u")))
    }

    @Test("reports how far the watch has come, and that its resource version is too old")
    func position() {
        let bookmark = "{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"12\"}}}"
        #expect(line(bookmark) == .event(.caughtUp(resourceVersion: "12")))
        let version = String(repeating: "1", count: 300)
        #expect(line(bookmark.replacing("12", with: version)) == .irrelevant)
        #expect(
            line("{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":410,\"reason\":\"Expired\"}}")
                == .expired
        )
    }

    @Test("is ignored when it is a bookmark without a version, of another type or about another object")
    func irrelevant() {
        #expect(line("{\"type\":\"BOOKMARK\",\"object\":{\"kind\":\"DaemonSet\"}}") == .irrelevant)
        #expect(line("{\"type\":\"NEWTYPE\"}") == .irrelevant)
        #expect(line("{\"type\":\"ADDED\",\"object\":\(object("other"))}") == .irrelevant)
        #expect(line("{\"type\":\"DELETED\",\"object\":\(object("other"))}") == .irrelevant)
    }

    @Test(
        "ends the watch when it is not valid",
        arguments: [
            "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":500}}", "{\"type\":\"ERROR\"}",
            "<html>", "{", "[]", "null", "7", "\"ADDED\"", "{\"type\":7}",
            "{\"kind\":\"Status\",\"code\":410}",
            "{\"type\":\"ADDED\"}", "{\"type\":\"ADDED\",\"object\":null}",
            "{\"type\":\"ADDED\",\"object\":{\"kind\":\"Pod\",\"metadata\":{\"name\":\"puller\"}}}",
            "\u{0}", "{\"type\":\"ADDED\",\"object\":{oops}}",
        ]
    )
    func end(text: String) {
        #expect(line(text) == .end)
    }

    @Test("may be nested to any depth")
    func deep() {
        let depth = 200_000
        #expect(line(String(repeating: "[", count: depth)) == .end)
        #expect(line("{\"type\":\"ADDED\",\"object\":" + String(repeating: "{\"a\":", count: depth)) == .end)
        #expect(StatusObject(Array(String(repeating: "[", count: depth).utf8)) == nil)
    }
}

@Suite("Splitting a stream into lines")
struct LineSplitterTests {
    private let whole = Array("{\"a\":1}\n\n{\"b\":\"ü\"}\r\n{\"c\":3}\nrest".utf8)
    private let lines = ["{\"a\":1}", "{\"b\":\"ü\"}\r", "{\"c\":3}"]

    private func lines(of pieces: [ArraySlice<UInt8>], limit: Int = 100) throws -> [String] {
        var splitter = LineSplitter(limit: limit)
        return try pieces.flatMap { try splitter.lines(adding: Array($0)) }.map { text($0) }
    }

    @Test("gives the same lines wherever the stream is split")
    func everyCut() throws {
        #expect(try lines(of: [whole[...]]) == lines)
        for cut in 0...whole.count {
            #expect(try lines(of: [whole[..<cut], whole[cut...]]) == lines)
        }
        #expect(try lines(of: whole.indices.map { whole[$0...$0] }) == lines)
        let random = seededRandom(3)
        for _ in 0..<200 {
            let cuts = (0..<4).map { _ in Int(random() * Double(whole.count)) }.sorted()
            let bounds = [0] + cuts + [whole.count]
            #expect(try lines(of: zip(bounds, bounds.dropFirst()).map { whole[$0..<$1] }) == lines)
        }
    }

    @Test("accepts a line of the maximum length, and none that is a byte longer, with or without its end")
    func bound() throws {
        let exact = [UInt8](repeating: 120, count: 10)
        #expect(try lines(of: [exact[...], [10]], limit: 10) == ["xxxxxxxxxx"])
        for pieces in [
            [exact + [120]], [exact, [120]], [exact + [120, 10]], [exact, [120, 10]], [[10], exact, [120]],
        ] {
            let failure = #expect(throws: Failure.self) { try lines(of: pieces.map { $0[...] }, limit: 10) }
            #expect(failure?.reason == .responseTooLarge)
        }
    }

    @Test("applies the limit to each line separately")
    func manyLines() throws {
        let line = [UInt8](repeating: 120, count: 9) + [10]
        #expect(try lines(of: Array(repeating: line[...], count: 1000), limit: 9).count == 1000)
    }

    @Test("does not slow down when a long line arrives in small pieces")
    func longLine() throws {
        var splitter = LineSplitter(limit: 4 << 20)
        let piece = [UInt8](repeating: 120, count: 1024)
        for _ in 0..<4096 { #expect(try splitter.lines(adding: piece).isEmpty) }
        #expect(try splitter.lines(adding: [10]).map(\.count) == [4 << 20])
    }
}
