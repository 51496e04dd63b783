extension LogSettings {
    /// The format in which to say what is wrong with an environment: the one that `LOG_FORMAT` asks for, in any case of
    /// letters; text when that is not set or wrong.
    public static func format(in environment: [String: String]) -> Format {
        environment[ConfigurationVariable.logFormat.name].flatMap(Format.init(anyCase:)) ?? .text
    }
}

extension LogSettings.Format {
    /// The format of this name, in any case of letters.
    init?(anyCase name: String) { self.init(rawValue: name.lowercased()) }
}
