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
        /// Since when its rounds have failed; `nil` when the last one did not.
        var failingSince: Duration?
    }

    /// What a line says about a cluster; what says the same again is no news.
    enum Said: Sendable, Equatable {
        case nothing
        case ready
        case unready(reason: String)
        /// All reasons that were told while it has been failing: one that takes turns with another is no news.
        case failing(reasons: [String])
    }

    /// How a round ended.
    enum State: Sendable, Equatable {
        case begun
        case ready
        case unready(reason: String, FaultCause)
        case failing(reason: String, FaultCause)
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

extension ClusterRecord.Said {
    /// Whether a line about this trouble would say the same again.
    func covers(_ trouble: Trouble) -> Bool {
        switch self {
        case .nothing, .ready: false
        case .unready(let reason): !trouble.isFailing && reason == trouble.reason
        case .failing(let reasons): trouble.isFailing && reasons.contains(trouble.reason)
        }
    }

    /// What has been said after a line about this trouble.
    func adding(_ trouble: Trouble) -> Self {
        if covers(trouble) { return self }
        guard trouble.isFailing else { return .unready(reason: trouble.reason) }
        if case .failing(let reasons) = self { return .failing(reasons: reasons + [trouble.reason]) }
        return .failing(reasons: [trouble.reason])
    }
}

extension ClusterRecord.Details {
    /// Why it fails or is not ready.
    var cause: FaultCause? {
        switch state {
        case .begun, .ready: nil
        case .unready(_, let cause), .failing(_, let cause): cause
        }
    }
}
