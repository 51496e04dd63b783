import SocketHTTP
import Testing

@testable import Operations

@Suite("The status port")
struct StatusRoutesTests {
    private let routes = StatusRoutes(
        livez: {
            [
                HealthCheck(name: "ping", isOK: true),
                HealthCheck(name: "timers", isOK: true),
            ]
        },
        readyz: {
            [
                HealthCheck(name: "ping", isOK: true),
                HealthCheck(name: "token", isOK: false),
            ]
        },
        metrics: { (contentType: $0 ?? "text/plain", body: Array("figures".utf8)) }
    )

    @Test("answers a probe with ok alone, and with a line for each check when that is asked for")
    func healthy() {
        #expect(routes.answer(.get("/livez")).bodyText == "ok")
        let verbose = routes.answer(.get("/livez?verbose"))
        #expect(verbose.status == 200)
        #expect(verbose.bodyText == "[+]ping ok\n[+]timers ok\nlivez check passed\n")
        #expect(routes.answer(.get("/livez?verbose=1")).bodyText == verbose.bodyText)
    }

    @Test("answers 500 when a check fails, and says which, but not why")
    func unhealthy() {
        let answer = routes.answer(.get("/readyz"))
        #expect(answer.status == 500)
        #expect(answer.bodyText == "[+]ping ok\n[-]token failed: reason withheld\nreadyz check failed\n")
    }

    @Test("leaves a check out that is excluded")
    func excluded() {
        let answer = routes.answer(.get("/readyz?exclude=token&verbose"))
        #expect(answer.status == 200)
        #expect(answer.bodyText == "[+]ping ok\n[+]token excluded: ok\nreadyz check passed\n")
        #expect(routes.answer(.get("/readyz?exclude=ping")).status == 500)
    }

    @Test("gives the metrics in a format that the client accepts")
    func metrics() {
        let answer = routes.answer(.get("/metrics", [("Accept", "application/openmetrics-text")]))
        #expect(answer.headers["content-type"] == "application/openmetrics-text")
        #expect(answer.bodyText == "figures")
    }

    @Test("has nothing else, under whatever name of the host, and only to be read")
    func nothingElse() {
        for path in ["/", "/api/v1/summary", "/livez/", "/healthz", "/metrics/x", "/debug/pprof", "*"] {
            #expect(routes.answer(.get(path)).status == 404, "\(path)")
        }
        #expect(routes.answer(.get("/livez", host: "10.1.2.3:8080")).status == 200)
        let answer = routes.answer(HTTPRequest(method: "POST", target: "/metrics"))
        #expect(answer.status == 405)
        #expect(answer.headers["allow"] == "GET, HEAD")
    }
}
