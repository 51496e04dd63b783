import Foundation
import PullerCore
import Synchronization
import TestSupport
import Testing

@testable import KubernetesAPI

/// A provider whose answers a test holds back, on a clock that it holds, too. What it says is what a file would.
private final class HeldIssuer: Sendable {
    private struct State {
        var asked = 0
        var answers: [Result<String, Failure>] = []
        var isHeld = false
    }

    private let state = Mutex(State())

    var asked: Int { state.withLock { $0.asked } }

    func hold() { state.withLock { $0.isHeld = true } }

    func release() { state.withLock { $0.isHeld = false } }

    /// What it answers next; without any it counts: `token-1`, `token-2`.
    func answer(_ answers: Result<String, Failure>...) { state.withLock { $0.answers = answers } }

    func issue(life: Duration?) async throws(Failure) -> IssuedToken {
        let answer = state.withLock { state -> Result<String, Failure> in
            state.asked += 1
            return state.answers.isEmpty ? .success("token-\(state.asked)") : state.answers.removeFirst()
        }
        while state.withLock({ $0.isHeld }) { await Task.yield() }
        return IssuedToken(
            value: Secret(try answer.get()),
            renewAfter: life.map { $0 * 0.8 },
            expiresAfter: life
        )
    }
}

@Suite("The token that all workers share")
struct TokenSourceTests {
    private let simulation = Simulation()
    private let issuer = HeldIssuer()

    private func source(life: Duration? = nil) -> TokenSource {
        TokenSource(
            issue: { [issuer] () async throws(Failure) in try await issuer.issue(life: life) },
            refetchPause: .seconds(60),
            renewsInBackground: true,
            backoff: Backoff(initial: .seconds(2), maximum: .seconds(60)),
            clock: simulation.clock,
            random: { 0.5 }
        )
    }

    private typealias Outcome = Result<String?, Failure>

    /// Starts a caller; its outcome is recorded.
    @discardableResult
    private func call(
        _ outcomes: Recorded<Outcome>,
        _ body: @escaping @Sendable () async throws(Failure) -> Token?
    ) -> Task<Void, Never> {
        simulation.start {
            do throws(Failure) {
                outcomes.add(.success(try await body()?.value.reveal()))
            } catch {
                outcomes.add(.failure(error))
            }
        }
    }

    @Test("is fetched once, also when callers ask for it while it is being fetched")
    func once() async throws {
        for _ in 0..<300 {
            let issuer = HeldIssuer()
            let source = TokenSource(
                issue: { () async throws(Failure) in try await issuer.issue(life: nil) },
                refetchPause: .seconds(60),
                renewsInBackground: true,
                backoff: Backoff(initial: .seconds(2), maximum: .seconds(60)),
                clock: .system(),
                random: { 0.5 }
            )
            await withDiscardingTaskGroup { group in
                for _ in 0..<50 { group.addTask { _ = try? await source.token() } }
            }
            #expect(issuer.asked == 1)
        }
    }

    /// The fetch is a task of its own outside the simulation, so its end has to be waited for.
    private func settle(until condition: () -> Bool) async -> Bool {
        await eventually {
            simulation.settle()
            return condition()
        }
    }

    @Test("is fetched once for a thousand callers")
    func singleFlight() async {
        let source = source()
        let outcomes = Recorded<Outcome>()
        issuer.hold()
        for _ in 0..<1000 { call(outcomes) { () async throws(Failure) in try await source.token() } }
        #expect(await settle { issuer.asked == 1 })
        #expect(outcomes.count == 0)
        issuer.release()
        #expect(await settle { outcomes.count == 1000 })
        #expect(outcomes.all.allSatisfy { $0 == .success("token-1") })
        #expect(issuer.asked == 1)
    }

