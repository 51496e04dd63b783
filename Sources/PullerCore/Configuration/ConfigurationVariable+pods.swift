// What the pods look like.

extension ConfigurationVariable {
    static let tolerations = Self(
        "TOLERATIONS",
        default: "[]",
        "taints that do not keep the pods away: JSON list of tolerations",
        #"must be a JSON list of tolerations, such as [{"operator":"Exists"}]"#
    )
    static let affinity = Self(
        "AFFINITY",
        default: "{}",
        "affinity of the pods: JSON, as in a pod",
        "must be a JSON object as in a pod, with nodeAffinity, podAffinity or podAntiAffinity"
    )
    static let imagePullSecrets = Self(
        "IMAGE_PULL_SECRETS",
        "secrets with which images are pulled, in the namespace of the DaemonSet: <name>;...",
        "must be names of secrets, separated by ;"
    )
    static let imagePullPolicy = Self(
        "IMAGE_PULL_POLICY",
        default: "Always",
        "when a node pulls an image: Always or IfNotPresent",
        "must be Always or IfNotPresent"
    )
    static let annotations = Self(
        "DAEMONSET_ANNOTATIONS",
        default: "{}",
        "annotations of the DaemonSet and its pods: JSON map",
        #"must be a JSON map of annotation to value, such as {"example.com/owner":"team"}"#
    )
    static let labels = Self(
        "DAEMONSET_LABELS",
        default: "{}",
        "labels of the DaemonSet and its pods: JSON map",
        #"must be a JSON map of label to value, such as {"example.com/owner":"team"}"#
    )
    static let priorityClassName = Self(
        "PRIORITY_CLASS_NAME",
        "priority class of the pods",
        "must be the name of a PriorityClass: lower-case letters, digits, '-' and '.'"
    )
    static let runtimeClassName = Self(
        "RUNTIME_CLASS_NAME",
        "runtime class of the pods",
        "must be the name of a RuntimeClass: lower-case letters, digits, '-' and '.'"
    )
    static let kipImage = Self(
        "KIP_IMAGE",
        "this puller's own image: its sleep keeps the other images, which need none of their own",
        "must be one image with a shell and a static /bin/sleep, such as "
            + "registry.example.com/kubernetes-image-puller:1.0"
    )
    static let pullSpread = Self(
        "PULL_SPREAD_SECONDS",
        default: "0",
        "each node starts to pull at a random point within this time; needs KIP_IMAGE",
        "must be a number of seconds, such as 300, or a duration such as 5m; at most 86400 seconds"
    )
    static let cacheMode = Self(
        "CACHE_MODE",
        default: "containers",
        "containers, or image-volumes: nothing of the images is executed; needs KIP_IMAGE",
        "must be containers or image-volumes"
    )
    static let cacheModeFallback = Self(
        "CACHE_MODE_FALLBACK",
        default: "none",
        "where a cluster has no image volumes: none, or containers",
        "must be none or containers"
    )
    static let podSecurity = Self(
        "POD_SECURITY",
        described: "restricted with KIP_IMAGE, otherwise baseline",
        "Pod Security Standard that the pods meet: restricted or baseline",
        "must be restricted or baseline"
    )
    static let runAsUser = Self(
        "RUN_AS_USER",
        default: "65532",
        "user of the containers with restricted, except on OpenShift, whose SCC chooses it",
        "must be the number of a user, at most 2147483647"
    )
    static let seccompProfile = Self(
        "SECCOMP_PROFILE",
        described: "RuntimeDefault with restricted, otherwise none",
        "seccomp profile of the pods: RuntimeDefault or none",
        "must be RuntimeDefault or none"
    )
    static let readOnlyRoot = Self(
        "READ_ONLY_ROOT_FILESYSTEM",
        default: "true",
        "whether the containers' root file system is read-only",
        "must be true or false"
    )
    static let platform = Self(
        "PLATFORM",
        default: "auto",
        "kubernetes, openshift (user and group are left to the SCC), or auto",
        "must be auto, kubernetes or openshift"
    )
    static let deploymentName = Self(
        "DEPLOYMENT_NAME",
        "one cluster: Deployment that owns the DaemonSet, so that it is deleted with it",
        "must be the name of a Deployment in the namespace of the DaemonSet: lower-case letters, digits, '-' and '.'"
    )
    static let podStatus = Self(
        "POD_STATUS",
        default: "false",
        "whether pods are read, to say which image is at fault on which nodes; needs list on pods",
        "must be true or false"
    )
    static let pullTimes = Self(
        "PULL_TIMES",
        default: "false",
        "whether kubelets' events are read, to say how long pulls took; needs POD_STATUS and list on events",
        "must be true or false"
    )
}
