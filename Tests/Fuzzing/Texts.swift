import Foundation

@testable import MockFleet
@testable import PullerCore

/// Compares the puller's parser for maps in the configuration, its JSON and YAML writers, and the mock fleet's JSON
/// parser with each other and with Foundation.
func fuzzJSON(_ input: [UInt8]) {
    let text = String(decoding: input, as: UTF8.self)
    var map: [(key: String, value: String)]?
    do throws(Expected) { map = try JSONStringMap.parse(text) } catch { requireOneLine(error.text) }
    // The puller and the mock fleet share no parser. They differ by design for a lone surrogate, which the puller
    // refuses.
    let theirs = (try? JSON(parsing: text.utf8))?.strings
    if let map {
        let ours = Dictionary(map) { $1 }
        require(theirs == ours, "\(text) is \(ours) for the puller, but \(theirs as Any) for the mock fleet")
        // Foundation keeps the first of two equal keys.
        if ours.count == map.count {
            let third = try? JSONDecoder().decode([String: String].self, from: Data(text.utf8))
            require(third == ours, "\(text) is \(ours) for the puller, but \(third as Any) for Foundation")
        }
    } else if !hasBytes(of: "\\u", in: text) {
        require(theirs == nil, "\(text) is a map for the mock fleet, but not for the puller")
    }

    do throws(Expected) {
        let node = try JSONText.parse(text)
        require(
            (try? JSON(parsing: text.utf8)) != nil || !hasOnlyFiniteNumbers(node),
            "\(text) is JSON for the puller only"
        )
    } catch {
        requireOneLine(error.text)
        if !error.text.contains("levels"), !hasBytes(of: "\\u", in: text) {
            require((try? JSON(parsing: text.utf8)) == nil, "\(text) is JSON, but not for the puller")
        }
    }

    guard let value = try? JSON(parsing: input) else { return }
    require((try? JSON(parsing: value.text)) == value, "another value when it is parsed again: \(value)")
    require(
        (try? JSONSerialization.jsonObject(with: Data(input), options: .fragmentsAllowed)) != nil,
        "\(text) is JSON for the mock fleet, but not for Foundation"
    )
    guard let written = written(value) else { return }
    require(
        (try? JSON(parsing: written.compactJSON())) == value,
        "another value when it is written compactly"
    )
    require(
        (try? JSON(parsing: Array(written.prettyJSON().utf8))) == value,
        "another value when it is written with line breaks"
    )
    require(
        written.yaml().utf8.allSatisfy { $0 == 0x0A || (0x20..<0x7F).contains($0) },
        "YAML that is not printable ASCII"
    )
}

/// The puller keeps the digits of a number, and the mock fleet refuses one that no `Double` can hold.
private func hasOnlyFiniteNumbers(_ node: JSONNode) -> Bool {
    switch node {
    case .null, .bool, .string: true
    case .number(let digits): Double(digits)?.isFinite ?? false
    case .array(let values): values.allSatisfy(hasOnlyFiniteNumbers)
    case .object(let members): members.allSatisfy { hasOnlyFiniteNumbers($0.value) }
    }
}

/// The value in the puller's type; `nil` if it contains a kind of number that the puller never writes.
private func written(_ value: JSON) -> JSONValue? {
    switch value {
    case .null: return .null
    case .bool(let value): return .bool(value)
    case .int(let value): return .int(value)
    case .string(let value): return .string(value)
    case .array(let values):
        let all = values.compactMap(written)
        return all.count == values.count ? .array(all) : nil
    case .object(let members):
        let all = members.compactMapValues(written)
        return all.count == members.count ? .object(all) : nil
    case .double, .raw: return nil
    }
}

/// Parses command line arguments, which are split at zero bytes.
func fuzzArguments(_ input: [UInt8]) {
    let arguments = fields(input)
    switch CommandLineArguments.parse(arguments) {
    case .failure(let error):
        requireOneLine(error.description)
        require(!arguments.contains("--help"), "--help is refused")
    case .success(.cleanup(let users, let dryRun)):
        require(Set(users).count == users.count, "a user twice")
        for user in users { require(userNameProblem(user) == nil, "\(user.debugDescription) is accepted") }
        let again =
            ["cleanup"] + users.map { "--user=" + WrittenUser.text(of: $0) } + (dryRun ? ["--dry-run"] : [])
        require(
            CommandLineArguments.parse(again).value == .cleanup(users: users, dryRun: dryRun)
                || again.contains("--help") || again.contains("-h"),
            "another command when it is parsed again"
        )
    case .success(.plan(let users)):
        require(Set(users).count == users.count, "a user twice")
        let again = ["plan"] + users.map { "--user=" + WrittenUser.text(of: $0) }
        require(
            CommandLineArguments.parse(again).value == .plan(users: users)
                || again.contains("--help") || again.contains("-h"),
            "another command when it is parsed again"
        )
    case .success(.status(let status)):
        require(Set(status.clusters).count == status.clusters.count, "a cluster twice")
        var again = ["status", "--output", status.form.rawValue] + (status.url.map { ["--url=" + $0] } ?? [])
        if status.mode == .watch { again.append("--watch") }
        if case .wait = status.mode { again.append("--wait") }
        guard case .success(.status(let second)) = CommandLineArguments.parse(again + ["--"] + status.clusters) else {
            require(
                status.clusters.contains("--help") || status.clusters.contains("-h"),
                "a command that cannot be parsed again"
            )
            return
        }
        require(
            (second.url, second.form) == (status.url, status.form) && second.clusters == status.clusters,
            "another command when it is parsed again"
        )
    case .success(.manifest(let format)):
        let again = ["manifest", "--format", format.rawValue]
        require(CommandLineArguments.parse(again).value == .manifest(format: format), "another format")
    case .success(.help):
        require(
            arguments.contains("--help") || arguments.contains("-h") || arguments.first == "help",
            "help that was not asked for"
        )
    case .success(.run):
        require(arguments.isEmpty, "arguments of a run are ignored")
    case .success(.validate), .success(.version):
        require(arguments.count == 1, "an argument is ignored")
    }
}
