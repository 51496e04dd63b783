extension EnvironmentReader {
    /// What is wanted in each cluster.
    ///
    /// - Parameter requiresImages: Whether there must be images.
    mutating func daemonSetSettings(requiresImages: Bool = true) -> DaemonSetSettings? {
        let images =
            requiresImages || given(.images) != nil ? required(.images, parseImageList) : []
        let name = required(.daemonSetName) { name in
            // Leaves room for the suffix in the names of DaemonSets, see PlacementID.
            isDNSSubdomain(name) && name.utf8.count <= 253 - PlacementID.longestSuffix ? name : nil
        }
        let namespace = required(.namespace) { isDNSLabel($0) ? $0 : nil }
        let resources = containerResources()
        let nodeSelector = required(.nodeSelector, parseNodeSelector)
        let installationID = required(.installationID) { isLabelValue($0) ? $0 : nil }
        guard let images, let name, let namespace, let resources, let nodeSelector, let installationID else {
            return nil
        }
        return DaemonSetSettings(
            name: name,
            namespace: namespace,
            installationID: installationID,
            images: images,
            resources: resources,
            placement: Placement(nodeSelector: nodeSelector)
        )
    }

    private mutating func containerResources() -> ContainerResources? {
        let memory = resource(request: .memoryRequest, limit: .memoryLimit)
        let cpu = resource(request: .cpuRequest, limit: .cpuLimit)
        guard let memory, let cpu else { return nil }
        return ContainerResources(
            memoryRequest: memory.request,
            memoryLimit: memory.limit,
            cpuRequest: cpu.request,
            cpuLimit: cpu.limit
        )
    }

    /// A request and its limit. A default gives way to the other value when that one was given: to set
    /// only one of them, an operator need not know the default of the other.
    private mutating func resource(
        request requestVariable: ConfigurationVariable,
        limit limitVariable: ConfigurationVariable
    ) -> (request: Quantity, limit: Quantity)? {
        let request = required(requestVariable, Quantity.parse)
        let limit = required(limitVariable, Quantity.parse)
        guard let request, let limit else { return nil }
        if request.nanos <= limit.nanos { return (request, limit) }
        if given(requestVariable) == nil { return (limit, limit) }
        if given(limitVariable) == nil { return (request, request) }
        report(
            requestVariable,
            value: request.text,
            expected: "must be at most \(limitVariable.name)=\"\(limit.text)\""
        )
        return nil
    }
}

/// A map of label to value, checked as Kubernetes checks labels.
private func parseNodeSelector(_ text: String) throws(Expected) -> [String: String]? {
    var selector: [String: String] = [:]
    var findings = Findings()
    for (key, value) in try JSONStringMap.parse(text) {
        let shownKey = displayText(key, limit: 80)
        if !isQualifiedName(key) {
            findings.add("the label \"\(shownKey)\" must be [<DNS name>/]<name> as Kubernetes checks it")
        }
        if !value.isEmpty, !isLabelValue(value) {
            findings.add(
                "the value \"\(displayText(value, limit: 80))\" of \"\(shownKey)\" must be letters, digits, "
                    + "'-', '_' and '.', at most 63, letters or digits at both ends"
            )
        }
        if selector.updateValue(value, forKey: key) != nil {
            findings.add("the label \"\(shownKey)\" must be there only once")
        }
    }
    if let summary = findings.summary { throw Expected(summary) }
    return selector
}
