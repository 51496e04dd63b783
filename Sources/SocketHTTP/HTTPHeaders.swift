/// Header fields in the order in which they are sent. Names are stored in lower case, because they are
/// case-insensitive.
public struct HTTPHeaders: Sendable, Equatable {
    /// One field.
    public struct Field: Sendable, Equatable {
        /// The name, in lower case.
        public var name: String
        /// The value without white space around it.
        public var value: String
    }

    /// All fields, repeated names included.
    public private(set) var fields: [Field]

    /// Fields from name-value pairs.
    public init(_ pairs: [(String, String)] = []) {
        fields = pairs.map { Field(name: $0.0.lowercased(), value: $0.1) }
    }

    /// The first value of a field, or `nil`. The name is given in lower case.
    public subscript(name: String) -> String? {
        for field in fields where field.name == name { return field.value }
        return nil
    }

    /// All values of a field. The name is given in lower case.
    public func values(_ name: String) -> [String] {
        fields.filter { $0.name == name }.map(\.value)
    }

    /// Appends a field, and keeps existing fields of the same name.
    public mutating func add(_ name: String, _ value: String) {
        fields.append(Field(name: name.lowercased(), value: value))
    }

    mutating func append(_ field: Field) {
        fields.append(field)
    }

    /// Whether a comma-separated field holds this token (given in lower case), such as `close` in `Connection`.
    func hasToken(_ token: String, in name: String) -> Bool {
        fields.contains { field in
            field.name == name
                && field.value.split(separator: ",").contains { part in
                    trimmed(part).lowercased() == token
                }
        }
    }

    private func trimmed(_ part: Substring) -> Substring {
        var part = part
        while let first = part.first, first == " " || first == "\t" { part.removeFirst() }
        while let last = part.last, last == " " || last == "\t" { part.removeLast() }
        return part
    }
}

extension HTTPHeaders: ExpressibleByDictionaryLiteral {
    /// `["Retry-After": "7"]`
    public init(dictionaryLiteral elements: (String, String)...) {
        self.init(elements)
    }
}
