import SocketHTTP

/// The `Status` objects of a Kubernetes API server: texts, reasons and details as apimachinery's
/// `pkg/api/errors` makes them.
struct KubernetesStatus: Sendable, Equatable {
    var code: Int
    var reason: String
    var message: String
    var details: JSON?

    /// One reason why an object is invalid.
    struct Cause: Sendable, Equatable {
        var reason: String
        var message: String
        var field: String
    }

    private static func daemonSet(_ name: String) -> JSON {
        ["name": .string(name), "group": "apps", "kind": "daemonsets"]
    }

    static func notFound(_ name: String) -> Self {
        Self(
            code: 404,
            reason: "NotFound",
            message: "daemonsets.apps \"\(name)\" not found",
            details: daemonSet(name)
        )
    }

    static func namespaceNotFound(_ namespace: String) -> Self {
        Self(
            code: 404,
            reason: "NotFound",
            message: "namespaces \"\(namespace)\" not found",
            details: ["name": .string(namespace), "kind": "namespaces"]
        )
    }

    static func alreadyExists(_ name: String, isTerminating: Bool) -> Self {
        let prefix = isTerminating ? "object is being deleted: " : ""
        return Self(
            code: 409,
            reason: "AlreadyExists",
            message: "\(prefix)daemonsets.apps \"\(name)\" already exists",
            details: daemonSet(name)
        )
    }

    static func conflict(_ name: String, field: String, wanted: String, found: String) -> Self {
        Self(
            code: 409,
            reason: "Conflict",
            message: "Operation cannot be fulfilled on daemonsets.apps \"\(name)\": the \(field) in the "
                + "precondition (\(wanted)) does not match the \(field) in record (\(found)). "
                + "The object might have been deleted and then recreated",
            details: daemonSet(name)
        )
    }

    static func forbidden(verb: String, resource: String, group: String, name: String?, namespace: String)
        -> Self
    {
        let qualified = group.isEmpty ? resource : "\(resource).\(group)"
        let subject = name.map { "\(qualified) \"\($0)\"" } ?? qualified
        var details: JSON = ["kind": .string(resource)]
        if !group.isEmpty { details["group"] = .string(group) }
        if let name { details["name"] = .string(name) }
        return Self(
            code: 403,
            reason: "Forbidden",
            message:
                "\(subject) is forbidden: User \"system:serviceaccount:\(namespace):che\" cannot \(verb) "
                + "resource \"\(resource)\" in API group \"\(group)\" in the namespace \"\(namespace)\"",
            details: details
        )
    }

    static func invalid(_ name: String, causes: [Cause]) -> Self {
        let texts = causes.map { "\($0.field): \($0.message)" }
        let list = texts.count == 1 ? texts[0] : "[\(texts.joined(separator: ", "))]"
        var details = daemonSet(name)
        details["kind"] = "DaemonSet"
        details["causes"] = .array(
            causes.map { cause in
                [
                    "reason": .string(cause.reason), "message": .string(cause.message),
                    "field": .string(cause.field),
                ]
            }
        )
        return Self(
            code: 422,
            reason: "Invalid",
            message: "DaemonSet.apps \"\(name)\" is invalid: \(list)",
            details: details
        )
    }

    static func badRequest(_ message: String) -> Self {
        Self(code: 400, reason: "BadRequest", message: message)
    }

    static let unauthorized = Self(code: 401, reason: "Unauthorized", message: "Unauthorized")

    static let unsupportedMediaType = Self(
        code: 415,
        reason: "UnsupportedMediaType",
        message: "the body of the request was in an unknown format - accepted media types include: "
            + "application/json, application/yaml, application/vnd.kubernetes.protobuf"
    )

    static func expired(_ revision: Int, oldest: Int) -> Self {
        Self(code: 410, reason: "Expired", message: "too old resource version: \(revision) (\(oldest))")
    }

    static func internalError(_ message: String) -> Self {
        Self(
            code: 500,
            reason: "InternalError",
            message: "Internal error occurred: \(message)",
            details: ["causes": [["message": .string(message)]]]
        )
    }

    /// A webhook's refusal (`apiserver/pkg/admission/plugin/webhook/errors`): no reason unless the webhook gives one.
    static func denied(_ code: Int, _ message: String?) -> Self {
        let words = "admission webhook \"validate.example.com\" denied the request: label owner is required"
        return Self(code: code, reason: "", message: message ?? words)
    }

    /// The refusal of a ResourceQuota.
    static func quotaExceeded(_ name: String, _ message: String?) -> Self {
        let words =
            "daemonsets.apps \"\(name)\" is forbidden: exceeded quota: one, requested: count/daemonsets.apps=1, "
            + "used: count/daemonsets.apps=1, limited: count/daemonsets.apps=1"
        return Self(code: 403, reason: "Forbidden", message: message ?? words, details: daemonSet(name))
    }

    /// Any other code, for faults.
    static func fault(_ code: Int) -> Self {
        let reasons = [
            400: "BadRequest", 401: "Unauthorized", 403: "Forbidden", 404: "NotFound",
            405: "MethodNotAllowed",
            406: "NotAcceptable", 409: "Conflict", 410: "Gone", 413: "RequestEntityTooLarge",
            415: "UnsupportedMediaType", 422: "Invalid", 429: "TooManyRequests", 500: "InternalError",
            503: "ServiceUnavailable",
            504: "Timeout",
        ]
        return Self(code: code, reason: reasons[code] ?? "Unknown", message: "a fault was asked for")
    }

    /// The answer to a deletion that removed the object at once.
    static func deleted(_ name: String, uid: String) -> JSON {
        var details = daemonSet(name)
        details["uid"] = .string(uid)
        return [
            "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success", "details": details,
        ]
    }

    var json: JSON {
        var status: JSON = [
            "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Failure",
            "message": .string(message), "code": .int(code),
        ]
        if !reason.isEmpty { status["reason"] = .string(reason) }
        if let details { status["details"] = details }
        return status
    }

    var response: HTTPResponse {
        HTTPResponse(status: code, headers: ["Content-Type": "application/json"], body: json.text)
    }
}
