import PullerCore
import Synchronization
import TestSupport
import Testing

@testable import KubernetesAPI

@Suite("A streamed answer")
struct HTTPTransportStreamTests {
    /// The responder of the last request.
    private final class Held: Sendable {
        private let responder = Mutex<Responder?>(nil)

        func hold(_ new: Responder) { responder.withLock { $0 = new } }

        func write(_ text: String) { responder.withLock { $0 }?.write(Array(text.utf8)) }

        func finish() { responder.withLock { $0 }?.finish() }

        func reset() { responder.withLock { $0 }?.reset() }
    }

    @Test("passes on each piece when it arrives, not when the answer is complete")
    func prompt() async throws {
        let held = Held()
        let wire = try Wire { _, responder in
            held.hold(responder)
            responder.start(Answer(status: 200))
            responder.write(Array("0\n".utf8))
        }
        // The next piece is sent when the one before has arrived: with any buffering none would come.
        let pieces = Recorded<String>()
        let response = try await wire.stream { (piece) async throws(Failure) in
            pieces.add(text(piece))
            if pieces.count < 5 { held.write("\(pieces.count)\n") } else { held.finish() }
            return true
        }
        #expect(pieces.all == ["0\n", "1\n", "2\n", "3\n", "4\n"])
        #expect(response.head.status == 200)
        #expect(response.body == [])
        #expect(await wire.isIdle())
    }

    @Test("ends when its receiver wants no more, and the server notices")
    func enough() async throws {
        let isGone = Recorded<Bool>()
        let wire = try Wire { _, responder in
            responder.onDisconnect { isGone.add(true) }
            responder.start(Answer(status: 200))
            responder.write(Array("1\n".utf8))
        }
        let response = try await wire.stream { (_) async throws(Failure) in false }
        #expect(response.head.status == 200)
        #expect(await eventually { isGone.count == 1 })
        #expect(await wire.isIdle())
    }

    @Test("fails as its receiver fails")
    func receiverFails() async throws {
        let wire = try Wire { _, responder in
            responder.start(Answer(status: 200))
            responder.write(Array("1\n".utf8))
        }
        let failure = await failure { () async throws(Failure) in
            try await wire.stream { (_) async throws(Failure) in throw Failure(.malformedResponse, "mine") }
        }
        #expect(failure == Failure(.malformedResponse, "\(wire.url): mine"))
        #expect(await wire.isIdle())
    }

    @Test("fails as unreachable when it is cut, after passing on what came before")
    func cut() async throws {
        let held = Held()
        let wire = try Wire { _, responder in
            held.hold(responder)
            responder.start(Answer(status: 200))
            responder.write(Array("whole\nhal".utf8))
        }
        let pieces = Recorded<String>()
        let failure = await failure { () async throws(Failure) in
            try await wire.stream { (piece) async throws(Failure) in
                pieces.add(text(piece))
                held.reset()
                return true
            }
        }
        #expect(failure?.reason == .unreachable)
        #expect(pieces.all == ["whole\nhal"])
        #expect(await wire.isIdle())
    }

    @Test("arrives in any number of small pieces, however fast they follow each other")
    func smallPieces() async throws {
        // As a proxy passes on the events of a rollout, each in several pieces. A piece is sent when the one before has
        // arrived, so that libcurl reads each of them alone.
        let piece = String(repeating: "x", count: 300)
        let held = Held()
        let wire = try Wire { _, responder in
            held.hold(responder)
            responder.start(Answer(status: 200))
            responder.write(Array(piece.utf8))
        }
        let sizes = Recorded<Int>()
        _ = try await wire.stream(limit: .seconds(120)) { (received) async throws(Failure) in
            sizes.add(received.count)
            if sizes.count < 600 { held.write(piece) } else { held.finish() }
            return true
        }
        #expect(sizes.all == Array(repeating: 300, count: 600))
        #expect(await wire.isIdle())
    }

    @Test("times out after its limit, whether anything arrives or not")
    func limit() async throws {
        // So many bytes that a fast machine, which exchanges thousands of these in that time, may do so.
        let piece = String(repeating: "x", count: 512)
        for isSilent in [true, false] {
            let held = Held()
            let wire = try Wire { _, responder in
                held.hold(responder)
                responder.start(Answer(status: 200))
                if !isSilent { responder.write(Array(piece.utf8)) }
            }
            let failure = await failure { () async throws(Failure) in
                try await wire.stream(limit: .milliseconds(200)) { (_) async throws(Failure) in
                    held.write(piece)
                    return true
                }
            }
            #expect(failure?.reason == .timeout)
            #expect(failure?.message.contains("stream") == true)
            #expect(await wire.isIdle())
        }
    }

