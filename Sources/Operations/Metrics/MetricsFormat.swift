import PullerCore

/// How metrics are written.
public enum MetricsFormat: Sendable, Equatable, CaseIterable {
    /// The text format of Prometheus 0.0.4, which everything reads.
    case prometheus
    /// OpenMetrics 1.0.
    case openMetrics

    /// The type of the answer.
    public var contentType: String {
        switch self {
        case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
        case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        }
    }

    /// The format that a client wants most, by RFC 9110 section 12.5.1: OpenMetrics only where that is named, and text also
    /// where nothing that there is would be accepted, as in Prometheus' own libraries.
    ///
    /// - Parameter accept: The header `Accept`; `nil` when there is none.
    public init(accept: String?) {
        let ranges = (accept ?? "").split(separator: ",").map { MediaRange($0) }
        func weight(_ type: String, versions: Set<String>) -> Double {
            ranges.filter { $0.type == type && $0.version.map { versions.contains($0) } ?? true }
                .map(\.weight).max() ?? -1
        }
        let openMetrics = weight("application/openmetrics-text", versions: ["1.0.0"])
        // The most specific range that matches counts.
        let text = ["text/plain", "text/*", "*/*"].lazy
            .map { weight($0, versions: ["0.0.4"]) }.first { $0 >= 0 } ?? 0
        self = openMetrics > 0 && openMetrics >= text ? .openMetrics : .prometheus
    }
}

/// One of the types that a client accepts.
private struct MediaRange {
    /// In small letters.
    var type: String
    /// The parameter `version`.
    var version: String?
    /// From 0, not wanted, to 1; 0 also for what is no weight.
    var weight = 1.0

    init(_ text: Substring) {
        let parts = text.split(separator: ";", omittingEmptySubsequences: false).map { $0.trimmed }
        type = parts[0].lowercased()
        for part in parts.dropFirst() {
            let pair = part.split(separator: "=", maxSplits: 1).map { $0.trimmed }
            guard pair.count == 2 else { continue }
            switch pair[0].lowercased() {
            case "version": version = pair[1].filter { $0 != "\"" }
            case "q": weight = Double(pair[1]).flatMap { (0...1).contains($0) ? $0 : nil } ?? 0
            default: break
            }
        }
    }
}
