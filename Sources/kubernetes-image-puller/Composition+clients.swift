import KubernetesAPI
import PullerCore
import Timing
import WorkerPool

// How the clusters are reached: with which token, under which address, and how much of an answer is read.
extension Composition {
    /// Bytes of an answer. What is cleaned up may have more images than are configured now.
    static func answerLimit(_ purpose: Purpose, _ cache: CurrentCache) -> @Sendable () -> Int {
        switch purpose {
        case .pool, .plan: { ClusterClient.answerLimit(bodyLength: cache.longestBody) }
        case .cleanup: { ClusterClient.answerLimit(bodyLength: 1 << 20) }
        }
    }

    /// Where the token comes from; `nil` when none is used.
    static func tokens(
        _ configuration: Configuration,
        transport: HTTPTransport,
        clock: MonotonicClock
    ) -> TokenSource? {
        let credential =
            switch configuration.target {
            case .fleet(let fleet): fleet.credential
            case .single(let single): single.credential
            }
        let issuer: TokenIssuer? =
            switch credential {
            case .clientCredentials(let credentials):
                .clientCredentials(credentials, transport, readFile: Process.readFile)
            case .tokenFile(let path): .file(path, readFile: Process.readFile)
            case .none: nil
            }
        return issuer.map {
            TokenSource(
                issuer: $0,
                backoff: configuration.schedule.backoff,
                clock: clock,
                random: Process.random
            )
        }
    }

    static func clients(
        _ configuration: Configuration,
        answerLimit: @escaping @Sendable () -> Int,
        transport: HTTPTransport,
        tokens: TokenSource?,
        meter: RequestMeter,
        report: @escaping @Sendable (PoolEvent) -> Void
    ) -> @Sendable (ClusterID) -> any DaemonSetAPI & ClusterReads {
        let groups: [String]
        let address: @Sendable (_ user: String?) -> (baseURL: String, impersonated: String?)
        switch configuration.target {
        case .fleet(let fleet):
            groups = fleet.groups
            address = { user in
                let proxy = fleet.proxy
                return (proxy.baseURL(for: user ?? ""), proxy.sendsImpersonationHeader ? user : nil)
            }
        case .single(let single):
            groups = []
            address = { _ in (single.apiURL, nil) }
        }
        let namespace = configuration.daemonSet.namespace
        return { cluster in
            let (baseURL, impersonated) = address(cluster.user)
            return ClusterClient(
                baseURL: baseURL,
                impersonatedUser: impersonated,
                impersonatedGroups: groups,
                namespace: namespace,
                transport: transport,
                tokens: tokens,
                answerLimit: answerLimit(),
                meter: meter,
                hearWarning: WarningFilter(cluster, report: report).hear
            )
        }
    }
}
