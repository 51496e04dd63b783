import Testing

@testable import PullerCore

@Suite("The stable hash")
struct StableHashTests {
    @Test(
        "gives the published values of FNV-1a",
        arguments: [
            ("", 0xCBF2_9CE4_8422_2325), ("a", 0xAF63_DC4C_8601_EC8C), ("foobar", 0x8594_4171_F739_67E8),
        ] as [(String, UInt64)]
    )
    func vectors(text: String, hash: UInt64) {
        #expect(stableHash(text.utf8) == hash)
    }

    @Test("is written with leading zeros")
    func hexadecimalDigits() {
        #expect(hexadecimal(UInt64(0xA), digits: 16) == "000000000000000a")
        #expect(hexadecimal(UInt64.max, digits: 16) == "ffffffffffffffff")
    }
}
