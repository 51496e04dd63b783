import Foundation
import KubernetesAPI
import PullerCore
import Synchronization

/// The requests of the puller's rounds and nothing else: what they cost at least. It is configured as the puller is,
/// by the same variables, and sends the same requests with the same bounds on what is in flight.
///
///     request-floor bare|floor create|check|replace|remove ROUNDS SECONDS
///
/// The beginnings of a round are spread over so many seconds.
/// `bare` is URLSession alone, and nothing is decoded. `floor` sends by the puller's own transport and decodes what a
/// decision needs. Each finished round is a line; a pause follows, in which the rounds' cost can be read off.
@main
struct Main {
    private static let pause = Duration.milliseconds(200)

    static func main() async {
        let arguments = CommandLine.arguments.dropFirst()
        guard arguments.count == 4, let kind = arguments.first,
            let work = arguments.dropFirst().first.flatMap(FleetLoop.Work.init),
            let rounds = arguments.dropFirst(2).first.flatMap({ Int($0) }),
            let seconds = arguments.last.flatMap({ Double($0) })
        else {
            say("usage: request-floor bare|floor create|check|replace|remove ROUNDS SECONDS")
            exit(64)
        }
        do {
            let fleet = try await SimulatedFleet()
            let client: any FloorClient =
                kind == "bare" ? try BareClient(fleet) : TransportClient(fleet)
            let loop = FleetLoop(client: client, schedule: fleet.schedule)
            for _ in 0..<rounds {
                try await loop.run(work, for: fleet.users, over: .seconds(seconds))
                say("round")
                try await Task.sleep(for: pause)
            }
            say("done")
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