    @Test("times out when not even its head arrives")
    func noHead() async throws {
        let wire = try Wire(limit: .milliseconds(200)) { _, _ in }
        let failure = await failure { () async throws(Failure) in
            try await wire.stream { (_) async throws(Failure) in true }
        }
        #expect(failure?.reason == .timeout)
        #expect(await wire.isIdle())
    }

    @Test(
        "returns the body of any answer but 200, and passes nothing on to its receiver",
        arguments: [204, 403, 410, 503]
    )
    func otherAnswers(status: Int) async throws {
        let wire = try Wire(answer: Answer(status: status, body: Array("why".utf8)))
        let pieces = Recorded<String>()
        let response = try await wire.stream { (piece) async throws(Failure) in
            pieces.add(text(piece))
            return true
        }
        #expect(response.head.status == status)
        #expect(text(response.body) == (status == 204 ? "" : "why"))
        #expect(pieces.count == 0)
    }

    @Test("returns a redirect without following it, even if that leads nowhere")
    func redirect() async throws {
        let wire = try Wire(answer: Answer(status: 307))
        #expect(try await wire.stream { (_) async throws(Failure) in true }.head.status == 307)
        #expect(wire.requests.count == 1)
    }

    @Test("fails as too large when its receiver is slow and more data waits than allowed")
    func slowReceiver() async throws {
        let responders = Recorded<Responder>()
        let wire = try Wire(bytes: 100_000) { _, responder in
            responders.add(responder)
            responder.start(Answer(status: 200))
            responder.write([120])
        }
        let isOver = Recorded<Bool>()
        let failure = await failure { () async throws(Failure) in
            try await wire.stream { (_) async throws(Failure) in
                for responder in responders.all {
                    responder.produce { [UInt8](repeating: 120, count: 50_000) }
                }
                // Wakes up by cancellation only when something else ends the exchange.
                _ = await eventually(within: .seconds(5)) { wire.transport.exchangesInFlight == 0 }
                isOver.add(true)
                return true
            }
        }
        #expect(failure?.reason == .responseTooLarge)
        #expect(isOver.count <= 1)
        #expect(await wire.isIdle())
    }

    @Test("passes on any amount of data, as long as its receiver keeps up")
    func long() async throws {
        let held = Counter()
        let wire = try Wire(bytes: 200_000) { _, responder in
            responder.start(Answer(status: 200))
            held.write(to: responder)
        }
        let total = Counter()
        _ = try await wire.stream(limit: .seconds(120)) { (piece) async throws(Failure) in
            if total.add(piece.count) % 20_000 == 0 { held.next() }
            return true
        }
        #expect(total.value == 1_000_000)
    }

    /// Writes 20,000 bytes at a time, fifty times.
    private final class Counter: Sendable {
        private let state = Mutex<(count: Int, responder: Responder?)>((0, nil))

        var value: Int { state.withLock { $0.count } }

        func add(_ more: Int) -> Int {
            state.withLock { state in
                state.count += more
                return state.count
            }
        }

        func write(to responder: Responder) {
            state.withLock { $0.responder = responder }
            next()
        }

        func next() {
            let responder = state.withLock { state -> Responder? in
                defer { state.count += 1 }
                if state.count == 50 { state.responder?.finish() }
                return state.count < 50 ? state.responder : nil
            }
            responder?.write([UInt8](repeating: 120, count: 20_000))
        }
    }

    @Test("ends and leaves nothing behind when hundreds are cancelled at the same time")
    func manyCancelled() async throws {
        let wire = try Wire(connections: 300) { _, responder in
            responder.start(Answer(status: 200))
            responder.write(Array("1\n".utf8))
        }
        let open = Recorded<Bool>()
        let tasks = (0..<200).map { _ in
            Task {
                await failure { () async throws(Failure) in
                    try await wire.stream(limit: .seconds(120)) { (_) async throws(Failure) in
                        open.add(true)
                        return true
                    }
                }
            }
        }
        #expect(await eventually { open.count == 200 })
        let began = ContinuousClock.now
        for task in tasks { task.cancel() }
        for task in tasks { #expect(await task.value?.reason == .cancelled) }
        #expect(ContinuousClock.now - began < .seconds(60))
        #expect(await wire.isIdle())
    }
}
