import Foundation
import MockFleetControl

/// The course of the demo: everything is rolled out, one cluster fails and recovers on the way.
struct Demo {
    /// Whether a table is drawn until the demo is told to end; else lines are printed until a cluster has failed and recovered.
    let isInteractive: Bool

    private static let clusters = [
        "amsterdam", "bogota", "cairo", "delhi", "eldoret", "fukuoka", "geneva", "helsinki", "istanbul",
        "jakarta",
        "krakow", "lima",
    ]
    /// Without a terminal: how long the story may take.
    private static let limitSeconds = 120.0

    /// - Returns: Whether it went well: it was told to end, or every cluster was ready after one had failed and recovered.
    func run() async throws -> Bool {
        let (happenings, feed) = AsyncStream.makeStream(of: Happening.self)
        let interrupts = Interrupts { feed.yield(.interrupted) }
        defer { withExtendedLifetime(interrupts) {} }
        let users = FileManager.default.temporaryDirectory
            .appendingPathComponent("fleet-demo-\(ProcessInfo.processInfo.processIdentifier).users")
        try Self.clusters.joined(separator: "\n").write(to: users, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: users) }

        let mock = try ChildProcess(
            "mock-fleet",
            ["--user-file", users.path, "--nodes", "6", "--pull-ms", "1000", "--pull-spread-ms", "6000"]
                + [MockFleetControl.endsWithInput]
        )
        var mockLines = mock.lines.makeAsyncIterator()
        guard let line = await mockLines.next(),
            let control = try? MockFleetControl(readyLine: line)
        else {
            await mock.end()
            throw ChildProcess.Problem(description: "the mock fleet did not start")
        }
        guard let port = freePort(preferring: 8081) else {
            await mock.end()
            throw ChildProcess.Problem(description: "no port is free for the status page")
        }
        let page = "http://127.0.0.1:\(port)/"
        print("Status page: \(page)")
        fflush(nil)
        let puller = try ChildProcess(
            "kubernetes-image-puller",
            environment: Self.environment(control, consolePort: port)
        )
        let isComplete = await tell(happenings, feed, puller: puller, control: control, page: page)
        await puller.end()
        await mock.end()
        return isComplete
    }

    /// What a user sets in a Deployment; only the times are shorter.
    private static func environment(_ mock: MockFleetControl, consolePort: UInt16) -> [String: String] {
        [
            "IMAGES": "java=quay.io/eclipse/che-java11-maven:nightly;theia=eclipse/che-theia:7.0.0",
            "IMPERSONATE_USERS": clusters.joined(separator: ","),
            "OPENSHIFT_PROXY_URL": mock.proxyURL,
            "OIDC_PROVIDER": mock.providerURL,
            "SERVICE_ACCOUNT_ID": "rh-che",
            "SERVICE_ACCOUNT_SECRET": "mock-secret",
            "CACHING_INTERVAL_HOURS": "0.002",
            "BACKOFF_MAX_SECONDS": "4",
            "START_SPREAD_SECONDS": "3",
            "LOG_FORMAT": "json",
            "LOG_LEVEL": "debug",
            // Nothing probes the demo.
            "STATUS_PORT": "0",
            "CONSOLE_PORT": "\(consolePort)",
        ]
    }

    private enum Happening: Sendable {
        case logged(LogEvent)
        case tick
        case interrupted
        case pullerEnded(Int32?)
    }

    /// Follows the puller's log and lets clusters fail and recover, until the end.
    private func tell(
        _ happenings: AsyncStream<Happening>,
        _ feed: AsyncStream<Happening>.Continuation,
        puller: ChildProcess,
        control: MockFleetControl,
        page: String
    ) async -> Bool {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for await line in puller.lines {
                    guard let event = try? JSONDecoder().decode(LogEvent.self, from: Data(line.utf8)) else {
                        continue
                    }
                    feed.yield(.logged(event))
                }
                // Its output ends a moment before it does.
                try? await Task.sleep(for: .milliseconds(100))
                feed.yield(.pullerEnded(puller.exitCode))
            }
            group.addTask {
                while (try? await Task.sleep(for: .milliseconds(250))) != nil { feed.yield(.tick) }
            }
            let isComplete = await follow(happenings, control, page)
            group.cancelAll()
            return isComplete
        }
    }

    private func follow(
        _ happenings: AsyncStream<Happening>,
        _ control: MockFleetControl,
        _ page: String
    ) async -> Bool {
        let clock = ContinuousClock()
        let start = clock.now
        var view = FleetView(clusters: Self.clusters)
        var story = Story(clusters: Self.clusters)
        var screen = Screen()
        // Nothing is drawn before the puller has said something: what keeps it from starting can be read.
        var hasBegun = false
        defer { screen.leave() }
        for await happening in happenings {
            let now = start.duration(to: clock.now) / .seconds(1)
            switch happening {
            case .logged(let event):
                hasBegun = true
                view.see(event, at: now)
                if !isInteractive, event.event != "progress" { printLine(event, view, at: now) }
            case .tick:
                break
            case .interrupted:
                screen.leave()
                if isInteractive { printEnd(view, at: now) }
                return isInteractive || view.readyCount == view.rows.count
            case .pullerEnded(let code):
                screen.leave()
                let how = code.map { " with exit code \($0)" } ?? ""
                print("The puller has ended by itself\(how).")
                return false
            }
            do {
                switch story.next(view, at: now) {
                case .fail(let cluster): try await control.fail(cluster)
                case .heal(let cluster): try await control.heal(cluster)
                case nil: break
                }
            } catch {
                screen.leave()
                print("The simulated fleet does not obey: \(error)")
                return false
            }
            if isInteractive {
                guard let size = Screen.size else { return true }
                if hasBegun {
                    screen.show(Table.draw(view, at: now, size: size, hint: " \(page)  Ctrl-C ends."))
                }
            } else if view.readyCount == view.rows.count, let cluster = view.recovered.first {
                print(
                    "\(view.readyCount) of \(view.rows.count) clusters are ready; \(cluster) failed and recovered."
                )
                return true
            } else if now > Self.limitSeconds {
                print(
                    "Only \(view.readyCount) of \(view.rows.count) clusters are ready after \(Int(now)) s: the demo has failed."
                )
                return false
            }
        }
        return false
    }

    private func printLine(_ event: LogEvent, _ view: FleetView, at now: Double) {
        let time = "\((now * 10).rounded() / 10) s"
        let subject = event.user ?? "puller"
        let reason = event.reason.map { "\($0): " } ?? ""
        print(
            "[\(time), \(view.readyCount)/\(view.rows.count) ready] \(subject) \(event.event): \(reason)\(event.message)"
        )
        fflush(nil)
    }

    /// Leaves the last picture behind, however long it is.
    private func printEnd(_ view: FleetView, at now: Double) {
        let size = Screen.Size(columns: Screen.size?.columns ?? 80, rows: .max)
        for line in Table.draw(view, at: now, size: size, hint: "") { print(line.rendered) }
        print("\nEnding the puller and the simulated fleet.")
        fflush(nil)
    }
}
