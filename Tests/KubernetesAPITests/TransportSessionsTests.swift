import Foundation
import PullerCore
import TestSupport
import Testing

@testable import KubernetesAPI

@Suite("A transport of several sessions")
struct TransportSessionsTests {
    /// A request that is sent by the session of this number.
    private func request(_ wire: Wire, _ path: String = "/", home: UInt64) -> HTTPRequest {
        var request = HTTPRequest("GET", wire.url + path)
        request.affinity = home
        return request
    }

    @Test("divides requests by their affinity, and what is answered comes to who asked")
    func divided() async throws {
        let held = Recorded<(String, Responder)>()
        let wire = try Wire(sessions: 3) { held.add((String($0.path), $1)) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<12 {
                group.addTask {
                    // Six of twelve belong to the second session.
                    let home: UInt64 = number < 6 ? 1 : UInt64(number) % 2 * 2
                    let answer = try await wire.transport.send(request(wire, "/\(number)", home: home))
                    #expect(text(answer.body) == "/\(number)")
                }
            }
            #expect(await eventually { held.count == 12 })
            #expect(wire.transport.exchangesBySession == [3, 6, 3])
            for (path, responder) in held.all { responder.respond(.text(200, path)) }
            try await group.waitForAll()
        }
        #expect(await wire.isIdle())
    }

    @Test("sends by another session what would wait for a connection, and opens no more than allowed in all")
    func overflow() async throws {
        let held = Recorded<Responder>()
        let wire = try Wire(limit: .seconds(120), connections: 20, sessions: 4) { held.add($1) }
        // Those of one session hang; then all sessions are at their limits with connections that they keep.
        for batch in 1...3 {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 1...20 {
                    group.addTask { _ = try await wire.transport.send(request(wire, home: 2)) }
                }
                #expect(await eventually { held.count == batch * 20 })
                #expect(wire.transport.exchangesBySession == [5, 5, 5, 5])
                #expect(await eventually { (try? openConnections(to: wire.port)) == 20 })
                for responder in held.all.suffix(20) { responder.respond(.text(200, "")) }
                try await group.waitForAll()
            }
            #expect(await wire.isIdle())
        }
    }

    @Test("has what exceeds all connections wait, as one session does")
    func waiting() async throws {
        let held = Recorded<Responder>()
        let wire = try Wire(limit: .seconds(120), connections: 4, sessions: 2) { held.add($1) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 1...5 { group.addTask { _ = try await wire.transport.send(request(wire, home: 0)) } }
            #expect(await eventually { held.count == 4 && wire.transport.exchangesInFlight == 5 })
            for responder in held.all { responder.respond(.text(200, "")) }
            #expect(await eventually { held.count == 5 })
            held.all.last?.respond(.text(200, ""))
            try await group.waitForAll()
        }
        #expect(await wire.isIdle())
    }

    @Test("has never more sessions than connections, and at least one")
    func bounds() async throws {
        for (connections, sessions, expected) in [(2, 64, 2), (1, 0, 1), (5, 2, 2)] {
            let wire = try Wire(connections: connections, sessions: sessions) { $1.respond(.text(200, "")) }
            #expect(wire.transport.exchangesBySession.count == expected)
            for home in 0..<UInt64(8) {
                #expect(try await wire.transport.send(request(wire, home: home)).head.status == 200)
            }
        }
    }

    @Test("ends all of its sessions when it is closed, and leaves no file open")
    func closed() async throws {
        let held = Recorded<Responder>()
        for round in 1...50 {
            let wire = try Wire(sessions: 8) { held.add($1) }
            await withTaskGroup(of: Failure?.self) { group in
                for home in 0..<UInt64(8) {
                    group.addTask {
                        await failure { () async throws(Failure) in
                            try await wire.transport.send(request(wire, home: home))
                        }
                    }
                }
                #expect(await eventually { held.count == 8 * round })
                wire.transport.close()
                for await failure in group { #expect(failure?.reason == .cancelled) }
            }
            #expect(await failure { () async throws(Failure) in try await wire.send() } == .ending)
        }
        // Of the 400 sessions; other tests have some at the same time.
        #expect(await eventually { openEpollFiles < 200 })
    }

    private var openEpollFiles: Int {
        let folder = "/proc/self/fd"
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return files.count { file in
            let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(file)")
            return target == "anon_inode:[eventpoll]"
        }
    }
}
