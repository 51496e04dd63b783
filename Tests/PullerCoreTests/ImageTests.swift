import PullerCore
import Testing

@Suite("Images")
struct ImageTests {
    private static let sha = String(repeating: "0123456789abcdef", count: 4)

    @Test(
        "a valid reference is accepted as it is",
        arguments: [
            "ubuntu", "ubuntu:22.04", "library/ubuntu", "eclipse/che-theia:7.0.0", "quay.io/a/b/c:x",
            "localhost/a", "localhost:5000/a:b", "registry:5000/a", "127.0.0.1:5000/a", "[::1]:5000/a",
            "[2001:db8::1]/a", "Registry.Example.com/a", "REGISTRY/a", "a/b_c/d__e/f-g/h---i/j.k", "a:_x",
            "a:A-b.c_D", "a0b:1", "foo_bar/x", "a:" + String(repeating: "t", count: 128),
        ]
    )
    func valid(text: String) {
        #expect(ImageReference.parse(text)?.text == text)
        #expect(ImageReference.parse(text)?.isPinned == false)
    }

    @Test(
        "a digest pins, with a tag or without",
        arguments: [
            "ubuntu@sha256:\(sha)", "quay.io/a/b:1@sha256:\(sha)", "a:5000/b@sha256:\(sha)",
            "a@sha512:\(sha)\(sha)", "\(sha)@sha256:\(sha)",
        ]
    )
    func pinned(text: String) {
        #expect(ImageReference.parse(text)?.isPinned == true)
    }

    @Test(
        "what the kubelet would refuse is refused",
        arguments: [
            "", " ubuntu", "ubuntu ", "Ubuntu", "a/B", "a//b", "/a", "a/", "a:", "a:b:c", "a:-x", "a:.x",
            "a:b/c:", "a:ü", "a:" + String(repeating: "t", count: 129), "a..b", "a___b", "a._b", "-a", "a-",
            "_a", "a.",
            "https://quay.io/a", "quay.io:port/a", "quay.io:/a", "quay.io:99999/a", "[::1/a", "[x]/a",
            "-quay.io/a", "quay.io/", "a@sha256:123", "a@sha256:\(sha)0", "a@sha256:\(sha.uppercased())",
            "a@md5:0123456789abcdef0123456789abcdef", "a@", "@sha256:\(sha)", "a@sha256:\(sha)@sha256:\(sha)",
            sha, "a=b", "a\nb", "a\u{301}", String(repeating: "a", count: 256),
        ]
    )
    func invalid(text: String) {
        #expect(ImageReference.parse(text) == nil)
    }

    @Test(
        "white space and line breaks around items and a semicolon at the end do not count",
        arguments: [
            "b=x:1;a=y", "b=x:1;a=y;", " b=x:1 ;\n\ta=y ;\n", "a=y;\r\nb=x:1\r\n",
        ]
    )
    func list(text: String) throws {
        let images = try parse(Environments.fleet, ["IMAGES": text]).get().daemonSet.images
        #expect(images.map(\.name) == ["a", "b"])
        #expect(images.map(\.image.text) == ["y", "x:1"])
    }

    @Test(
        "a list with a mistake is refused",
        arguments: [
            ("; ", "item 1 must not be empty"), (" ", "must be <name>=<image>"),
            ("a=b;;c=d", "item 2 must not be empty"),
            ("a=b;;", "item 2 must not be empty"), (";a=b", "item 1 must not be empty"),
            ("a", #"item 1 "a" must be <name>=<image>"#), ("=a", #"item 1 "=a" must have a name"#),
            ("a=", #"item 1 "a=" must have a valid image"#), ("a=b=c", "must have a valid image"),
            ("a =b", "must have a name"), ("a= b", "must have a valid image"),
            ("a.b=c", "must have a name"), (String(repeating: "a", count: 64) + "=b", "must have a name"),
            ("a=b;c=d;a=e", #"item 3 "a=e" must have another name than item 1"#),
            ("a=b,c=d", "must have a valid image"),
        ]
    )
    func badList(text: String, expected: String) {
        let lines = problems(Environments.fleet, ["IMAGES": text])
        #expect(lines.count == 1)
        #expect(lines.first?.contains(expected) == true, "\(lines)")
    }
}
