extension ClusterFacts {
    /// What is known of the clusters before they are asked.
    public init(_ configuration: Configuration) {
        let platform: Platform =
            switch (configuration.daemonSet.pods.platform, configuration.target) {
            case (.kubernetes, _): .kubernetes
            case (.openshift, _): .openshift
            // fabric8-oso-proxy leads to OpenShift, and lets no discovery through.
            case (.auto, .fleet): .openshift
            case (.auto, .single): .kubernetes
            }
        self.init(platform: platform)
    }
}
