import SocketHTTP
import TestSupport
import Timing

import class KubernetesAPI.RequestMeter
import struct KubernetesAPI.TokenFigures

@testable import Operations
@testable import PullerCore
@testable import WorkerPool

/// A pool that only its board knows, at a fixed time.
struct SamplePool {
    /// What clusters and probes are asked from.
    var status: PoolStatus

    /// A pool of these users; `nil` for single-cluster mode.
    init(users: [String]? = ["alice", "bob"], token: TokenFigures? = nil) {
        let clock = MonotonicClock.system()
        let board = StatusBoard(clock: clock)
        for user in users ?? [] { board.take(PoolEvent(.added, .user(user))) }
        if users == nil { board.take(PoolEvent(.added, .only)) }
        status = PoolStatus(
            facts: PoolStatus.Facts(
                version: "1.2.3",
                mode: users == nil ? .single : .fleet,
                interval: .seconds(3600),
                namespace: "k8s-image-puller",
                name: "kubernetes-image-puller"
            ),
            board: board,
            gauges: {
                PoolGauges(
                    requests: GateFigures(inside: 2, overdue: 1, waiting: 4, capacity: 128),
                    rollouts: GateFigures(inside: 5, overdue: 0, waiting: 3, capacity: 100)
                )
            },
            pulse: PoolPulse(clock: clock),
            tokens: { token },
            meter: RequestMeter(),
            images: {
                [("java", "quay.io/example/java:1"), ("go", "quay.io/example/go:2")].compactMap {
                    name,
                    image in
                    ImageReference.parse(image).map { CachedImage(name: name, image: $0) }
                }
            },
            clock: clock,
            wallTime: { 1_795_721_696.5 },
            startedAt: clock.now()
        )
    }

    /// The console's routes.
    func console(
        page: String = "<script>go()</script>",
        access: @escaping @Sendable () -> ConsoleFacts.Access = { .loopback }
    ) -> ConsoleRoutes {
        ConsoleRoutes(ConsoleFacts(access: access, page: ConsolePage(html: Array(page.utf8)), status: status))
    }
}

extension HTTPRequest {
    /// A request from a program on this machine.
    static func get(_ target: String, host: String = "localhost:8081", _ headers: [(String, String)] = [])
        -> Self
    {
        HTTPRequest(method: "GET", target: target, headers: HTTPHeaders([("Host", host)] + headers))
    }
}

extension HTTPResponse {
    var bodyText: String { String(decoding: body, as: UTF8.self) }
}

extension Guarded<String> {
    /// The text of a file; an empty one cannot be read.
    func text() throws -> String {
        guard !value.isEmpty else { throw FilesAreNotRead() }
        return value
    }
}
