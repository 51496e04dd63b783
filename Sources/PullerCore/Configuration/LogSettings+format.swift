extension LogSettings {
    /// The format in which to say what is wrong with an environment: the one that `LOG_FORMAT` asks for, in any case of
    /// letters; text when that is not set or wrong.
    public static func format(in environment: [String: String]) -> Format {
        environment[ConfigurationVariable.logFormat.name].flatMap { inAnyCase($0) } ?? .text
    }
}
