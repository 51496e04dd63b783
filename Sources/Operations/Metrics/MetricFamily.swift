/// A metric: what it is called, what it counts, and what its labels are.
public struct MetricFamily: Sendable, Equatable {
    /// How the values change.
    public enum Kind: String, Sendable {
        /// They only rise, and begin anew with the process.
        case counter
        /// They rise and fall.
        case gauge
        /// They are counted by range.
        case histogram
        /// They are counted and added up.
        case summary

        /// What the names of its series end with, apart from the metric's name.
        var suffixes: [String] {
            switch self {
            case .counter, .gauge: [""]
            case .histogram: ["_bucket", "_sum", "_count"]
            case .summary: ["_sum", "_count"]
            }
        }
    }

    /// Its name, without the `_total` of a counter.
    let name: String
    /// How its values change.
    let kind: Kind
    /// The names of its labels, in the order of their values in ``MetricsText``.
    let labels: [String]
    /// What it means.
    let help: String

    /// Its name in a query; that of a histogram or a summary has one of ``Kind/suffixes`` more.
    public var queriedName: String { kind == .counter ? "\(name)_total" : name }

    /// The base unit, with which its name ends; `nil` for a plain number.
    var unit: String? { ["seconds", "bytes"].first { name.hasSuffix("_\($0)") } }

    private init(_ name: String, _ kind: Kind, _ labels: [String], _ help: String) {
        self.name = name
        self.kind = kind
        self.labels = labels
        self.help = help
    }

    static func counter(_ name: String, _ labels: String..., help: String) -> MetricFamily {
        MetricFamily(name, .counter, labels, help)
    }

    static func gauge(_ name: String, _ labels: String..., help: String) -> MetricFamily {
        MetricFamily(name, .gauge, labels, help)
    }

    static func summary(_ name: String, _ labels: String..., help: String) -> MetricFamily {
        MetricFamily(name, .summary, labels, help)
    }

    static func histogram(_ name: String, _ labels: String..., help: String) -> MetricFamily {
        MetricFamily(name, .histogram, labels, help)
    }
}
