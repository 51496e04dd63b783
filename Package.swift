// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target treats warnings as errors; `swiftLanguageModes` below sets the language mode of all.
let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

let package = Package(
    name: "kubernetes-image-puller",
    products: [
        .executable(name: "kubernetes-image-puller", targets: ["kubernetes-image-puller"]),
        .executable(name: "mock-fleet", targets: ["mock-fleet"]),
        .executable(name: "fleet-demo", targets: ["fleet-demo"]),
        // For one test, which preloads it into the puller's process.
        .library(name: "ShiftedClock", type: .dynamic, targets: ["ShiftedClock"]),
    ],
    targets: [
        // The puller. Dependencies point from the executable down to the pure core, never up.
        .target(name: "PullerCore", swiftSettings: strict),
        .target(name: "Timing", swiftSettings: strict),
        .target(
            name: "CURLTrust",
            linkerSettings: [
                // The executable has to export these functions to FoundationNetworking; the target's files say why.
                .unsafeFlags(
                    [
                        "curl_easy_init", "curl_easy_setopt", "curl_easy_cleanup", "curl_multi_info_read",
                        "curl_multi_setopt", "curl_multi_assign", "curl_multi_socket_action",
                        "curl_multi_cleanup", "curl_url", "curl_url_cleanup", "curl_free",
                    ].flatMap { ["-Xlinker", "--export-dynamic-symbol=\($0)"] }
                )
            ]
        ),
        .systemLibrary(name: "CLinuxMemory"),
        .target(name: "CEarlySignals"),
        .target(
            name: "KubernetesAPI",
            dependencies: ["PullerCore", "Timing", "CURLTrust"],
            swiftSettings: strict
        ),
        .target(
            name: "WorkerPool",
            dependencies: ["KubernetesAPI", "PullerCore", "Timing"],
            swiftSettings: strict
        ),
        .target(
            name: "Operations",
            dependencies: ["WorkerPool", "KubernetesAPI", "PullerCore", "SocketHTTP", "Timing"],
            // scripts/embed-page makes it a part of the program.
            exclude: ["Page/page.html"],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "kubernetes-image-puller",
            dependencies: [
                "CEarlySignals", "CLinuxMemory", "Operations", "WorkerPool", "KubernetesAPI", "PullerCore",
                "Timing",
            ],
            swiftSettings: strict
        ),

        // A simulated fleet. It shares no code with the puller, so that the same mistake cannot hide in both.
        .systemLibrary(name: "CLinuxEvents"),
        .target(name: "SocketHTTP", dependencies: ["CLinuxEvents"], swiftSettings: strict),
        .target(name: "MockFleet", dependencies: ["SocketHTTP"], swiftSettings: strict),
        .executableTarget(name: "mock-fleet", dependencies: ["MockFleet"], swiftSettings: strict),
        // For the programs and tests that run it.
        .target(name: "MockFleetControl", swiftSettings: strict),
        .systemLibrary(name: "CLinuxProcess"),
        .executableTarget(
            name: "fleet-demo",
            dependencies: ["CLinuxProcess", "MockFleetControl"],
            swiftSettings: strict
        ),

        // The lower bound for the cost of a round of requests, and the program that compares the puller with it:
        // `make bench`.
        .executableTarget(
            name: "request-floor",
            dependencies: ["KubernetesAPI", "PullerCore", "Timing"],
            path: "Benchmarks/request-floor",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "fleet-benchmark",
            dependencies: ["MockFleetControl"],
            path: "Benchmarks/fleet-benchmark",
            swiftSettings: strict
        ),

        .target(
            name: "TestSupport",
            dependencies: [
                "CLinuxProcess", "WorkerPool", "KubernetesAPI", "PullerCore", "SocketHTTP", "Timing",
            ],
            path: "Tests/TestSupport",
            swiftSettings: strict
        ),
        .target(
            name: "SilentNames",
            path: "Tests/SilentNames",
            linkerSettings: [.unsafeFlags(["-Xlinker", "--export-dynamic-symbol=getaddrinfo"])]
        ),
        .testTarget(
            name: "PullerCoreTests",
            dependencies: ["PullerCore", "TestSupport"],
            exclude: ["Manifests"],
            swiftSettings: strict
        ),
        .testTarget(name: "TimingTests", dependencies: ["Timing", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "SocketHTTPTests", dependencies: ["SocketHTTP"], swiftSettings: strict),
        .testTarget(name: "MockFleetTests", dependencies: ["MockFleet"], swiftSettings: strict),
        .testTarget(
            name: "KubernetesAPITests",
            dependencies: [
                "KubernetesAPI", "MockFleet", "SilentNames", "SocketHTTP", "TestSupport", "Timing",
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "WorkerPoolTests",
            // The board is tested with the pool that it is about.
            dependencies: ["WorkerPool", "Operations", "MockFleet", "TestSupport", "Timing"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "OperationsTests",
            dependencies: ["Operations", "SocketHTTP", "TestSupport", "Timing"],
            swiftSettings: strict
        ),
        .testTarget(name: "FleetDemoTests", dependencies: ["fleet-demo"], swiftSettings: strict),
        .testTarget(name: "BenchmarkTests", dependencies: ["fleet-benchmark"], swiftSettings: strict),
        .target(name: "ShiftedClock", path: "Tests/ShiftedClock"),
        // The real executables as processes, with the mock fleet and with real API servers.
        .testTarget(
            name: "ProcessTests",
            dependencies: [
                "kubernetes-image-puller", "mock-fleet", "fleet-demo", "KubernetesAPI", "MockFleetControl",
                "SocketHTTP", "TestSupport",
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "RealClusterTests",
            dependencies: [
                "kubernetes-image-puller", "KubernetesAPI", "WorkerPool", "TestSupport", "Timing",
            ],
            swiftSettings: strict
        ),
    ],
    swiftLanguageModes: [.v6]
)
