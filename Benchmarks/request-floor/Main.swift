import Foundation
import KubernetesAPI
import PullerCore
import Synchronization

/// Sends only the requests of the puller's rounds, to measure a lower bound for their cost. It is configured by the
/// same variables as the puller, and sends the same requests with the same limits on what is in flight.
///
///     request-floor bare|floor create|check|replace|remove SECONDS
///     request-floor print
///
/// The users' starts are spread over this many seconds. `bare` uses URLSession alone and decodes nothing; `floor` uses
/// the puller's transport and decodes what a decision needs. The program prints a line when it has a token, and when
/// all is done. Then it waits to be ended, so that its cost can be read. `print` prints what go-floor needs to send the
/// same requests.
@main
struct Main {
    static func main() async {
        let arguments = CommandLine.arguments.dropFirst()
        if Array(arguments) == ["print"] { return await printPlan() }
        guard arguments.count == 3, let kind = arguments.first,
            let work = arguments.dropFirst().first.flatMap(FleetLoop.Work.init),
            let seconds = arguments.last.flatMap({ Double($0) })
        else {
            say(
                "usage: request-floor bare|floor create|check|replace|remove SECONDS, or: request-floor print"
            )
            exit(64)
        }
        do {
            let fleet = try await SimulatedFleet()
            let client: any FloorClient =
                kind == "bare" ? try BareClient(fleet) : TransportClient(fleet)
            let loop = FleetLoop(client: client, schedule: fleet.schedule)
            say("floor: ready")
            try await loop.run(work, for: fleet.users, over: .seconds(seconds))
            say("floor: done")
            try await Task.sleep(for: .seconds(60))
        } catch {
            say("failed: \(error)")
            exit(1)
        }
        _exit(0)
    }

    private static func printPlan() async {
        do {
            say(try await SimulatedFleet().plan)
        } catch {
            say("failed: \(error)")
            exit(1)
        }
        _exit(0)
    }

    private static func say(_ line: String) {
        print(line)
        fflush(nil)
    }
}
