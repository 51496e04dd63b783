extension DaemonSetSettings {
    /// The maximum number of DaemonSets in a cluster besides their replacements.
    public static let maximumPlacements = 20

    /// The same settings with the images of a file in place of those that it had before.
    ///
    /// The images of `IMAGES` stay. Fails if a name is in both, or if there are too many images or placements.
    ///
    /// - Parameter fileImages: What ``ImagesFile/images`` says.
    public func withFile(images fileImages: [CachedImage]) -> Result<DaemonSetSettings, ImagesFile.Problem> {
        let listed = Set(listedImages.map(\.name))
        var findings = Findings()
        for image in fileImages where listed.contains(image.name) {
            findings.add("the name \"\(image.name)\" must be in the file or in IMAGES, and not in both")
        }
        if let summary = findings.summary { return .failure(.init(description: summary)) }
        var settings = self
        settings.images = (listedImages + fileImages).sorted { $0.name < $1.name }
        if let problem = settings.imagesProblem { return .failure(.init(description: problem)) }
        return .success(settings)
    }

    /// The images that come from the file.
    public var fileImages: [CachedImage] {
        let listed = Set(listedImages.map(\.name))
        return images.filter { !listed.contains($0.name) }
    }

    /// Why there cannot be DaemonSets with all images, as the rest of a sentence; `nil` if there can.
    var imagesProblem: String? {
        guard images.count <= ImagesFile.maximumImages else {
            return
                "must have at most \(ImagesFile.maximumImages) images, those of IMAGES and IMAGES_FILE together, "
                + "not \(images.count)"
        }
        var placements: [Placement] = []
        for image in images {
            let placement = placement(of: image)
            if !placements.contains(placement) { placements.append(placement) }
            // Each is compared with all others.
            guard placements.count <= Self.maximumPlacements else {
                return
                    "must have at most \(Self.maximumPlacements) different combinations of nodeSelector and "
                    + "tolerations, because each is a DaemonSet of its own"
            }
        }
        guard Set(placements.map(DesiredDaemonSet.id(of:))).count == placements.count else {
            return
                "must have combinations of nodeSelector and tolerations with different hashes: add a label or a "
                + "toleration to one of them"
        }
        return nil
    }
}
