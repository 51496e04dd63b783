import Foundation
import PullerCore
import SilentNames
import Synchronization
import TestSupport
import Testing

@testable import KubernetesAPI

@Suite("When something goes wrong between client and server,")
struct HTTPTransportFaultTests {
    private static let head = Array("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n".utf8)

    private func failure(_ wire: Wire) async -> Failure? {
        await KubernetesAPITests.failure { () async throws(Failure) in try await wire.send() }
    }

    @Test("an answer that is longer than the bound is too large, by its length, in chunks and without end")
    func tooLarge() async throws {
        let bound = 100_000
        for framing in 0..<3 {
            let wire = try Wire(bytes: bound) { _, responder in
                let chunk = [UInt8](repeating: 120, count: 10_000)
                switch framing {
                case 0:
                    responder.respond(Answer(status: 200, body: [UInt8](repeating: 120, count: bound + 1)))
                case 1:
                    responder.start(Answer(status: 200))
                    for _ in 0..<11 { responder.write(chunk) }
                    responder.finish()
                default:
                    responder.start(Answer(status: 200), framing: .untilClose)
                    responder.produce { chunk }
                }
            }
            #expect(await failure(wire)?.reason == .responseTooLarge)
            #expect(await wire.isIdle())
        }
        let exact = try Wire(
            bytes: bound,
            answer: Answer(status: 200, body: [UInt8](repeating: 120, count: bound))
        )
        #expect(try await exact.send().body.count == bound)
    }

    @Test("an answer that announces more bytes than allowed fails without waiting for them")
    func announced() async throws {
        let wire = try Wire(limit: .seconds(60), bytes: 1000) { _, responder in
            responder.start(Answer(status: 200), framing: .length(1001))
        }
        #expect(await failure(wire)?.reason == .responseTooLarge)
        #expect(await wire.isIdle())
    }

