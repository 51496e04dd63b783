import PullerCore
import Synchronization

/// Decides whether a server's clock is reliable: the ages of DaemonSets are measured by it, and a clock that
/// runs ahead would make every DaemonSet due for a refresh at every check.
final class ServerClock: Sendable {
    /// The largest accepted difference between a server's clock and this machine's.
    static let tolerance = Duration.seconds(300)

    private let wallTime: @Sendable () -> Timestamp
    private let report: @Sendable (PoolEvent) -> Void
    private let complaints = Mutex<(isMissing: Bool, isWrong: Bool)>((false, false))

    init(wallTime: @escaping @Sendable () -> Timestamp, report: @escaping @Sendable (PoolEvent) -> Void) {
        self.wallTime = wallTime
        self.report = report
    }

    /// The server's time, if this machine's clock agrees; each kind of disagreement is warned about once.
    func trusted(_ date: Timestamp?, of cluster: ClusterID) -> Timestamp? {
        guard let date else {
            let isFirst = complaints.withLock { complaints in
                defer { complaints.isMissing = true }
                return !complaints.isMissing
            }
            if isFirst { report(PoolEvent(.clock(.missing), cluster)) }
            return nil
        }
        let difference = date - wallTime()
        guard max(difference, .zero - difference) > Self.tolerance else { return date }
        let isFirst = complaints.withLock { complaints in
            defer { complaints.isWrong = true }
            return !complaints.isWrong
        }
        if isFirst { report(PoolEvent(.clock(.differs(by: difference)), cluster)) }
        return nil
    }
}
