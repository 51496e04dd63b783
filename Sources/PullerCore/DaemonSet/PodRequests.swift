/// What pods request of their nodes. Kubernetes adds what a RuntimeClass says, which is not known here.
public struct PodRequests: Sendable, Equatable {
    /// Cores.
    public var cpu: Double
    /// Bytes.
    public var memory: Double

    /// No pods.
    public static let none = PodRequests(cpu: 0, memory: 0)

    /// An amount.
    public init(cpu: Double, memory: Double) {
        self.cpu = cpu
        self.memory = memory
    }

    /// What a pod of a DaemonSet requests: as much as all containers together, or as the init container that needs most.
    public init(of daemonSet: DesiredDaemonSet) {
        let spec = daemonSet.manifest()["spec"]["template"]["spec"]
        let together = spec["containers"].elements.reduce(PodRequests.none) { $0 + PodRequests($1) }
        self = spec["initContainers"].elements.reduce(together) { most, container in
            let one = PodRequests(container)
            return PodRequests(cpu: max(most.cpu, one.cpu), memory: max(most.memory, one.memory))
        }
    }

    private init(_ container: JSONValue) {
        let requests = container["resources"]["requests"]
        self.init(cpu: requests["cpu"].amount, memory: requests["memory"].amount)
    }

    /// Both together.
    public static func + (one: PodRequests, other: PodRequests) -> PodRequests {
        PodRequests(cpu: one.cpu + other.cpu, memory: one.memory + other.memory)
    }

    /// So many pods.
    public static func * (one: PodRequests, count: Int) -> PodRequests {
        PodRequests(cpu: one.cpu * Double(count), memory: one.memory * Double(count))
    }

    /// Such as `150m CPU and 30Mi memory`, rounded up.
    public var text: String { "\(cpuText) CPU and \(memoryText) memory" }

    private var cpuText: String { cpu >= 100 ? "\(Self.up(cpu))" : "\(Self.up(cpu * 1000))m" }

    private var memoryText: String {
        let units = [("Ki", 10.0), ("Mi", 20.0), ("Gi", 30.0), ("Ti", 40.0)]
        let sizes = units.map {
            (unit: $0.0, size: (0..<Int($0.1)).reduce(1.0) { product, _ in product * 2 })
        }
        // Up to four digits, as kubectl shows memory.
        let fit = sizes.first { memory < 10_000 * $0.size } ?? sizes[sizes.count - 1]
        return "\(Self.up(memory / fit.size))\(fit.unit)"
    }

    private static func up(_ amount: Double) -> Int {
        // What binary fractions add is not an amount.
        Int(min((amount - 1e-6).rounded(.up), 1e15))
    }
}

extension DesiredDaemonSet {
    /// The containers whose memory limit is below `bytes`, sorted.
    public func containers(limitedBelow bytes: Double) -> [String] {
        manifest()["spec"]["template"]["spec"]["containers"].elements.filter {
            $0["resources"]["limits"]["memory"].amount < bytes
        }.compactMap { container in
            if case .string(let name) = container["name"] { name } else { nil }
        }.sorted()
    }
}

extension JSONValue {
    /// A member of an object; `null` if there is none.
    fileprivate subscript(key: String) -> JSONValue {
        if case .object(let members) = self { members[key] ?? .null } else { .null }
    }

    /// The elements of an array.
    fileprivate var elements: [JSONValue] {
        if case .array(let values) = self { values } else { [] }
    }

    /// The amount of a quantity, in whole units; zero for anything else.
    fileprivate var amount: Double {
        guard case .string(let text) = self, let quantity = Quantity.parse(text) else { return 0 }
        return Double(quantity.nanos) / 1e9
    }
}
