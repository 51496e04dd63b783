/// What the command `status` is asked for.
public struct StatusArguments: Sendable, Equatable {
    /// Base URL of the console; `nil` for the one of the environment's puller.
    public var url: String?
    /// Only these clusters, each once; empty for all.
    public var clusters: [String] = []
    /// How they are printed.
    public var form = Form.table
    /// When it ends.
    public var mode = Mode.once

    /// How clusters are printed.
    public enum Form: String, Sendable, CaseIterable {
        /// Columns.
        case table
        /// More columns.
        case wide
        /// One document as the API has it.
        case json
        /// One name a line.
        case name
    }

    /// When the command ends.
    public enum Mode: Sendable, Equatable {
        /// After one look.
        case once
        /// At a signal: what changes is printed.
        case watch
        /// When all are ready, or after this time.
        case wait(timeout: Duration)
    }

    /// Time for `--wait` by default.
    public static let timeout = Duration.seconds(600)

    /// One look at all clusters.
    public init() {}
}

extension CommandLineArguments {
    static func status(_ rest: inout Arguments) throws(UsageError) -> Command {
        var status = StatusArguments()
        var watches = false
        var waits = false
        var timeout: Duration?
        // The name of a cluster may begin with a dash.
        var endsOptions = false
        func add(_ cluster: String) throws(UsageError) {
            guard !cluster.isEmpty else { throw rest.error("the name of a cluster must not be empty") }
            if !status.clusters.contains(cluster) { status.clusters.append(cluster) }
        }
        while let argument = rest.pop() {
            if endsOptions {
                try add(argument)
            } else if argument == "--" {
                endsOptions = true
            } else if argument == "--watch" || argument == "-w" {
                watches = true
            } else if argument == "--wait" {
                waits = true
            } else if let text = try rest.value(of: "--timeout", argument) {
                timeout = try limit(text, rest)
            } else if let text = try rest.value(of: "--url", argument) {
                status.url = try url(text, rest)
            } else if let text = try rest.value(of: "--output", argument) {
                status.form = try form(text, "--output", rest)
            } else if let text = try rest.value(of: "-o", argument) {
                status.form = try form(text, "-o", rest)
            } else if argument.hasPrefix("-o"), let form = StatusArguments.Form(rawValue: String(argument.dropFirst(2))) {
                status.form = form
            } else if argument.hasPrefix("-") {
                throw rest.unknown(argument)
            } else {
                try add(argument)
            }
        }
        guard !watches || !waits else { throw rest.error("--watch and --wait cannot be used together") }
        guard waits || timeout == nil else { throw rest.error("--timeout needs --wait") }
        guard !watches || status.form != .json else {
            throw rest.error("--watch prints lines: -o must be table, wide or name, not json")
        }
        if watches { status.mode = .watch }
        if waits { status.mode = .wait(timeout: timeout ?? StatusArguments.timeout) }
        return .status(status)
    }

    private static func form(
        _ text: String,
        _ option: String,
        _ rest: Arguments
    ) throws(UsageError) -> StatusArguments.Form {
        if let form = StatusArguments.Form(rawValue: text) { return form }
        let all = StatusArguments.Form.allCases.map(\.rawValue)
        let meant = nearMiss(of: text, among: all).map { "; did you mean \($0)?" } ?? ""
        throw rest.error("\(option) must be \(JSONFields.alternatives(all)), not \"\(displayText(text))\"\(meant)")
    }

    private static func limit(_ text: String, _ rest: Arguments) throws(UsageError) -> Duration {
        guard let limit = parseUnitDuration(text), limit > .zero else {
            throw rest.error("--timeout must be a duration such as 90s or 10m, not \"\(displayText(text))\"")
        }
        return limit
    }

    private static func url(_ text: String, _ rest: Arguments) throws(UsageError) -> String {
        do throws(Expected) {
            return try BaseURL(text).text
        } catch {
            throw rest.error("--url \"\(displayText(shownURL(text)))\" \(error.text)")
        }
    }
}
