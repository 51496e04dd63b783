import Foundation
import MockFleet

/// The command line.
struct Options {
    var settings: FleetSettings
    var host = "127.0.0.1"
    var port: UInt16 = 0
    var controlPort: UInt16 = 0
    var exitsWithStandardInput = false

    static let usage = """
        Usage: mock-fleet [options]

          --port N              proxy and token service; 0 (default) for a free port
          --control-port N      control endpoints; 0 (default) for a free port
          --host ADDRESS        where both listen (127.0.0.1)
          --users N             user-1 to user-N, each with a cluster (3)
          --user-file PATH      the users' names instead, one a line; # begins a comment
          --nodes N             nodes of each cluster (3)
          --pull-ms N           shortest time of a pull (300)
          --pull-spread-ms N    added evenly between 0 and this (200)
          --observe-ms N        how long the DaemonSet controller takes to notice a change (20)
          --seed N              of everything random (1)
          --profile KIND        token service: fabric8 (default) or oidc
          --client-id ID        the account that may impersonate (rh-che)
          --client-secret TEXT  its secret (mock-secret)
          --namespace NAME      the namespace that exists (k8s-image-puller)
          --start-seconds N     the fleet's wall clock at its start, since 1970 (now)
          --exit-with-stdin     end when standard input does
          --help                this text

        When ready it prints one line of JSON: port, controlPort, proxyURL, providerURL, pathURL, controlURL,
        users. SIGTERM and SIGINT end it.


        """ + Fleet.controlHelp

    /// Reads the arguments; `nil` when they are not understood.
    init?(_ arguments: [String]) {
        settings = FleetSettings(userCount: 3)
        settings.startSeconds = Int(Date().timeIntervalSince1970)
        var rest = arguments[...]
        while let name = rest.popFirst() {
            if name == "--exit-with-stdin" {
                exitsWithStandardInput = true
                continue
            }
            guard let value = rest.popFirst(), take(name, value) else { return nil }
        }
    }

    private mutating func take(_ name: String, _ value: String) -> Bool {
        switch name {
        case "--host": host = value
        case "--port": return set(&port, UInt16(value))
        case "--control-port": return set(&controlPort, UInt16(value))
        case "--users": return set(&settings.users, count(value).map { FleetSettings(userCount: $0).users })
        case "--user-file": return set(&settings.users, Self.users(file: value))
        case "--nodes": return set(&settings.nodes, count(value))
        case "--pull-ms": return set(&settings.pull, count(value).map { .milliseconds($0) })
        case "--pull-spread-ms": return set(&settings.pullSpread, count(value).map { .milliseconds($0) })
        case "--observe-ms":
            return set(&settings.observeDelay, count(value).map { .milliseconds($0) })
        case "--seed": return set(&settings.seed, UInt64(value))
        case "--profile": return set(&settings.profile, FleetSettings.Profile(rawValue: value))
        case "--client-id": settings.clientID = value
        case "--client-secret": settings.clientSecret = value
        case "--namespace": settings.namespace = value
        case "--start-seconds": return set(&settings.startSeconds, count(value))
        default: return false
        }
        return true
    }

    private func set<Value>(_ option: inout Value, _ value: Value?) -> Bool {
        guard let value else { return false }
        option = value
        return true
    }

    private func count(_ text: String) -> Int? {
        Int(text).flatMap { $0 >= 0 ? $0 : nil }
    }

    private static func users(file: String) -> [String]? {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else { return nil }
        return text.split(whereSeparator: \.isNewline)
            .map { $0.prefix { $0 != "#" }.trimmingCharacters(in: .whitespaces) }
            .filter { !$0.isEmpty }
    }
}