    @Test("is not lost for the others when some of the waiting callers are cancelled, even the first one")
    func cancellation() async {
        let source = source()
        let outcomes = Recorded<Outcome>()
        issuer.hold()
        let tasks = (0..<10).map { _ in
            call(outcomes) { () async throws(Failure) in try await source.token() }
        }
        #expect(await settle { issuer.asked == 1 })
        for task in tasks[..<5] { task.cancel() }
        #expect(await settle { outcomes.count == 5 })
        #expect(outcomes.all.allSatisfy { $0 == .failure(.ending) })
        issuer.release()
        #expect(await settle { outcomes.count == 10 })
        #expect(outcomes.all[5...].allSatisfy { $0 == .success("token-1") })
        #expect(issuer.asked == 1)
    }

    @Test("is not waited for by a task that is already cancelled")
    func cancelledBefore() async {
        let source = source()
        let outcomes = Recorded<Outcome>()
        issuer.hold()
        let task = call(outcomes) { () async throws(Failure) in try await source.token() }
        task.cancel()
        #expect(await settle { outcomes.count == 1 })
        #expect(outcomes.all == [.failure(.ending)])
        issuer.release()
    }

    @Test("is requested at most once in each backoff step, however many callers there are")
    func backoff() async {
        let source = source()
        let down = Failure(.tokenUnavailable, "down")
        issuer.answer(.failure(down), .failure(down), .failure(down))
        let outcomes = Recorded<Outcome>()
        // With half of full jitter: at 0, 1, 3 and 7 seconds.
        for second in 0..<70 {
            let before = outcomes.count
            for _ in 0..<10 { call(outcomes) { () async throws(Failure) in try await source.token() } }
            #expect(await settle { outcomes.count == before + 10 })
            simulation.advance(by: .milliseconds(100))
            #expect(issuer.asked == (second < 10 ? 1 : second < 30 ? 2 : second < 70 ? 3 : 4))
        }
        #expect(outcomes.all.allSatisfy { $0 == .failure(down) })
        call(outcomes) { () async throws(Failure) in try await source.token() }
        #expect(await settle { outcomes.count == 701 })
        #expect(outcomes.all.last == .success("token-4"))
    }

