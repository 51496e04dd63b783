import Foundation
import TestSupport
import Testing

@testable import PullerCore

@Suite("A DaemonSet that is read without a decoder")
struct PlainDaemonSetTests {
    /// All that is read, and some of what is not, in the spelling of an API server.
    private static let whole = """
        {"kind":"DaemonSet","apiVersion":"apps/v1","metadata":{"name":"puller","namespace":"n","uid":"u-1",
        "resourceVersion":"42","generation":2,"creationTimestamp":"2026-11-22T21:29:00Z","deletionTimestamp":null,
        "finalizers":["foregroundDeletion","b","c","d","e","f","g","h","the ninth"],
        "labels":{"a":"b","kubernetes-image-puller/installation":"team-a","app.kubernetes.io/name":null},
        "annotations":{"c":"{\\"d\\":\\"\\\\n\\"}\\n","kubernetes-image-puller/spec-hash":"0a"},
        "managedFields":[{"manager":"x","fieldsV1":{"f:spec":{".":{},"f:a":[true,false,-0.5e+3,1E9]}}}]},
        "spec":{"selector":{"matchLabels":{"e":"f","test":"daemonset-test"}},"template":{"metadata":null,
        "spec":{"volumes":[{"name":"a","image":{"reference":"r"}},{"name":"b"},{"image":null}]}}},
        "status":{"currentNumberScheduled":5,"numberMisscheduled":2,"desiredNumberScheduled":6,"numberReady":4,
        "observedGeneration":1}}
        """

    private struct Event: Decodable {
        var type: String
        var object: ObservedDaemonSet
    }

    private func decoded(_ json: [UInt8]) -> ObservedDaemonSet? {
        try? JSONDecoder().decode(ObservedDaemonSet.self, from: Data(json))
    }

    @Test("is the one that a decoder makes of it")
    func whole() throws {
        let json = Array(Self.whole.utf8)
        let plain = try #require(ObservedDaemonSet.plain(json))
        #expect(plain == decoded(json))
        #expect(plain.finalizers.count == ObservedDaemonSet.mostFinalizers)
        #expect(plain.imageVolumes == 1)
        let event = try #require(
            ObservedDaemonSet.plainEvent(Array("{\"type\":\"ADDED\",\"object\":\(Self.whole)} \r\n".utf8))
        )
        #expect(event.type == "ADDED")
        #expect(event.object == plain)
    }

    @Test(
        "is left to the decoder when it is not as API servers write it",
        arguments: [
            // The first of two, or an error: that is not decided twice.
            ("\"generation\":2", "\"generation\":2,\"generation\":3"),
            ("\"generation\":2", "\"generation\":2.0"),
            ("\"generation\":2", "\"generation\":02"), ("\"generation\":2", "\"generation\":2e0"),
            ("\"generation\":2", "\"generation\":-2"),
            ("\"generation\":2", "\"generation\":9999999999999999999"),
            ("\"numberReady\":4", "\"numberReady\":2147483648"),
            ("\"numberReady\":4", "\"numberReady\":\"4\""),
            ("\"kind\":\"DaemonSet\"", "\"kind\":\"Pod\""), ("\"kind\":\"DaemonSet\"", "\"kind\":null"),
            ("\"name\":\"puller\"", "\"name\":\"p\\u0075ller\""),
            ("\"name\":\"puller\"", "\"nam\\u0065\":\"puller\""),
            ("\"name\":\"puller\"", "\"name\":\"püller\""), ("\"uid\":\"u-1\"", "\"uid\":\"\""),
            ("\"uid\":\"u-1\"", "\"uid\":\"\(String(repeating: "u", count: 257))\""),
            ("\"labels\":{", "\"labels\":[{"), ("true,false", "true,False"), ("-0.5e+3", "-00.5"),
            ("-0.5e+3", "1."),
            ("[true", "\(String(repeating: "[", count: 40))true"), ("{\"name\":\"b\"}", "7"),
            ("\"c\":\"{", "\"c\":\"\\q{"),
            ("\"observedGeneration\":1}}", "\"observedGeneration\":1}}}"),
            ("\"observedGeneration\":1}}", "\"observedGeneration\":1},}"),
            ("\"observedGeneration\":1}}", "\"observedGeneration\":1"),
        ]
    )
    func left(of: String, replacement: String) {
        let json = Self.whole.replacing(of, with: replacement, maxReplacements: 1)
        #expect(json != Self.whole)
        #expect(ObservedDaemonSet.plain(Array(json.utf8)) == nil)
    }

    @Test("is never another one than a decoder makes of it, whatever bytes are changed")
    func mutations() {
        var generator = RandomNumbers(seed: 14)
        let marks = Array("{}[]\",:\\0123456789-+.eEtfn \n\u{0}\u{1F}ü".utf8)
        var both = 0
        for _ in 0..<3_000 {
            var json = Array(Self.whole.utf8)
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let place = Int.random(in: 0..<json.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: json[place] = marks.randomElement(using: &generator) ?? 0
                case 1: json.insert(marks.randomElement(using: &generator) ?? 0, at: place)
                case 2: json.remove(at: place)
                default:
                    let end = min(place + Int.random(in: 1...40, using: &generator), json.count)
                    json.insert(contentsOf: json[place..<end], at: place)
                }
            }
            guard let plain = ObservedDaemonSet.plain(json) else { continue }
            both += 1
            #expect(plain == decoded(json), "\(String(decoding: json, as: UTF8.self))")
        }
        #expect(both > 300)
    }
}

private struct RandomNumbers: RandomNumberGenerator {
    private let number: () -> Double

    init(seed: UInt64) { number = seededRandom(seed) }

    mutating func next() -> UInt64 {
        UInt64(number() * 0x1p32) << 32 | UInt64(number() * 0x1p32)
    }
}
