import PullerCore
import WorkerPool

/// One event on one line, in either of the two formats. Nothing that a server or a user name holds can break out of
/// its value.
struct LogLine {
    /// The line, without its end.
    let text: String

    /// - Parameter time: Wall time, as `2026-11-22T21:29:00.000Z`.
    init(_ event: PoolEvent, time: String, format: LogSettings.Format) {
        var fields: [(key: String, value: Value)] = [
            ("time", .text(time)), ("level", .text(event.level.rawValue)),
            ("event", .text(event.kind.rawValue)),
        ]
        if let user = event.user { fields.append(("user", .text(user))) }
        if let reason = event.reason { fields.append(("reason", .text(reason))) }
        if let health = event.health {
            fields.append(("ready", .number("\(health.ready)")))
            fields.append(("desired", .number("\(health.desired)")))
        }
        if let beside = event.beside {
            fields.append(("beside_ready", .number("\(beside.health.ready)")))
            fields.append(("beside_desired", .number("\(beside.health.desired)")))
            fields.append(("beside_seconds", .number(Self.seconds(beside.since))))
        }
        if let duration = event.duration {
            fields.append(("duration_seconds", .number(Self.seconds(duration))))
        }
        if let nextCheck = event.nextCheck {
            fields.append(("next_check_seconds", .number(Self.seconds(nextCheck))))
        }
        fields.append(("message", .text(event.message)))
        switch format {
        case .text:
            text = fields.map { "\($0.key)=\($0.value.plain)" }.joined(separator: " ")
        case .json:
            text = "{" + fields.map { "\"\($0.key)\":\($0.value.json)" }.joined(separator: ",") + "}"
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
    private static func seconds(_ duration: Duration) -> String {
        let milliseconds = (duration / .milliseconds(1)).rounded()
        return "\(milliseconds / 1000)"
    }
}
