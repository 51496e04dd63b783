import Foundation
import KubernetesAPI
import PullerCore
import Synchronization

/// The requests of the puller's rounds and nothing else: what they cost at least. It is configured as the puller is,
/// by the same variables, and sends the same requests with the same bounds on what is in flight.
///
///     request-floor bare|floor create|check|replace|remove SECONDS
///
/// The beginnings of the rounds are spread over so many seconds.
/// `bare` is URLSession alone, and nothing is decoded. `floor` sends by the puller's own transport and decodes what a
/// decision needs. It says when it has a token, and when all is done; then it waits for its end, so that its cost can
/// be read off.
@main
struct Main {
    static func main() async {
        let arguments = CommandLine.arguments.dropFirst()
        guard arguments.count == 3, let kind = arguments.first,
            let work = arguments.dropFirst().first.flatMap(FleetLoop.Work.init),
            let seconds = arguments.last.flatMap({ Double($0) })
        else {
            say("usage: request-floor bare|floor create|check|replace|remove SECONDS")
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

    private static func say(_ line: String) {
        print(line)
        fflush(nil)
    }
}
