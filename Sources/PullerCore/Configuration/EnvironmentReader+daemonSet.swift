extension EnvironmentReader {
    /// What is wanted in each cluster.
    ///
    /// - Parameters:
    ///   - isFleet: What `MULTICLUSTER` says; `nil` when it is wrong.
    ///   - requiresImages: Whether there must be images.
    mutating func daemonSetSettings(isFleet: Bool?, requiresImages: Bool = true) -> DaemonSetSettings? {
        let resources = containerResources()
        let images = images(resources: resources ?? .none, areRequired: requiresImages)
        let name = required(.daemonSetName) { name in
            // Leaves room for the suffix in the names of DaemonSets, see PlacementID.
            isDNSSubdomain(name) && name.utf8.count <= 253 - PlacementID.longestSuffix ? name : nil
        }
        let namespace = required(.namespace) { isDNSLabel($0) ? $0 : nil }
        let nodeSelector = required(.nodeSelector, NodeSelector.parse)
        let tolerations = required(.tolerations, Toleration.parseAll)
        let pullPolicy = required(.imagePullPolicy) { PullPolicy(inAnyCase: $0) }
        let pods = podSettings(isFleet: isFleet)
        let installationID = required(.installationID) { isLabelValue($0) ? $0 : nil }
        guard let images, let name, let namespace, let resources, let nodeSelector, let tolerations,
            let pullPolicy, let pods, let installationID
        else { return nil }
        let settings = DaemonSetSettings(
            name: name,
            namespace: namespace,
            installationID: installationID,
            images: images.listed,
            imagesFile: given(.imagesFile),
            listedImages: images.listed,
            resources: resources,
            placement: Placement(nodeSelector: nodeSelector, tolerations: tolerations),
            pullPolicy: pullPolicy,
            pods: pods
        )
        return withFile(settings, images.inFile)
    }

    private mutating func images(
        resources: ContainerResources,
        areRequired: Bool
    ) -> (listed: [CachedImage], inFile: [CachedImage])? {
        if areRequired, given(.images) == nil, given(.imagesFile) == nil {
            report(
                .images,
                value: nil,
                expected: ConfigurationVariable.images.expected
                    + ", or \(ConfigurationVariable.imagesFile.name) must name a file with one image a line"
            )
            return nil
        }
        let listed =
            given(.images) == nil
            ? []
            : required(.images) { text throws(Expected) in try parseImageList(text, resources: resources) }
        // What needs no images must not fail because of a file that is gone or broken.
        let inFile = (areRequired ? given(.imagesFile) : nil).map { path in
            contents(of: path, for: .imagesFile, shown: path) { text throws(Expected) in
                do throws(ImagesFile.Problem) {
                    return try ImagesFile.parse(text, resources: resources).get().images
                } catch {
                    throw Expected(error.description)
                }
            }
        }
        guard let listed, let inFile = inFile ?? [] else { return nil }
        return (listed, inFile)
    }

    /// Adds the images of the file, and checks them all together.
    private mutating func withFile(
        _ settings: DaemonSetSettings,
        _ images: [CachedImage]
    ) -> DaemonSetSettings? {
        switch settings.withFile(images: images) {
        case .success(let settings): return settings
        case .failure(let problem):
            let variable = ConfigurationVariable.imagesFile
            report(
                given(variable) == nil ? .images : variable,
                value: given(variable) ?? given(.images),
                expected: problem.description
            )
            return nil
        }
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

extension ContainerResources {
    /// Stands in for resources that cannot be read.
    static let none: ContainerResources = {
        let nothing = Quantity(text: "0", nanos: 0)
        return ContainerResources(
            memoryRequest: nothing,
            memoryLimit: nothing,
            cpuRequest: nothing,
            cpuLimit: nothing
        )
    }()
}
