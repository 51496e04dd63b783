import KubernetesAPI

/// How the token for the clusters is. The names are those of the API.
enum TokenCondition: String, CaseIterable {
    /// There is one.
    case valid
    /// None was fetched yet.
    case none
    /// The last fetch failed.
    case failing
    /// No token is used.
    case unused

    init(_ figures: TokenFigures?) {
        self =
            switch figures {
            case nil: .unused
            case let figures? where figures.failure != nil: .failing
            case let figures?: figures.fetched == nil ? .none : .valid
            }
    }
}
