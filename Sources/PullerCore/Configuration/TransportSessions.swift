/// URLSessions among which the clusters are divided. All work of a session is done on one queue, so one session uses at
/// most one processor.
public enum TransportSessions: Sendable, Equatable {
    /// As many as there are processors, up to ``most``; one for a single cluster.
    case auto
    /// As many as this.
    case fixed(Int)

    /// The most of ``auto``. On two processors, several sessions gain nothing; on more, they were not measured.
    static let most = 4

    /// How many these are.
    ///
    /// - Parameter processors: Processors that the process may use.
    public func count(for target: Configuration.Target, processors: Int) -> Int {
        switch (self, target) {
        case (.fixed(let count), _): count
        case (.auto, .single): 1
        case (.auto, .fleet): max(1, min(processors, Self.most))
        }
    }
}

/// The processors that a limit of Linux' control groups leaves, rounded up: the file `cpu.max` has the microseconds that
/// may be used in each period, or `max`, and those of the period (Documentation/admin-guide/cgroup-v2.rst of the kernel).
///
/// - Returns: `nil` without a limit, and for what is no such text.
public func processors(ofCPUMax text: String) -> Int? {
    let fields = text.split(whereSeparator: \.isWhitespace).map { Int($0) }
    guard fields.count == 2, let quota = fields[0], let period = fields[1], quota > 0, period > 0 else {
        return nil
    }
    return (quota - 1) / period + 1
}
