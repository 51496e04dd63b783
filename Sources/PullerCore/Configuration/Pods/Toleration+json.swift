extension Toleration {
    /// As `TOLERATIONS` has it, and a pod.
    var json: JSONValue {
        var members: [String: JSONValue] = [:]
        members["key"] = key.map(JSONValue.string)
        members["operator"] = comparison.map { .string($0.rawValue) }
        members["value"] = value.map(JSONValue.string)
        members["effect"] = effect.map { .string($0.rawValue) }
        members["tolerationSeconds"] = seconds.map(JSONValue.int)
        return .object(members)
    }
}
