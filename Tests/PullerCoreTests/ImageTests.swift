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
            // At most 255 characters, with what the kubelet puts in front: docker.io/, or docker.io/library/.
            String(repeating: "a", count: 237), "a/" + String(repeating: "a", count: 243),
            "a.b/" + String(repeating: "a", count: 251),
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
            sha, "a=b", "a\nb", "a\u{301}", String(repeating: "a", count: 238),
            "a/" + String(repeating: "a", count: 244), "a.b/" + String(repeating: "a", count: 252),
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

    @Test("white space around a name and its image does not count")
    func spaceAroundEquals() throws {
        let images = try parse(Environments.fleet, ["IMAGES": "a = x:1 ; b= y;c =z"]).get().daemonSet.images
        #expect(images.map(\.name) == ["a", "b", "c"])
        #expect(images.map(\.image.text) == ["x:1", "y", "z"])
    }

    @Test(
        "a list with a mistake is refused with what is wrong in it",
        arguments: [
            ("; ", "item 1 must not be empty"), (" ", "must be <name>=<image>"),
            ("a=b;;c=d", "item 2 must not be empty"),
            ("a=b;;", "item 2 must not be empty"), (";a=b", "item 1 must not be empty"),
            ("busybox", #"item 1 "busybox" must be <name>=<image>, such as busybox=busybox"#),
            ("quay.io/a/my_image:1", "must be <name>=<image>, such as my-image=quay.io/a/my_image:1"),
            ("a b", #"item 1 "a b" must be <name>=<image>"#),
            ("=a", #"item 1 "=a" must have a name before the ="#),
            ("a=", #"item 1 "a=" must have an image after the ="#),
            ("a=b=c", "must have one = only, between name and image"),
            ("a.b=c", #"must have a name of lower-case letters, digits and '-', at most 63"#),
            ("My_Image=c", #"letters or digits at both ends, not "My_Image""#),
            (String(repeating: "a", count: 64) + "=b", "must have a name of"),
            ("a=b;c=d;a=e", #"item 3 "a=e" must have another name than item 1"#),
            ("a=b,c=d", "must be separated from the next item by ; and not by a comma"),
            ("a=b , c=d", "must be separated from the next item by ; and not by a comma"),
            ("a=b\nc=d", "must be separated from the next item by ; and not by white space"),
            ("a=b,c", "must not have a comma in its image"),
            ("a=b c", "must not have white space in its image"),
            (#"["a=b"]"#, "and not JSON"), (#"{"a":"b"}"#, "and not JSON"),
            ("a: busybox", "must have = between name and image, not a colon as in YAML"),
            ("a : busybox:1", "must have = between name and image, not a colon as in YAML"),
            ("- a=b", #"without the "- " of a YAML list"#), (#""a=b""#, "must not have quotes"),
            (#"a="b""#, "must not have quotes"),
        ]
    )
    func badList(text: String, expected: String) {
        let lines = problems(Environments.fleet, ["IMAGES": text])
        #expect(lines.count == 1)
        #expect(lines.first?.contains(expected) == true, "\(lines)")
    }

    @Test(
        "an image with a mistake is refused with what is wrong in it",
        arguments: [
            ("busybox:", "must have a tag after the colon, or no colon"),
            ("https://registry/busybox", #"must have an image without "https://""#),
            ("docker://busybox", #"must have an image without "docker://""#),
            ("busybox@sha256:1234", "must have 64 hexadecimal digits after sha256:, not 4"),
            ("busybox:1.36@sha256:\(sha)0", "must have 64 hexadecimal digits after sha256:, not 65"),
            (
                "busybox@sha256:\(sha.uppercased())",
                "must have only digits and a to f after sha256:, in lower case"
            ),
            ("busybox@md5:1234", #"must have a digest by sha256, sha384 or sha512, not by "md5""#),
            ("busybox@latest", "must have a digest after the @"),
            ("busybox@", "must have a digest after the @"),
            ("a@sha256:\(sha)@sha256:\(sha)", "must have one @ at most"),
            ("quay.io/Team/Busybox:1", "must have its path in lower case: team/busybox"),
            ("Busybox", "must have its path in lower case: busybox"),
            ("a:" + String(repeating: "t", count: 129), "must have a tag of at most 128 characters, not 129"),
            ("a:1:2", "must have one tag at most"),
            ("a:-x", #"must have a tag that starts with a letter, a digit or '_', not "-x""#),
            ("a:ü", #"must have a tag of letters, digits, '_', '.' and '-', not "ü""#),
            ("quay.io:port/a", "must have a port from 1 to 65535 after the registry's colon"),
            ("-quay.io/a", #"must have a host name as its registry, not "-quay.io""#),
            ("quay.io./a", #"must have a host name as its registry, not "quay.io.""#),
            ("[x]/a", "must have an IPv6 address in the registry's brackets"),
            ("a//b", "must have something before, between and after slashes"),
            ("quay.io/", "must have something before, between and after slashes"),
            ("a..b", #"joined by ".", "_", "__" or "-", not "a..b""#),
            (":1", "must have the image's name before its tag or digest"),
            (sha, "must have an image with a name, not the ID of one"),
            (
                String(repeating: "a", count: 238),
                "must have at most 255 characters before the tag, with docker.io/library/, not 256"
            ),
            (
                "a.b/" + String(repeating: "a", count: 252),
                "must have at most 255 characters before the tag, not 256"
            ),
            ("b=c", "must have one = only, between name and image"),
            ("=b", "must have one = only, between name and image"),
        ]
    )
    func badImage(image: String, expected: String) {
        let lines = problems(Environments.fleet, ["IMAGES": "good=busybox;a=\(image)"])
        #expect(lines.count == 1)
        #expect(lines.first?.contains("item 2 \"a=") == true, "\(lines)")
        #expect(lines.first?.contains(expected) == true, "\(lines)")
    }
}
