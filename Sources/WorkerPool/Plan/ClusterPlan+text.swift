import PullerCore

extension ClusterPlan: CustomStringConvertible {
    /// One line, for people.
    public var description: String {
        var parts = actions.map(\.text)
        if let failure { parts.append("\(kind.rawValue): \(failure.message)") }
        if parts.isEmpty, let standing { parts.append(text(of: standing)) }
        return displayText(parts.isEmpty ? kind.rawValue : parts.joined(separator: "; "), limit: 600)
    }

    private func text(of standing: Standing) -> String {
        let name = placement.name(base: baseName, standing.slot)
        if let beside = standing.beside {
            let other = placement.name(base: baseName, beside.slot)
            return
                "nothing to do yet: \(other) (\(beside.health.figures)) stands until \(name) "
                + "(\(standing.health.figures)) serves in its place" + problems(of: standing.pods)
        }
        return "nothing to do: " + (standing.health.isReady ? "" : "\(name) is right, but ")
            + standing.health.explanation + problems(of: standing.pods)
    }
}

extension ClusterPlan.Action {
    fileprivate var text: String {
        switch self {
        case .create(let name): "create \(name)"
        case .replace(.goPuller, let old, let new): "take over \(old), which a Go puller created, by \(new)"
        case .replace(let reason, let old, let new): "replace \(old) by \(new): \(reason.explanation)"
        case .delete(let name, let stays, .succeeded): "delete \(name): \(stays) serves in its place"
        case .delete(let name, let stays, .outdated):
            "delete \(name): it is not the desired one, and \(stays) serves as many nodes"
        case .delete(let name, let stays, .steppedBack): "delete \(name): it does no good, and \(stays) stays"
        case .delete(let name, _, .unmounted): "delete \(name): the server dropped its image volumes"
        case .clear(let names):
            "delete what is left of \(names.joined(separator: ", ")), once everything else serves: the configuration "
                + "does not have " + (names.count == 1 ? "this placement" : "these placements") + " any more"
        }
    }
}
