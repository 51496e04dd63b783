/// What can be given for one image: `<option>=<value>` after it.
enum ImageOption: String, CaseIterable {
    case nodeSelector
    case tolerations
    case memoryRequest
    case memoryLimit
    case cpuRequest
    case cpuLimit
    case pullPolicy

    /// The option that was probably meant by a word `<key>=<value>`. One that reads like another image is none, because a
    /// semicolon before it is forgotten more often.
    static func meant(by word: Substring) -> String? {
        let key = String(word.prefix { $0 != "=" })
        let all = allCases.map(\.rawValue)
        if let option = all.first(where: { $0.lowercased() == key.lowercased() }) { return option }
        let value = String(word.dropFirst(key.count + 1))
        if isDNSLabel(key), ImageReference.parse(value) != nil { return nil }
        return nearMiss(of: key, among: all)
    }

    /// Whether a word is nearly the name of an option, so that a bracket after `=` begins JSON. A registry can begin with
    /// one, too, but comes after the name of an image, which has no white space before it.
    static func takesJSON(_ word: [UInt8]) -> Bool {
        guard (5...20).contains(word.count) else { return false }
        let meant = nearMiss(
            of: String(decoding: word, as: UTF8.self),
            among: [nodeSelector.rawValue, tolerations.rawValue]
        )
        return meant != nil
    }
}

extension ImageOptions {
    /// - Parameters:
    ///   - words: `<option>=<value>` each.
    ///   - resources: What the image has if nothing else is given for it. A value of these gives way to one that was given
    ///     for the image, as a default does.
    init(words: [Substring], resources: ContainerResources) throws(Expected) {
        var values: [ImageOption: String] = [:]
        for word in words {
            let (option, value) = try Self.read(word)
            guard values.updateValue(value, forKey: option) == nil else {
                throw Expected("must have the option \(option.rawValue) only once")
            }
        }
        nodeSelector = try values[.nodeSelector].map { text throws(Expected) in
            try Self.json(text, .nodeSelector, or: [:], NodeSelector.read)
        }
        tolerations = try values[.tolerations].map { text throws(Expected) in
            try Self.json(text, .tolerations, or: [], Toleration.readAll)
        }
        pullPolicy = try values[.pullPolicy].map { text throws(Expected) in
            guard let policy = PullPolicy(inAnyCase: text) else {
                throw Expected(
                    "must have Always or IfNotPresent as its pullPolicy, not \"\(Self.shown(text))\""
                )
            }
            return policy
        }
        let memory = try Self.pair(
            values,
            (.memoryRequest, resources.memoryRequest),
            (.memoryLimit, resources.memoryLimit)
        )
        let cpu = try Self.pair(
            values,
            (.cpuRequest, resources.cpuRequest),
            (.cpuLimit, resources.cpuLimit)
        )
        let ofResources: [ImageOption] = [.memoryRequest, .memoryLimit, .cpuRequest, .cpuLimit]
        guard ofResources.contains(where: { values[$0] != nil }) else { return }
        self.resources = ContainerResources(
            memoryRequest: memory.request,
            memoryLimit: memory.limit,
            cpuRequest: cpu.request,
            cpuLimit: cpu.limit
        )
    }

    /// As they are written after an image.
    var written: [String] {
        func json(_ value: JSONValue) -> String { String(decoding: value.compactJSON(), as: UTF8.self) }
        let values: [(ImageOption, String?)] = [
            (.nodeSelector, nodeSelector.map { json(.strings($0)) }),
            (.tolerations, tolerations.map { json(.array($0.map(\.json))) }),
            (.memoryRequest, resources?.memoryRequest.text), (.memoryLimit, resources?.memoryLimit.text),
            (.cpuRequest, resources?.cpuRequest.text), (.cpuLimit, resources?.cpuLimit.text),
            (.pullPolicy, pullPolicy?.rawValue),
        ]
        return values.compactMap { option, value in value.map { option.rawValue + "=" + $0 } }
    }

    private static func read(_ word: Substring) throws(Expected) -> (ImageOption, String) {
        let key = word.prefix { $0 != "=" }
        let value = word[key.endIndex...].dropFirst()
        guard let option = ImageOption(rawValue: String(key)) else {
            let all = ImageOption.allCases.map(\.rawValue)
            if let meant = ImageOption.meant(by: word) {
                throw Expected("must not have the option \"\(shown(key))\"; did you mean \(meant)?")
            }
            if word.contains("="), isDNSLabel(key) { throw ImageItem.separated(by: "white space") }
            throw Expected(
                "must have <option>=<value> after its image, not \"\(shown(word))\"; the options are "
                    + JSONFields.alternatives(all, last: "and")
            )
        }
        guard !value.isEmpty else {
            throw Expected("must have a value after \(key)=, without white space before it")
        }
        if let first = value.first, first != "{", first != "[", value.contains(",") {
            throw ImageItem.separated(by: "a comma")
        }
        return (option, String(value))
    }

    private static func json<Value>(
        _ text: String,
        _ option: ImageOption,
        or nothing: Value,
        _ read: (JSONNode) throws(Expected) -> Value
    ) throws(Expected) -> Value {
        do {
            let node = try JSONText.parse(text)
            return node.isNothing ? nothing : try read(node)
        } catch {
            throw Expected("must have another \(option.rawValue): \(error.text)")
        }
    }

    private typealias Amount = (option: ImageOption, otherwise: Quantity)

    /// A request and its limit.
    private static func pair(
        _ values: [ImageOption: String],
        _ request: Amount,
        _ limit: Amount
    ) throws(Expected) -> (request: Quantity, limit: Quantity) {
        func read(_ amount: Amount) throws(Expected) -> Quantity {
            guard let text = values[amount.option] else { return amount.otherwise }
            guard let quantity = Quantity.parse(text) else {
                throw Expected(
                    "must have a Kubernetes quantity that is not negative as its \(amount.option.rawValue), "
                        + "not \"\(shown(text))\""
                )
            }
            return quantity
        }
        let (requested, limited) = (try read(request), try read(limit))
        if requested.nanos <= limited.nanos { return (requested, limited) }
        if values[request.option] == nil { return (limited, limited) }
        if values[limit.option] == nil { return (requested, requested) }
        throw Expected(
            "must have a \(request.option.rawValue) of at most its \(limit.option.rawValue) \"\(limited.text)\""
        )
    }

    private static func shown(_ text: some StringProtocol) -> String { displayText(String(text), limit: 40) }
}

extension PullPolicy {
    /// By its name, in lower or upper case.
    init?(inAnyCase text: some StringProtocol) {
        guard let policy = Self.allCases.first(where: { $0.rawValue.lowercased() == text.lowercased() })
        else {
            return nil
        }
        self = policy
    }
}
