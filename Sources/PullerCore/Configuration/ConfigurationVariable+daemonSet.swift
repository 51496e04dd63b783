// What is cached.

extension ConfigurationVariable {
    static let multicluster = Self(
        "MULTICLUSTER",
        default: "true",
        "many clusters behind a proxy, or the one cluster this runs in",
        "must be true or false"
    )
    static let images = Self(
        "IMAGES",
        described: "required without IMAGES_FILE",
        "images to cache: <name>=<image> <option>=<value> ...;...",
        "must be <name>=<image>;..., such as java=quay.io/eclipse/che-java11-maven:nightly"
    )
    static let imagesFile = Self(
        "IMAGES_FILE",
        "file with one image a line, read again while the puller runs; instead of IMAGES, or in addition to it",
        "must be a file with one image a line, that can be read"
    )
    static let daemonSetName = Self(
        "DAEMONSET_NAME",
        default: "kubernetes-image-puller",
        "name of the DaemonSet",
        "must be lower-case letters, digits, '-' and '.', at most 241, letters or digits at both ends"
    )
    static let namespace = Self(
        "NAMESPACE",
        default: "k8s-image-puller",
        "namespace of the DaemonSet, in every cluster",
        "must be lower-case letters, digits and '-', at most 63, letters or digits at both ends"
    )
    static let installationID = Self(
        "INSTALLATION_ID",
        default: "default",
        "value of the owner label, so that two installations do not fight over one DaemonSet",
        "must be letters, digits, '-', '_' and '.', at most 63, letters or digits at both ends"
    )
    static let memoryRequest = Self(
        "CACHING_MEMORY_REQUEST",
        default: "10Mi",
        "memory request of each container; the default is lowered to a smaller limit that is given",
        "must be a Kubernetes quantity that is not negative, such as 10Mi"
    )
    static let memoryLimit = Self(
        "CACHING_MEMORY_LIMIT",
        default: "20Mi",
        "memory limit of each container; the default is raised to a greater request that is given",
        "must be a Kubernetes quantity that is not negative, such as 20Mi"
    )
    static let cpuRequest = Self(
        "CACHING_CPU_REQUEST",
        default: ".05",
        "CPU request of each container; the default is lowered to a smaller limit that is given",
        "must be a Kubernetes quantity that is not negative, such as .05 or 50m"
    )
    static let cpuLimit = Self(
        "CACHING_CPU_LIMIT",
        default: ".2",
        "CPU limit of each container; the default is raised to a greater request that is given",
        "must be a Kubernetes quantity that is not negative, such as .2 or 200m"
    )
    static let nodeSelector = Self(
        "NODE_SELECTOR",
        default: "{}",
        "nodes that cache: JSON map of label to value",
        #"must be a JSON map of label to value, such as {"disktype":"ssd"}"#
    )
}
