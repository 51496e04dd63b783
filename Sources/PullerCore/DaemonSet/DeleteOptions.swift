/// The body of a request that deletes an object.
///
/// Background propagation: the object is removed immediately, and its pods are deleted afterwards.
///
/// - Parameters:
///   - uid: Precondition: only the object with this uid is deleted; for any other, the server answers 409.
///   - resourceVersion: If given, a second precondition: the object is deleted only if it still has this
///     version.
public func deleteOptionsBody(uid: String, resourceVersion: String? = nil) -> [UInt8] {
    var preconditions: [String: JSONValue] = ["uid": .string(uid)]
    preconditions["resourceVersion"] = resourceVersion.map { .string($0) }
    let options: [String: JSONValue] = [
        "apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background",
        "preconditions": .object(preconditions),
    ]
    return JSONValue.object(options).compactJSON()
}
