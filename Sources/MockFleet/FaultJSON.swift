/// Why a control request was not understood.
struct ControlError: Error, Equatable {
    var message: String
}

/// Reads the members of a control request; an unknown name is an error, so that a typing mistake
/// in a test does not look like a fault that does nothing.
struct MemberReader {
    private var members: [String: JSON]

    init(_ json: JSON) throws(ControlError) {
        guard let members = json.members else { throw ControlError(message: "an object is needed") }
        self.members = members
    }

    mutating func value(_ name: String) -> JSON? { members.removeValue(forKey: name) }

    mutating func string(_ name: String) throws(ControlError) -> String? {
        guard let value = value(name) else { return nil }
        guard let text = value.string else { throw ControlError(message: "\(name) must be a string") }
        return text
    }

    mutating func int(_ name: String) throws(ControlError) -> Int? {
        guard let value = value(name) else { return nil }
        guard let number = value.int, number >= 0, number <= 1 << 40 else {
            throw ControlError(message: "\(name) must be a whole number, 0 or more")
        }
        return number
    }

    mutating func bool(_ name: String) throws(ControlError) -> Bool? {
        guard let value = value(name) else { return nil }
        guard let truth = value.bool else { throw ControlError(message: "\(name) must be true or false") }
        return truth
    }

    mutating func duration(_ name: String) throws(ControlError) -> Duration? {
        try int(name).map { .milliseconds($0) }
    }

    mutating func strings(_ name: String) throws(ControlError) -> [String: String]? {
        guard let value = value(name) else { return nil }
        guard let strings = value.strings else {
            throw ControlError(message: "\(name) must be an object of strings")
        }
        return strings
    }

    mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String,
        _: Choice.Type
    ) throws(ControlError) -> Choice? where Choice.RawValue == String {
        guard let text = try string(name) else { return nil }
        return try Self.choice(text, name)
    }

    static func choice<Choice: RawRepresentable & CaseIterable>(
        _ text: String,
        _ name: String
    ) throws(ControlError) -> Choice where Choice.RawValue == String {
        guard let choice = Choice(rawValue: text) else {
            let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw ControlError(message: "\(name): '\(text)' is none of \(known)")
        }
        return choice
    }

    /// To be called last.
    func finish() throws(ControlError) {
        guard members.isEmpty else {
            throw ControlError(message: "unknown: \(members.keys.sorted().joined(separator: ", "))")
        }
    }
}

extension Fault {
    /// Reads a fault from the JSON form.
    init(_ json: JSON) throws(ControlError) {
        var reader = try MemberReader(json)
        guard let kind = try reader.choice("kind", Kind.self) else {
            throw ControlError(message: "kind is needed")
        }
        self.init(kind)
        for element in reader.value("verbs")?.elements ?? [] {
            verbs.insert(try MemberReader.choice(element.string ?? "", "verbs"))
        }
        count = try reader.int("count")
        skip = try reader.int("skip") ?? skip
        delay = try reader.duration("delayMs") ?? delay
        status = try reader.int("status") ?? status
        body = try reader.choice("body", Body.self) ?? body
        content = try reader.string("content")
        retryAfter = try reader.string("retryAfter")
        headers = try reader.strings("headers") ?? headers
        takesEffect = try reader.bool("takesEffect") ?? takesEffect
        location = try reader.string("location") ?? location
        bytes = try reader.int("bytes") ?? bytes
        after = try reader.duration("afterMs")
        try reader.finish()
        guard (200...599).contains(status) else { throw ControlError(message: "status must be 200 to 599") }
        guard count != 0 else { throw ControlError(message: "count must be 1 or more") }
    }
}
