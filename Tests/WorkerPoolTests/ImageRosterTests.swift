import PullerCore
import TestSupport
import Testing

@testable import WorkerPool

@Suite("What an images' file changes")
struct ImageRosterTests {
    private let settings: DaemonSetSettings
    private let reader: ImagesFileReader

    init() throws {
        var settings = try Configuration.sample().daemonSet
        settings.imagesFile = "/images"
        settings.listedImages = []
        settings.images = try ImageRosterTests.images("a=a:1\nb=b:1\nc=c:1\nd=d:1\n", settings)
        self.settings = settings
        reader = try Self.reader(settings)
    }

    private static func reader(_ settings: DaemonSetSettings) throws -> ImagesFileReader {
        let reader = ImagesFileReader(settings, readFile: { _ in "" })
        return try #require(reader)
    }

    private static func images(_ text: String, _ settings: DaemonSetSettings) throws -> [CachedImage] {
        try ImagesFile.parse(text, resources: settings.resources).get().images
    }

    private func content(_ text: String) throws -> ImagesFileReader.Content {
        try reader.file.parse(text).get()
    }

    private func names(_ change: ImageRoster.Change?) -> [String]? { change?.settings.images.map(\.name) }

    @Test("is nothing until two readings in a row agree")
    func twoReadings() throws {
        var roster = ImageRoster(settings)
        let first = try content("a=a:1\nb=b:1\nc=c:1\nd=d:2")
        let second = try content("a=a:1\nb=b:1\nc=c:1\nd=d:22\n")
        #expect(try roster.take(first, at: .zero) == nil)
        #expect(try roster.take(second, at: .zero) == nil)
        roster.changeNothing()
        #expect(try roster.take(second, at: .zero) == nil)
        let change = try roster.take(second, at: .zero)
        #expect(change?.settings.images.last?.image.text == "d:22")
        #expect(change?.counts.added == 1)
        #expect(change?.counts.removed == 1)
        #expect(try roster.take(second, at: .zero) == nil)
    }

    @Test("is nothing when it says what is wanted already, in another order or with comments")
    func same() throws {
        var roster = ImageRoster(settings)
        let same = try content("# all of them\nd=d:1\nc=c:1\n\nb=b:1\na=a:1\n")
        for _ in 0..<3 { #expect(try roster.take(same, at: .zero) == nil) }
    }

    @Test("may be the removal of half of the images, or of one")
    func fewRemovals() throws {
        var roster = ImageRoster(settings)
        for text in ["a=a:1\nb=b:1\n", "a=a:1\n"] {
            let content = try content(text)
            #expect(try roster.take(content, at: .zero) == nil)
            #expect(try roster.take(content, at: .zero)?.counts.added == 0)
        }
    }

    @Test("is no removal of more than half of the images, unless the file confirms it with their number")
    func brake() throws {
        var roster = ImageRoster(settings)
        let text = "a=a:1\ne=e:1\n"
        let held = try content(text)
        for _ in 0..<3 {
            do {
                _ = try roster.take(held, at: .zero)
                Issue.record("it was not held")
            } catch {
                #expect(error.count == RemovalCount(removed: 3, of: 4))
                #expect(error.problem.contains("# remove 3 of 4 images"))
            }
        }
        let wrong = try content("# remove 2 of 4 images\n" + text)
        #expect(throws: BrakedRemoval.self) { try roster.take(wrong, at: .zero) }
        let confirmed = try content("# remove 3 of 4 images\n" + text)
        #expect(try roster.take(confirmed, at: .zero) == nil)
        #expect(names(try roster.take(confirmed, at: .zero)) == ["a", "e"])
        // It no longer applies: nothing else is removed by the same comment.
        let next = try content("# remove 3 of 4 images\nx=x:1\n")
        #expect(throws: BrakedRemoval.self) { try roster.take(next, at: .zero) }
    }

    @Test(
        "is no slow loss of more than half of the images within an hour, unless the file confirms the last step"
    )
    func slowLoss() throws {
        var settings = settings
        func text(_ count: Int) -> String { (0..<count).map { "i\($0)=i:\($0)\n" }.joined() }
        settings.images = try Self.images(text(10), settings)
        var roster = ImageRoster(settings)
        for count in [9, 8, 7, 6, 5] {
            let less = try content(text(count))
            #expect(try roster.take(less, at: .seconds(60)) == nil)
            #expect(try roster.take(less, at: .seconds(70))?.counts.removed == 1)
        }
        let less = try content(text(4))
        let held = #expect(throws: BrakedRemoval.self) { try roster.take(less, at: .seconds(80)) }
        #expect(held?.problem.contains("1 of 5 images, after 5 within an hour") == true)
        var patient = roster
        let confirmed = try content("# remove 1 of 5 images\n" + text(4))
        #expect(try roster.take(confirmed, at: .seconds(90)) == nil)
        #expect(try roster.take(confirmed, at: .seconds(100))?.counts.removed == 1)
        // What came back does not count, and neither does what is long ago.
        #expect(try patient.take(less, at: .seconds(3700)) == nil)
        #expect(try patient.take(less, at: .seconds(3710))?.counts.removed == 1)
    }

    @Test("is nothing when it cannot be used with the images of IMAGES")
    func unusable() throws {
        var settings = settings
        settings.listedImages = try Self.images("java=java:1\n", settings)
        let reader = try Self.reader(settings)
        guard case .failure(let problem) = reader.file.parse("java=java:2\n") else {
            Issue.record("it was used")
            return
        }
        #expect(problem.text.contains("java"))
        guard case .success = reader.file.parse("c=c:1\n") else {
            Issue.record("it was not used")
            return
        }
    }
}
