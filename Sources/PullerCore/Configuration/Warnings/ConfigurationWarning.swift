/// A variable that is accepted, but probably does not do what was meant. Every part is safe to print.
public struct ConfigurationWarning: Sendable, Equatable, CustomStringConvertible {
    /// Name of the variable.
    public let variable: String
    /// What is odd about it and what would be right, as the rest of a sentence.
    public let message: String

    init(variable: String, message: String) {
        self.variable = displayText(variable)
        self.message = displayText(message, limit: 600)
    }

    init(_ variable: ConfigurationVariable, _ message: String) {
        self.init(variable: variable.name, message: message)
    }

    /// One line: variable and message.
    public var description: String { "\(variable) \(message)" }

    /// All warnings about an environment, whether or not it is a valid configuration, in the order of the variables' names.
    ///
    /// - Parameter fileImages: The images of `IMAGES_FILE`, if it could be read.
    public static func all(
        in environment: [String: String],
        fileImages: [CachedImage] = []
    ) -> [ConfigurationWarning] {
        let given = GivenVariables(environment: environment, fileImages: fileImages)
        let all = misspelt(in: given) + unread(in: given) + withoutEffect(in: given) + doubtful(in: given)
        return all.sorted { ($0.variable, $0.message) < ($1.variable, $1.message) }
    }
}

/// The variables of an environment that are set: those that are empty are not.
struct GivenVariables {
    let values: [String: String]
    /// The images of `IMAGES_FILE`.
    let fileImages: [CachedImage]

    init(environment: [String: String], fileImages: [CachedImage] = []) {
        values = environment.filter { !$0.value.isEmpty }
        self.fileImages = fileImages
    }

    subscript(_ variable: ConfigurationVariable) -> String? { values[variable.name] }

    /// What `MULTICLUSTER` says; `nil` when it is wrong.
    var isFleet: Bool? { self[.multicluster].map(parseBool) ?? true }
}
