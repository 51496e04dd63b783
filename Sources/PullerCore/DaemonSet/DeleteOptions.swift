/// The body of a request that deletes an object.
///
/// Background propagation: the object is gone at once, and its pods end afterwards.
///
/// - Parameters:
///   - uid: Precondition: only the object with this uid is deleted; another one answers 409.
///   - resourceVersion: When given, a second precondition: the object is deleted only as it was at this version.
public func deleteOptionsBody(uid: String, resourceVersion: String? = nil) -> [UInt8] {
    var preconditions: [String: JSONValue] = ["uid": .string(uid)]
    preconditions["resourceVersion"] = resourceVersion.map { .string($0) }
    let options: [String: JSONValue] = [
        "apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background",
        "preconditions": .object(preconditions),
    ]
    return JSONValue.object(options).compactJSON()
}
