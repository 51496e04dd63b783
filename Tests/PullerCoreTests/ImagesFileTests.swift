import Testing

@testable import PullerCore

@Suite("The images' file")
struct ImagesFileTests {
    private static func parse(_ text: String) -> Result<ImagesFile, ImagesFile.Problem> {
        ImagesFile.parse(text, resources: .none)
    }

    private static func names(_ text: String) throws -> [String] {
        try parse(text).get().images.map { "\($0.name)=\($0.image.text)" }
    }

    @Test(
        "has one image a line; comments, empty lines, a byte order mark and Windows line endings do not count"
    )
    func format() throws {
        let text = "\u{FEFF}# all of them\r\n\r\nb = x:1\t# moves\r\n  a=y:1\r\n#c=z\r\n"
        let file = try Self.parse(text).get()
        #expect(file.images.map(\.name) == ["b", "a"])
        #expect(file.images.map(\.image.text) == ["x:1", "y:1"])
        #expect(!file.lastMayBeCut)
    }

    @Test("has options as in IMAGES; a number sign within their JSON begins no comment")
    func options() throws {
        let text = ##"""
            a=x nodeSelector={"pool": "gpu"} pullPolicy=IfNotPresent # "
            b=y tolerations=[{"key":"k # not a comment"}]
            """##
        guard case .failure(let problem) = Self.parse(text) else {
            Issue.record("accepted")
            return
        }
        #expect(
            problem.description.contains(
                ##"line 2 "b=y tolerations=[{"key":"k # not a comment"}]" must have another"##
            ),
            "\(problem)"
        )
        #expect(!problem.description.contains("line 1"), "\(problem)")
        let first = try Self.parse(String(text.prefix { $0 != "\n" })).get()
        #expect(first.images[0].options.nodeSelector == ["pool": "gpu"])
        #expect(first.images[0].options.pullPolicy == .ifNotPresent)
    }

    @Test("that is something else is not read to its end")
    func somethingElse() {
        let long = Self.parse("a=x\n" + String(repeating: "x", count: ImagesFile.longestLine + 1) + "\nb=y\n")
        guard case .failure(let problem) = long else {
            Issue.record("accepted")
            return
        }
        #expect(problem.description.hasPrefix("line 2 \"xxx"), "\(problem)")
        #expect(problem.description.hasSuffix("must have at most 65536 bytes"), "\(problem)")
        let comment = "#" + String(repeating: "x", count: ImagesFile.longestLine - 1)
        #expect(throws: Never.self) { try Self.parse("\(comment)\na=x\n").get() }

        guard case .failure(let problem) = Self.parse(String(repeating: "x\n", count: 20_000)) else {
            Issue.record("accepted")
            return
        }
        #expect(problem.description.hasSuffix("; and at least 9997 more"), "\(problem)")
    }

    @Test("may be cut off in its last line, if there is no line feed after an image")
    func cut() throws {
        #expect(try Self.parse("a=x\nb=y").get().lastMayBeCut)
        #expect(try !Self.parse("a=x\nb=y\n").get().lastMayBeCut)
        #expect(try !Self.parse("a=x\nb=y\n# the end").get().lastMayBeCut)
    }

    @Test("confirms the removal of many images by a comment with both numbers, and none of users")
    func confirmations() throws {
        let text = "# remove 5 of 20 images\na=x # remove 6 of 21 images\n# remove 7 of 22 users\n"
        let expected = [(5, 20), (6, 21)].map { RemovalCount(removed: $0, of: $1) }
        #expect(try Self.parse(text).get().confirmations == Set(expected))
        #expect(RemovalCount(removed: 5, of: 20).comment(of: .images) == "# remove 5 of 20 images")
        #expect(
            try UsersFile.parse("jane\n" + text.replacing("a=x ", with: "")).get().confirmations.count == 1
        )
    }

    @Test(
        "that has a mistake is refused with the lines",
        arguments: [
            ("", "must have at least one image"), ("# nothing\n\n", "must have at least one image"),
            ("a=x\nb:y\n", #"line 2 "b:y" must be <name>=<image>, such as b=b:y"#),
            ("a=x\n\nb=y\na=z", #"line 4 "a=z" must have another name than line 1"#),
            ("a=x;\n", #"line 1 "a=x;" must have no ; as there is one image a line"#),
            ("a=x;b=y\n", "must have no ; as there is one image a line"),
            ("a=x b=y\n", "must be separated from the next item by ; and not by white space"),
            ("- a=x\n", #"without the "- " of a YAML list"#),
            ("images:\n  - name: a\n    image: x\n", #"line 1 "images:" must be <name>=<image>"#),
            (
                "<html lang=\"en\"><body>502</body></html>",
                "must have one <name>=<image> a line, and not HTML"
            ),
            (" \n<!DOCTYPE html>", "must have one <name>=<image> a line, and not HTML"),
            (#"{"images":["a"]}"#, "must have one <name>=<image> a line, and not JSON"),
            (#"["a=x"]"#, "must have one <name>=<image> a line, and not JSON"),
            ("a=x\rb=y\r", "line 1"),
            (
                "a=x nodeSelector={\n\"a\":\"b\"}",
                "must be JSON: column 2 must be a name in double quotes, not the end"
            ),
        ]
    )
    func mistakes(text: String, expected: String) {
        switch Self.parse(text) {
        case .success(let file): Issue.record("accepted: \(file.images.map(\.name))")
        case .failure(let problem):
            #expect(problem.description.contains(expected), "\(problem)")
            #expect(!problem.description.contains("\n"))
        }
    }

    @Test("tells the first mistakes of many, and how many there are")
    func manyMistakes() {
        let text = (1...2_000).map { "-i\($0)=x\n" }.joined()
        guard case .failure(let problem) = Self.parse(text) else {
            Issue.record("accepted")
            return
        }
        #expect(problem.description.hasPrefix("line 1 \"-i1=x\" must have a name"))
        #expect(problem.description.hasSuffix("; and 1997 more"))
    }

    @Test("has at most 500 images")
    func tooMany() throws {
        func text(_ count: Int) -> String { (1...count).map { "i\($0)=x\n" }.joined() }
        #expect(try Self.parse(text(500)).get().images.count == 500)
        #expect(Self.parse(text(501)) == .failure(.init(description: "must have at most 500 images")))
    }

    // MARK: Beside IMAGES

    private static func settings(_ changes: [String: String], file: String) throws -> DaemonSetSettings {
        let all = ["IMAGES": "a=x;b=y", "IMAGES_FILE": "/images"].merging(changes) { $1 }
        return try PullerCoreTests.parse(Environments.fleet, all, files: ["/images": file]).get().daemonSet
    }

    @Test("gives its images besides those of IMAGES, or alone")
    func union() throws {
        let both = try Self.settings([:], file: "d=v\nc=w\n")
        #expect(both.images.map(\.name) == ["a", "b", "c", "d"])
        #expect(both.listedImages.map(\.name) == ["a", "b"])
        #expect(both.imagesFile == "/images")
        let alone = try Self.settings(["IMAGES": ""], file: "d=v\nc=w\n")
        #expect(alone.images.map(\.name) == ["c", "d"])
        #expect(alone.listedImages == [])
    }

    @Test("takes what is not given for an image from the variables")
    func resources() throws {
        let changes = ["IMAGES": "", "CACHING_MEMORY_LIMIT": "30Mi"]
        let image = try Self.settings(changes, file: "a=x cpuLimit=3\nb=y").images[0]
        #expect(image.options.resources?.memoryLimit.text == "30Mi")
        #expect(image.options.resources?.cpuLimit.text == "3")
    }

    @Test("replaces the images that it gave before, and no others")
    func replaced() throws {
        let before = try Self.settings([:], file: "c=w\nd=v\n")
        let after = try before.withFile(images: try Self.parse("e=u\n").get().images).get()
        #expect(after.images.map(\.name) == ["a", "b", "e"])
        #expect(after == (try Self.settings([:], file: "e=u\n")))
    }

    @Test("is refused if a name is in IMAGES, too, or if there are too many images or placements together")
    func together() throws {
        let before = try Self.settings(["IMAGES": #"a=x;b=y nodeSelector={"z":"z"}"#], file: "c=w\n")
        func problem(_ text: String) throws -> String? {
            switch before.withFile(images: try Self.parse(text).get().images) {
            case .success: nil
            case .failure(let problem): problem.description
            }
        }
        #expect(
            try problem("c=w\na=x\n") == #"the name "a" must be in the file or in IMAGES, and not in both"#
        )
        func many(_ count: Int, _ options: String) -> String {
            (1...count).map { "i\($0)=x " + options.replacing("N", with: "\($0)") + "\n" }.joined()
        }
        #expect(try problem(many(498, "")) == nil)
        #expect(try problem(many(499, ""))?.contains("must have at most 500 images") == true)
        #expect(try problem(many(18, #"nodeSelector={"n":"N"}"#)) == nil)
        #expect(try problem(many(19, #"nodeSelector={"n":"N"}"#))?.contains("at most 20 different") == true)
    }

    @Test("is told with its path if it is wrong at the start, or cannot be read")
    func problemsAtStart() {
        let changes = ["IMAGES": "", "IMAGES_FILE": "/images"]
        #expect(
            problems(Environments.fleet, changes, files: ["/images": "a=X\n"]) == [
                #"IMAGES_FILE="/images": line 1 "a=X" must have its path in lower case: x"#
            ]
        )
        #expect(
            problems(Environments.fleet, changes) == [
                #"IMAGES_FILE="/images": must be a file with one image a line, that can be read (no such file)"#
            ]
        )
        #expect(
            problems(Environments.fleet, ["IMAGES_FILE": "/images"], files: ["/images": "java=x\n"]) == [
                #"IMAGES_FILE="/images": the name "java" must be in the file or in IMAGES, and not in both"#
            ]
        )
        #expect(
            problems(Environments.fleet, ["IMAGES": ""]).first?.hasSuffix(
                ", or IMAGES_FILE must name a file with one image a line"
            ) == true
        )
    }

    @Test("is read for the manifest, too")
    func manifest() throws {
        let settings = try DaemonSetSettings.parse(environment: ["IMAGES_FILE": "/f"]) { path in
            path == "/f" ? "a=x\n" : ""
        }.get()
        #expect(settings.images.map(\.name) == ["a"])
    }
}
