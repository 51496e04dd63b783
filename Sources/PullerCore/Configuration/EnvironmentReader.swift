/// Reads variables one after the other and gathers what is wrong with them.
///
/// A method that returns `nil` has reported why, unless the variable is optional and not set.
struct EnvironmentReader {
    private let environment: [String: String]
    private let readFile: (String) throws -> String
    private(set) var problems: [ConfigurationProblem] = []

    init(environment: [String: String], readFile: @escaping (String) throws -> String) {
        self.environment = environment
        self.readFile = readFile
    }

    /// The value as it was given; `nil` when the variable is not set or empty (templates leave empty strings
    /// where nothing is wanted).
    func given(_ variable: ConfigurationVariable) -> String? {
        guard let text = environment[variable.name], !text.isEmpty else { return nil }
        return text
    }

    /// The same for a variable that is looked up by its name alone.
    func value(_ name: String) -> String? {
        environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Reports a variable by its name.
    mutating func report(_ name: String, value: String?, expected: String) {
        problems.append(ConfigurationProblem(variable: name, value: value, expected: expected))
    }

    mutating func report(_ variable: ConfigurationVariable, value: String?, expected: String? = nil) {
        problems.append(
            ConfigurationProblem(
                variable: variable.name,
                value: value,
                expected: expected ?? variable.expected
            )
        )
    }

    /// Forgets the reports of missing variables since `count` problems were known.
    mutating func forgetMissing(since count: Int) {
        problems = problems.prefix(count) + problems.dropFirst(count).filter { $0.value != nil }
    }

    /// The value that was given or the default, parsed; reports when there is neither.
    ///
    /// - Parameters:
    ///   - shown: How the value may be shown in a report.
    ///   - parse: `nil` stands for the variable's own text about what is right.
    mutating func required<Value>(
        _ variable: ConfigurationVariable,
        shown: (String) -> String = { $0 },
        _ parse: (String) throws(Expected) -> Value?
    ) -> Value? {
        guard let text = given(variable) ?? variable.defaultValue else {
            report(variable, value: nil)
            return nil
        }
        return check(variable, shown: shown(text)) { () throws(Expected) in try parse(text) }
    }

    /// The value that was given, parsed; `nil` without a report when there is none.
    mutating func optional<Value>(
        _ variable: ConfigurationVariable,
        shown: (String) -> String = { $0 },
        _ parse: (String) throws(Expected) -> Value?
    ) -> Value? {
        given(variable) == nil ? nil : required(variable, shown: shown, parse)
    }

    /// The text that a file holds, parsed; reports under the variable that names the file.
    ///
    /// - Parameter shown: How the path may be shown in a report.
    mutating func contents<Value>(
        of path: String,
        for variable: ConfigurationVariable,
        shown: String,
        _ parse: (String) throws(Expected) -> Value?
    ) -> Value? {
        read(path, for: variable, shown: shown, readFile).flatMap { text in
            check(variable, shown: shown) { () throws(Expected) in try parse(text) }
        }
    }

    /// The same for what a file holds that need not be text.
    mutating func bytes<Value>(
        of path: String,
        for variable: ConfigurationVariable,
        _ parse: ([UInt8]) throws(Expected) -> Value?
    ) -> Value? {
        let readFile = readFile
        let readBytes = { (path: String) throws in
            do {
                return Array(try readFile(path).utf8)
            } catch let error as NotText {
                return error.bytes
            }
        }
        return read(path, for: variable, shown: path, readBytes).flatMap { bytes in
            check(variable, shown: path) { () throws(Expected) in try parse(bytes) }
        }
    }

    private mutating func read<Content>(
        _ path: String,
        for variable: ConfigurationVariable,
        shown: String,
        _ readFile: (String) throws -> Content
    ) -> Content? {
        do {
            return try readFile(path)
        } catch {
            // The error's text may repeat the path, which is not shown when it could be a secret.
            let reason = shown == redacted ? "" : " (\(displayText("\(error)", limit: 200)))"
            report(variable, value: shown, expected: variable.expected + reason)
            return nil
        }
    }

    private mutating func check<Value>(
        _ variable: ConfigurationVariable,
        shown: String,
        _ parse: () throws(Expected) -> Value?
    ) -> Value? {
        do throws(Expected) {
            if let value = try parse() { return value }
            report(variable, value: shown)
        } catch {
            report(variable, value: shown, expected: error.text)
        }
        return nil
    }
}
