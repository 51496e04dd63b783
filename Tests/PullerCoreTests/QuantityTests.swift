import PullerCore
import Testing

@Suite("Quantity")
struct QuantityTests {
    @Test(
        "every notation of Kubernetes has its exact amount",
        arguments: [
            ("0", 0), ("1", 1_000_000_000), ("+1", 1_000_000_000), ("007", 7_000_000_000),
            ("1.", 1_000_000_000),
            (".05", 50_000_000), ("0.05", 50_000_000), ("50m", 50_000_000), ("1n", 1), ("1u", 1_000),
            ("1.5k", 1_500_000_000_000), ("1M", 1_000_000_000_000_000), ("1e3", 1_000_000_000_000),
            ("1E3", 1_000_000_000_000), ("1e+3", 1_000_000_000_000), ("1e-3", 1_000_000),
            ("1E", 1_000_000_000_000_000_000_000_000_000), ("1Ki", 1_024_000_000_000),
            ("1.5Gi", 1_610_612_736_000_000_000), ("0.5Ei", 576_460_752_303_423_488_000_000_000),
            // Below a billionth it is rounded up, as Kubernetes does.
            ("0.1n", 1), ("1.0000000001", 1_000_000_001), ("1e-99", 1), ("0e-99", 0), ("0E", 0),
            ("9223372036854775807", 9_223_372_036_854_775_807_000_000_000),
            ("1.123456789012345678Ti", 1_235_253_802_822_962_387_778),
            // And beyond 2^63-1 it is capped.
            ("12E", 9_223_372_036_854_775_807_000_000_000),
            ("1e999", 9_223_372_036_854_775_807_000_000_000),
        ] as [(String, UInt128)]
    )
    func amount(text: String, nanos: UInt128) {
        #expect(Quantity.parse(text)?.nanos == nanos)
        #expect(Quantity.parse(text)?.text == text)
    }

    @Test(
        "equal amounts compare as equal in any notation",
        arguments: [
            ("1Gi", "1024Mi"), ("1", "1000m"), ("0.1", "100m"), ("1e3", "1k"), ("12E", "12e18"),
            ("0.3", "300m"),
        ]
    )
    func equal(left: String, right: String) throws {
        let left = try #require(Quantity.parse(left))
        let right = try #require(Quantity.parse(right))
        #expect(left.nanos == right.nanos)
    }

    @Test(
        "what is no quantity is refused",
        arguments: [
            "", ".", "-1", "--1", "+-1", "Mi", "1mi", "1KI", "1K", "1ki", "1 Mi", " 1", "1 ", "1MiB", "1B",
            "1.2.3", "1,5", "1e", "1e3.5", "1e3Mi", "1ee3", "1e+-3", "0x10", "inf", "nan", "١", "1\n",
            "1e1000", "1e99999999999999999999",
            "99999999999999999999999999999999999999999999",
        ]
    )
    func invalid(text: String) {
        #expect(Quantity.parse(text) == nil)
    }
}
