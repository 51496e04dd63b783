import PullerCore
import Testing

@Suite("Durations")
struct DurationTests {
    @Test(
        "are a number of the variable's unit, or written with their units as in Go",
        arguments: [
            ("1", .seconds(3_600)), ("0.5", .seconds(1_800)), ("90s", .seconds(90)), ("15m", .seconds(900)),
            ("1h30m", .seconds(5_400)), ("1.5h", .seconds(5_400)), ("30m1h", .seconds(5_400)),
            ("1h1h", .seconds(7_200)), (".5h", .seconds(1_800)), ("1.h", .seconds(3_600)),
            ("+90s", .seconds(90)), ("1500ms", .milliseconds(1_500)), ("1000000us", .seconds(1)),
            ("1000001µs", .microseconds(1_000_001)), ("1000001\u{3BC}s", .microseconds(1_000_001)),
            ("1000000001ns", .nanoseconds(1_000_000_001)), ("87600h", .seconds(87_600 * 3_600)),
        ] as [(String, Duration)]
    )
    func hours(text: String, duration: Duration) throws {
        #expect(
            try parse(Environments.fleet, ["CACHING_INTERVAL_HOURS": text]).get().schedule.interval
                == duration
        )
        let refresh = try parse(Environments.fleet, ["IMAGE_REFRESH_HOURS": text]).get().schedule.refreshAge
        #expect(refresh == duration)
    }

    @Test("are accepted in both forms by every variable that is a time")
    func everyVariable() throws {
        let names = ConfigurationVariable.all.map(\.name).filter {
            $0.hasSuffix("_HOURS") || $0.hasSuffix("_SECONDS")
        }
        #expect(names.count == 9)
        // One of them needs an image that waits.
        let environment = Environments.fleet.merging(["KIP_IMAGE": "a"]) { $1 }
        for name in names {
            let number = try parse(environment, [name: name.hasSuffix("_HOURS") ? "0.025" : "90"]).get()
            let withUnits = try parse(environment, [name: "1m30s"]).get()
            #expect(number == withUnits, "\(name)")
            #expect(try parse(environment).get() != withUnits, "\(name)")
        }
    }

    @Test("may be as short as a second, or as ten milliseconds for a pause after a failure")
    func floors() throws {
        let shortest = try parse(
            Environments.fleet,
            [
                "CACHING_INTERVAL_HOURS": "1s", "IMAGE_REFRESH_HOURS": "1s", "REQUEST_TIMEOUT_SECONDS": "1",
                "ROLLOUT_TIMEOUT_SECONDS": "1", "EXIT_GRACE_SECONDS": "1", "BACKOFF_INITIAL_SECONDS": "0.01",
                "BACKOFF_MAX_SECONDS": "10ms", "START_SPREAD_SECONDS": "1ns", "ROLLOUT_OVERLAP": "1ns",
            ]
        ).get()
        #expect(shortest.schedule.interval == .seconds(1))
        #expect(shortest.schedule.backoff.initial == .milliseconds(10))
    }

    @Test("no refresh at all is 0, in any unit", arguments: ["0", "0h", "0s", "0.0"])
    func noRefresh(text: String) throws {
        #expect(try parse(Environments.fleet, ["IMAGE_REFRESH_HOURS": text]).get().schedule.refreshAge == nil)
    }

    @Test(
        "are printed as people write them",
        arguments: [("90s", "0.025"), ("20s", "20s"), ("1h1s", "3601s")]
    )
    func printed(text: String, shown: String) throws {
        let lines = try parse(Environments.fleet, ["CACHING_INTERVAL_HOURS": text]).get().summaryLines()
        #expect(lines.contains("CACHING_INTERVAL_HOURS=\(shown)"))
    }

    @Test(
        "choices are read in any case",
        arguments: [
            ("LOG_LEVEL", "INFO", "LOG_LEVEL=info"), ("LOG_LEVEL", "Warn", "LOG_LEVEL=warning"),
            ("LOG_LEVEL", "warn", "LOG_LEVEL=warning"), ("LOG_FORMAT", "JSON", "LOG_FORMAT=json"),
            ("ON_EXIT", "Delete", "ON_EXIT=delete"), ("OIDC_CLIENT_AUTH", "Basic", "OIDC_CLIENT_AUTH=basic"),
            ("ROLLOUT_OVERLAP", "Until-Ready", "ROLLOUT_OVERLAP=until-ready"),
        ]
    )
    func anyCase(name: String, text: String, line: String) throws {
        #expect(try parse(Environments.fleet, [name: text]).get().summaryLines().contains(line))
    }
}
