import PullerCore

extension Configuration {
    /// A valid configuration: two images, one of them with a moving tag, and the defaults for the rest.
    public static func sample(_ changes: [String: String] = [:]) throws -> Configuration {
        let environment = [
            "MULTICLUSTER": "false",
            "KUBERNETES_API_URL": "http://127.0.0.1:8001",
            "IMAGES": "java=quay.io/eclipse/che-java11-maven:nightly;theia=eclipse/che-theia:7.0.0",
        ]
        return try Configuration.parse(
            environment: environment.merging(changes) { $1 },
            readFile: { _ in "" }
        ).get()
    }
}
