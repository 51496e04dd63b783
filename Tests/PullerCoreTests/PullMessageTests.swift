import Testing

@testable import PullerCore

@Suite("What a kubelet says of a pull")
struct PullMessageTests {
    @Test(
        "is read as each version of Kubernetes writes it",
        arguments: [
            // 1.20 to 1.26
            (#"Successfully pulled image "nginx:1.25" in 3.127540321s"#, "nginx:1.25", 3_127_540_321, nil),
            (
                #"Successfully pulled image "quay.io/a/b@sha256:0a" in 853.104ms"#, "quay.io/a/b@sha256:0a",
                853_104_000, nil
            ),
            (#"Successfully pulled image "x" in 1m21.284220239s"#, "x", 81_284_220_239, nil),
            // 1.27 to 1.29
            (
                #"Successfully pulled image "x:1" in 1.234s (2m3.5s including waiting)"#, "x:1",
                1_234_000_000, nil
            ),
            // Newer ones.
            (
                #"Successfully pulled image "g1g1/py-kube" in 15.981s (15.981s including waiting). Image size: 129338587 bytes."#,
                "g1g1/py-kube", 15_981_000_000, 129_338_587
            ),
            (
                #"Successfully pulled image "x" in 0s (0s including waiting). Image size: 0 bytes."#, "x", 0,
                nil
            ),
            (
                #"Successfully pulled image "x" in 1h0m0.5s (1h0m1s including waiting)"#, "x",
                3_600_500_000_000, nil
            ),
            // The longest that is believed.
            (#"Successfully pulled image "x" in 24h0m0s"#, "x", 86_400_000_000_000, nil),
        ] as [(String, String, Int, Int?)]
    )
    func versions(message: String, image: String, nanoseconds: Int, bytes: Int?) throws {
        let pull = try #require(PullMessage(message))
        #expect(pull.image == image)
        #expect(pull.time == .nanoseconds(nanoseconds))
        #expect(pull.bytes == bytes)
    }

    @Test(
        "is nothing where it does not say how long a pull took",
        arguments: [
            // Before 1.20.
            #"Successfully pulled image "nginx:1.25""#,
            #"Container image "nginx:1.25" already present on machine"#,
            #"Container image "nginx:1.25" already present on machine and can be accessed by the pod"#,
            #"Container image ""nginx:1.25"" already present on machine"#,
            #"(combined from similar events): Successfully pulled image "x" in 1s"#,
            #"Failed to pull image "x" in 1s"#, "",
        ]
    )
    func without(message: String) { #expect(PullMessage(message) == nil) }

    @Test(
        "is not believed when a kubelet would not say it",
        arguments: [
            #"Successfully pulled image "x" in "#, #"Successfully pulled image "x" in 5"#,
            #"Successfully pulled image "x" in -5s"#, #"Successfully pulled image "x" in +5s"#,
            #"Successfully pulled image "x" in 1s and more"#, #"Successfully pulled image "x" in 25h"#,
            #"Successfully pulled image "x" in 99999999999999999999h"#,
            #"Successfully pulled image "x" in NaNs"#,
            #"Successfully pulled image "x" in 1s (2 including waiting)"#,
            #"Successfully pulled image "x" in 1s (2s including waiting). Image size: 1e9 bytes."#,
            #"Successfully pulled image "x" in 1s (2s including waiting). Image size: -1 bytes."#,
            #"Successfully pulled image "x" in 1s (2s including waiting). Image size: 99999999999999999999 bytes."#,
            #"Successfully pulled image "x" in 1s (2s including waiting). Image size: 1 bytes. More"#,
            #"Successfully pulled image "" in 1s"#, #"Successfully pulled image "a b" in 1s"#,
            #"Successfully pulled image "a"b" in 1s"#, "Successfully pulled image \"a\nb\" in 1s",
            #"Successfully pulled image "a\u00e4" in 1s"#, "Successfully pulled image \"ä\" in 1s",
            "Successfully pulled image \"x\" in " + String(repeating: "0", count: 40) + "1s",
            "Successfully pulled image \"" + String(repeating: "x", count: 3000) + "\" in 1s",
        ]
    )
    func hostile(message: String) { #expect(PullMessage(message) == nil) }
}
