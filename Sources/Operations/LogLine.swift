import PullerCore
import WorkerPool

/// One event on one line, in the shape that was asked for. Nothing that a server or a user name holds can break out of
/// its value.
struct LogLine {
    /// The line, without its end.
    let text: String

    /// - Parameter wallTime: Seconds since 1970-01-01T00:00:00Z.
    init(_ event: PoolEvent, wallTime: Double, shape: LogShape) {
        var fields: [(key: String, value: Value)] = [
            ("time", .text(Timestamp.logTime(wallTime))), ("level", .text(event.level.rawValue)),
            ("event", .text(event.kind.rawValue)),
        ]
        if let user = event.user { fields.append(("user", .text(user))) }
        if let reason = event.reason { fields.append(("reason", .text(reason))) }
        for field in event.fields {
            let value: Value =
                switch field.value {
                case .text(let text): .text(text)
                case .count(let count): .number("\(count)")
                case .seconds(let duration): .number(Self.seconds(duration))
                case .ago(let age): .text(Timestamp.logTime(wallTime - age / .seconds(1)))
                }
            fields.append((field.name, value))
        }
        fields.append(("message", .text(event.message)))
        switch shape {
        case .pairs:
            text = fields.map { "\($0.key)=\($0.value.plain)" }.joined(separator: " ")
        case .json:
            text = "{" + fields.map { "\"\($0.key)\":\($0.value.json)" }.joined(separator: ",") + "}"
        case .columns(let columns):
            text = columns.line(event, wallTime: wallTime)
        }
    }

    private enum Value {
        case text(String)
        case number(String)

        var json: String {
            switch self {
            case .text(let text):
                String(decoding: JSONValue.string(Self.bounded(text)).compactJSON(), as: UTF8.self)
            case .number(let text): text
            }
        }

        private static func bounded(_ text: String) -> String { displayText(text, limit: 2000) }

        /// Bare when it is one plain word, else quoted as JSON quotes, as logfmt readers expect.
        var plain: String {
            switch self {
            case .text(let text):
                let isPlain = text.unicodeScalars.allSatisfy { scalar in
                    scalar.value > 32 && scalar.value < 127 && scalar != "\"" && scalar != "="
                        && scalar != "\\"
                }
                return isPlain && !text.isEmpty ? Self.bounded(text) : json
            case .number(let text): return text
            }
        }
    }

    /// Seconds with milliseconds.
    static func seconds(_ duration: Duration) -> String {
        let milliseconds = (duration / .milliseconds(1)).rounded()
        return "\(milliseconds / 1000)"
    }
}
