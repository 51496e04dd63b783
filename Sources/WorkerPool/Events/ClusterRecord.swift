import PullerCore

/// What the ``Journal`` remembers of one cluster. Nearly all clusters of a fleet are ready, so what only the others need
/// lies elsewhere.
enum ClusterRecord: Sendable {
    /// It has answered, and no round has ended yet.
    case begun
    /// It is ready, and that is what was last said of it.
    case ready
    /// Any other.
    indirect case other(Details)

    /// What is remembered of a cluster.
    struct Details: Sendable, Equatable {
        /// What the last line about this cluster alone said.
        var said = Said.nothing
        /// How its last round ended.
        var state = State.begun
        /// Since when it has not been ready, by the pool's clock; `nil` while it is.
        var unreadySince: Duration?
    }

    /// What a line says about a cluster; what says the same again is no news.
    enum Said: Sendable, Equatable {
        case nothing
        case ready
        case unready(reason: String)
        case failing(reason: String)
    }

    /// How a round ended.
    enum State: Sendable, Equatable {
        case begun
        case ready
        case unready(reason: String, FaultCause)
        case failing(reason: String, FaultCause, since: Duration)
    }

    init(_ details: Details) {
        switch (details.said, details.state) {
        case (.ready, .ready): self = .ready
        case (.nothing, .begun): self = .begun
        default: self = .other(details)
        }
    }

    var details: Details {
        switch self {
        case .begun: Details()
        case .ready: Details(said: .ready, state: .ready)
        case .other(let details): details
        }
    }
}

extension ClusterRecord.Details {
    /// Why it fails or is not ready.
    var cause: FaultCause? {
        switch state {
        case .begun, .ready: nil
        case .unready(_, let cause), .failing(_, let cause, _): cause
        }
    }

    /// Since when its rounds have failed.
    var failingSince: Duration? {
        // With `if case`, the compiler's optimizer fails (Swift 6.3.1).
        switch state {
        case .begun, .ready, .unready: nil
        case .failing(_, _, let since): since
        }
    }
}