    @Test("endless answers do not fill the memory")
    func memory() async throws {
        let wire = try Wire(limit: .seconds(60), bytes: 1 << 20) { _, responder in
            responder.start(Answer(status: 200), framing: .untilClose)
            responder.produce { [UInt8](repeating: 120, count: 65_536) }
        }
        let before = peakMemory()
        for _ in 0..<5 { #expect(await failure(wire)?.reason == .responseTooLarge) }
        #expect(await wire.isIdle())
        // In kilobytes; what other tests take at the same time is in it, so the bound is wide.
        #expect(peakMemory() - before < 200_000)
    }

    @Test(
        "a server that stops answering is a timeout, before or after the head and in the middle of the body"
    )
    func silent() async throws {
        let heads: [[UInt8]] = [[], Self.head, Self.head + Array("half".utf8), Array("HTTP/1.1 20".utf8)]
        for bytes in heads {
            let wire = try Wire(limit: .milliseconds(200)) { _, responder in responder.writeRaw(bytes) }
            let failure = await failure(wire)
            #expect(failure?.reason == .timeout)
            #expect(failure?.message.contains("no complete answer") == true)
            #expect(await wire.isIdle())
        }
    }

    @Test("a server that sends a byte at a time is a timeout: a byte does not extend the time")
    func drip() async throws {
        let wire = try Wire(limit: .milliseconds(400)) { _, responder in
            responder.start(Answer(status: 200), framing: .length(10_000))
            let stop = SharedDrip(responder)
            responder.onDisconnect { stop.stop() }
            stop.start()
        }
        let began = ContinuousClock.now
        #expect(await failure(wire)?.reason == .timeout)
        #expect(ContinuousClock.now - began < .seconds(60))
        #expect(await wire.isIdle())
    }

    @Test("a refused connection is unreachable")
    func refused() async throws {
        let wire = try Wire(answer: .text(200, ""))
        wire.stopServer()
        #expect(await failure(wire)?.reason == .unreachable)
        #expect(await wire.isIdle())
    }

    @Test("a host name that does not resolve is unreachable")
    func unknownHost() async throws {
        let wire = try Wire(answer: .text(200, ""))
        for host in ["name.invalid", "certificate.invalid"] {
            let failure = await KubernetesAPITests.failure { () async throws(Failure) in
                try await wire.transport.send(.init("GET", "http://\(host)/"))
            }
            #expect(failure?.reason == .unreachable)
        }
    }

    @Test("a host name for which no name server answers is a timeout, and delays no other request")
    func silentName() async throws {
        let wire = try Wire(limit: .seconds(20), answer: .text(200, ""))
        let began = ContinuousClock.now
        let failure = await KubernetesAPITests.failure { () async throws(Failure) in
            try await wire.transport.send(.init("GET", "http://\(SILENT_NAME)/"))
        }
        #expect(failure?.reason == .timeout)
        // Long before the resolver gives up, or a request that waits for it.
        #expect(try await wire.send().head.status == 200)
        #expect(began.duration(to: .now) < .seconds(Int(SILENT_SECONDS) / 2))
    }

    @Test("a connection that breaks is unreachable, wherever it breaks")
    func broken() async throws {
        let starts: [[UInt8]] = [[], Self.head, Self.head + Array("half".utf8), Array("HTTP/1.1 20".utf8)]
        for bytes in starts {
            for isReset in [true, false] {
                let wire = try Wire { _, responder in
                    if !bytes.isEmpty { responder.writeRaw(bytes) }
                    if isReset { responder.reset() } else { responder.close() }
                }
                #expect(await failure(wire)?.reason == .unreachable, "\(text(bytes)) \(isReset)")
                #expect(await wire.isIdle())
            }
        }
    }

    @Test("a chunked answer that is cut is unreachable, and not a shorter answer")
    func cutChunks() async throws {
        let wire = try Wire { _, responder in
            responder.writeRaw(
                Array("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n".utf8)
            )
            responder.close()
        }
        #expect(await failure(wire)?.reason == .unreachable)
    }

    @Test(
        "an answer that is not HTTP is a failure",
        arguments: ["SSH-2.0-server\r\n", "\0\0\0", "HTTP/9.9 xx\r\n\r\n"]
    )
    func notHTTP(bytes: String) async throws {
        let wire = try Wire(limit: .seconds(60)) { _, responder in
            responder.writeRaw(Array(bytes.utf8))
            responder.close()
        }
        let reason = await failure(wire)?.reason
        #expect(reason == .unreachable || reason == .malformedResponse)
        #expect(await wire.isIdle())
    }

    @Test("a create on a reused connection that breaks soon fails as unreachable, and is not sent twice")
    func usedConnection() async throws {
        let posts = Recorded<String>()
        let wire = try Wire(limit: .seconds(60)) { request, responder in
            if request.method == "POST" {
                posts.add(text(request.body))
                responder.reset()
            } else {
                responder.respond(.text(200, ""))
            }
        }
        // The connection is a used one, as it mostly is; libcurl takes its end for an old age, and tries again.
        for _ in 0..<5 {
            _ = try await wire.send()
            let failure = await KubernetesAPITests.failure { () async throws(Failure) in
                try await wire.send("POST", headers: [("Content-Type", "application/json")], body: "{}")
            }
            #expect(failure?.reason == .unreachable)
        }
        #expect(posts.all == ["{}", "{}", "{}", "{}", "{}"])
        #expect(await wire.isIdle())
    }

    @Test("a cancelled request ends at once, as cancelled, and leaves nothing behind")
    func cancellation() async throws {
        for bytes in [[], Self.head + Array("half".utf8)] {
            let wire = try Wire(limit: .seconds(60)) { _, responder in
                if !bytes.isEmpty { responder.writeRaw(bytes) }
            }
            let task = Task { await failure(wire) }
            #expect(await eventually { wire.requests.count == 1 })
            let began = ContinuousClock.now
            task.cancel()
            // The server has the request, and may carry it out.
            #expect(await task.value == .givenUp)
            #expect(ContinuousClock.now - began < .seconds(40))
            #expect(await wire.isIdle())
        }
    }

    @Test("a request in a task that is cancelled already fails as cancelled, and is not sent")
    func cancelledBefore() async throws {
        let wire = try Wire(answer: .text(200, ""))
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return await failure(wire)
        }
        task.cancel()
        #expect(await task.value == .ending)
        #expect(wire.requests.count == 0)
        #expect(await wire.isIdle())
    }

    @Test("hundreds of requests that are cancelled at any moment all end, and leave nothing behind")
    func manyCancellations() async throws {
        let wire = try Wire(limit: .seconds(60), connections: 50) { request, responder in
            if request.path.hasSuffix("0") { responder.respond(.text(200, "")) }
        }
        let random = seededRandom(7)
        let ended = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<300 {
                let pause = Duration.milliseconds(Int(random() * 100))
                group.addTask {
                    let request = Task { try? await wire.send("GET", "/\(number)") }
                    try? await ContinuousClock().sleep(for: pause)
                    request.cancel()
                    _ = await request.value
                    return true
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(ended == 300)
        #expect(await wire.isIdle())
    }
}

/// Peak memory of this process in kilobytes.
func peakMemory() -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return line?.split { !$0.isNumber }.first.flatMap { Int($0) } ?? 0
}

/// Sends a byte every few milliseconds until the client is gone.
private final class SharedDrip: Sendable {
    private let responder: Responder
    private let task = Mutex<Task<Void, Never>?>(nil)

    init(_ responder: Responder) { self.responder = responder }

    func start() {
        let responder = responder
        let drip = Task {
            while !Task.isCancelled {
                responder.write([120])
                try? await ContinuousClock().sleep(for: .milliseconds(20))
            }
        }
        task.withLock { $0 = drip }
    }

    func stop() { task.withLock { $0 }?.cancel() }
}
