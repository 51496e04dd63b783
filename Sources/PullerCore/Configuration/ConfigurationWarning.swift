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

    /// One line: variable and message.
    public var description: String { "\(variable) \(message)" }

    /// All warnings about an environment, whether or not it is a valid configuration, in the order of the variables' names.
    public static func all(in environment: [String: String]) -> [ConfigurationWarning] {
        []
    }
}
