import PullerCore

/// Reads the images' file.
public struct ImagesFileReader: Sendable {
    /// What the file says, and what is wanted with its images.
    struct Content: Sendable {
        var file: ImagesFile
        var settings: DaemonSetSettings
    }

    let file: FileReader<Content>
    /// What was wanted at the start.
    let settings: DaemonSetSettings

    /// A reader of the file that the settings name; `nil` without one.
    ///
    /// - Parameter settings: What is wanted at the start, with the images that the file held then.
    public init?(_ settings: DaemonSetSettings, readFile: @escaping @Sendable (String) throws -> String) {
        guard let path = settings.imagesFile else { return nil }
        self.settings = settings
        file = FileReader(path: path, readFile: readFile) { text in
            ImagesFile.parse(text, resources: settings.resources).flatMap { file in
                settings.withFile(images: file.images).map { Content(file: file, settings: $0) }
            }.mapError { FileProblem(text: $0.description) }
        }
    }
}
