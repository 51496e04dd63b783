import Testing

@testable import Operations

@Suite("The format of metrics")
struct MetricsFormatTests {
    @Test(
        "is OpenMetrics where the client wants it at least as much as text",
        arguments: [
            "application/openmetrics-text",
            "application/openmetrics-text; version=1.0.0; charset=utf-8",
            "APPLICATION/OpenMetrics-Text;Version=\"1.0.0\"",
            "text/plain, application/openmetrics-text",
            "text/plain;q=0.5, application/openmetrics-text;q=0.5",
            "application/openmetrics-text;q=0.001",
            "text/plain;q=0, */*, application/openmetrics-text;q=0.2",
            // Prometheus 2.42.
            "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
                + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
            // Prometheus 3.
            "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
                + "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
                + "text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
        ]
    )
    func openMetrics(accept: String) {
        #expect(MetricsFormat(accept: accept) == .openMetrics)
    }

    @Test(
        "is text for any other client",
        arguments: [
            nil, "", "*/*", "text/*", "text/plain", "text/html,application/xhtml+xml,*/*;q=0.8", "application/json",
            "application/openmetrics-text;version=0.0.1", "application/openmetrics-text;q=0",
            "application/openmetrics-text;q=0.4, text/plain;q=0.5", "application/openmetrics-text;q=0.4, */*;q=0.5",
            "application/openmetrics-text;q=0.4, text/*", "application/openmetrics-text;q=x",
            "application/openmetrics-text;q=2", "application/openmetrics-text;q=nan", "application/*", ",;=,;;,q=1",
            "application/openmetrics-text-of-another-kind",
        ]
    )
    func prometheus(accept: String?) {
        #expect(MetricsFormat(accept: accept) == .prometheus)
    }
}