    @Test("is renewed before it expires, while callers go on using the old one")
    func renewal() async {
        let source = source(life: .seconds(100))
        let outcomes = Recorded<Outcome>()
        call(outcomes) { () async throws(Failure) in try await source.token() }
        #expect(await settle { outcomes.count == 1 })
        simulation.advance(by: .seconds(79))
        call(outcomes) { () async throws(Failure) in try await source.token() }
        #expect(await settle { outcomes.count == 2 })
        #expect(issuer.asked == 1)

        issuer.hold()
        simulation.advance(by: .seconds(1))
        for _ in 0..<5 { call(outcomes) { () async throws(Failure) in try await source.token() } }
        #expect(await settle { outcomes.count == 7 && issuer.asked == 2 })
        #expect(outcomes.all.allSatisfy { $0 == .success("token-1") })
        issuer.release()
        #expect(
            await settle {
                call(outcomes) { () async throws(Failure) in try await source.token() }
                return outcomes.all.last == .success("token-2")
            }
        )
        #expect(issuer.asked == 2)
    }

    @Test(
        "is replaced once a minute for callers that were refused, and for the others once the new one has worked"
    )
    func replacement() async throws {
        let source = source()
        let old = try await source.token()
        simulation.advance(by: .seconds(100))
        let outcomes = Recorded<Outcome>()
        for _ in 0..<100 {
            call(outcomes) { () async throws(Failure) in try await source.replacement(for: old) }
        }
        // A token that was issued this moment is used a second later.
        #expect(await settle { issuer.asked == 2 })
        #expect(
            await settle {
                simulation.advance(by: .milliseconds(100))
                return outcomes.count == 100
            }
        )
        #expect(outcomes.all.allSatisfy { $0 == .success("token-2") })
        #expect(try await source.token().value == Secret("token-1"))

        // It is refused, too: nothing more for a minute, then another.
        let candidate = Token(value: Secret("token-2"), issued: .seconds(100))
        simulation.advance(by: .seconds(30))
        #expect(try await source.replacement(for: candidate) == nil)
        #expect(issuer.asked == 2)
        simulation.advance(by: .seconds(30))
        call(outcomes) { () async throws(Failure) in try await source.replacement(for: candidate) }
        #expect(await settle { issuer.asked == 3 })
        #expect(
            await settle {
                simulation.advance(by: .milliseconds(100))
                return outcomes.count == 101
            }
        )
        #expect(outcomes.all.last == .success("token-3"))

        source.hasProven(Token(value: Secret("token-3"), issued: .zero))
        #expect(try await source.token().value == Secret("token-3"))
    }

    @Test("is counted with its times, and so are fetches that fail")
    func figures() async throws {
        let source = source(life: .seconds(100))
        #expect(
            source.figures
                == TokenFigures(successes: 0, failures: 0, fetched: nil, expires: nil, failure: nil)
        )
        simulation.advance(by: .seconds(5))
        _ = try await source.token()
        #expect(
            source.figures
                == TokenFigures(
                    successes: 1,
                    failures: 0,
                    fetched: .seconds(5),
                    expires: .seconds(105),
                    failure: nil
                )
        )
        issuer.answer(.failure(Failure(.tokenUnavailable, "down")))
        simulation.advance(by: .seconds(200))
        _ = try? await source.token()
        #expect(source.figures.failures == 1 && source.figures.failure?.message == "down")
        #expect(source.figures.successes == 1 && source.figures.fetched == .seconds(5))
        simulation.advance(by: .seconds(60))
        _ = try await source.token()
        #expect(source.figures.successes == 2 && source.figures.failure == nil)
        #expect(source.figures.expires == .seconds(365))
    }

    @Test("has no replacement while its issuer fails, and says why")
    func noReplacement() async throws {
        let source = source()
        let old = try await source.token()
        simulation.advance(by: .seconds(100))
        issuer.answer(.failure(Failure(.tokenUnavailable, "down")))
        let outcomes = Recorded<Outcome>()
        call(outcomes) { () async throws(Failure) in try await source.replacement(for: old) }
        #expect(await settle { outcomes.count == 1 })
        #expect(outcomes.all == [.success(nil)])
        let trouble = source.noSuccessor(refusedSince: .seconds(100))
        #expect(trouble?.failure.message == "down")
        #expect(trouble?.worksElsewhere == false)
        source.hasProven(try await source.token())
        #expect(source.noSuccessor(refusedSince: .seconds(100))?.worksElsewhere == false)
        simulation.advance(by: .seconds(1))
        source.hasProven(try await source.token())
        #expect(source.noSuccessor(refusedSince: .seconds(100))?.worksElsewhere == true)
        #expect(try await source.token().value == Secret("token-1"))
    }

    @Test("in a file is read again from time to time, and stays in use while the file cannot be read")
    func file() async throws {
        let box = FileBox("first\n")
        let source = TokenSource(
            issuer: .file("/token", readFile: { _ in try box.read() }),
            backoff: Backoff(initial: .seconds(2), maximum: .seconds(60)),
            clock: simulation.clock,
            random: { 0.5 }
        )
        #expect(try await source.token().value == Secret("first"))
        box.write("second")
        simulation.advance(by: .seconds(9))
        #expect(try await source.token().value == Secret("first"))
        simulation.advance(by: .seconds(1))
        #expect(try await source.token().value == Secret("second"))
        box.write(nil)
        simulation.advance(by: .seconds(1000))
        #expect(try await source.token().value == Secret("second"))
    }
}

/// A file in memory.
final class FileBox: Sendable {
    private struct Missing: Error {}
    private let content: Mutex<String?>

    init(_ content: String?) { self.content = Mutex(content) }

    func write(_ new: String?) { content.withLock { $0 = new } }

    func read() throws -> String {
        guard let content = content.withLock({ $0 }) else { throw Missing() }
        return content
    }
}
