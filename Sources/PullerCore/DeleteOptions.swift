/// The body of a request that deletes an object.
///
/// Background propagation: the object is gone at once, so that a new one can be created while the old pods
/// end; see "One reconcile" in the architecture.
///
/// - Parameter uid: Precondition: only the object with this uid is deleted; another one answers 409.
public func deleteOptionsBody(uid: String) -> [UInt8] {
    let options: [String: JSONValue] = [
        "apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background",
        "preconditions": .object(["uid": .string(uid)]),
    ]
    return JSONValue.object(options).compactJSON()
}
