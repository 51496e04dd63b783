extension CommandLineArguments {
    /// What `--help` prints, for the whole program or one command.
    public static func help(_ topic: HelpTopic) -> String {
        switch topic {
        case .overview: overview + "\n" + variablesHelp
        case .status: statusHelp
        case .validate: validateHelp
        case .manifest: manifestHelp
        case .plan: planHelp
        case .cleanup: cleanupHelp
        case .version: versionHelp
        }
    }

    private static let overview = """
        Keeps container images cached on every node of many Kubernetes clusters.

        Usage: kubernetes-image-puller [command]

          (none)      keep the images cached until SIGTERM, SIGINT or SIGHUP
          status      print how the clusters of a running puller are
          validate    check the configuration and print it
          manifest    print the DaemonSets that would be created
          plan        ask the clusters, and print what would be done in each
          cleanup     delete the DaemonSets of this installation
          version     print the version (also --version)
          help        print this (also --help, -h); help <command>: that of a command

        Exit codes:
          0   done; after a signal: ended in order
          1   something may be left in a cluster; plan: a cluster could not be asked;
              status: a cluster is not ready
          2   plan: something would be done
          64  wrong arguments
          69  status: the puller gives no answer
          70  CA_BUNDLE_FILE can have no effect in this build
          74  the output of a command could not be written
          78  wrong configuration

        """

    private static let statusHelp = """
        Prints how the clusters of a running puller are, those in trouble first.

        Usage: kubernetes-image-puller status [--url <url>] [-o table|wide|json|name]
                   [--watch | --wait [--timeout 10m]] [<cluster>]...

          --url <url>           the console (http://127.0.0.1: and CONSOLE_PORT or 8081)
          -o, --output <form>   table, wide, json or name (table)
          -w, --watch           print clusters again whenever they change
          --wait                wait until all are ready, for at most --timeout (10m)

        A cluster has the name of its user. CONSOLE_TOKEN_FILE and CA_BUNDLE_FILE are
        used if set.

        Exit codes: 0 all are ready; 1 not all are, or a cluster is unknown; 69 the
        puller gives no answer, or refuses the token; 64, 70, 74 and 78 as in --help.

        Example:
          kubernetes-image-puller status --wait --timeout 5m

        """

    private static let validateHelp = """
        Checks the configuration, without asking any server.

        Usage: kubernetes-image-puller validate

        Prints the configuration as the puller would use it, secrets redacted, on
        standard output. What is wrong with it, or probably not meant, goes to standard
        error, one line each, in the form that LOG_FORMAT asks for.

        Exit codes: 0 valid, also with warnings; 64 wrong arguments; 74 output lost;
        78 wrong configuration.

        Example:
          LOG_FORMAT=json kubernetes-image-puller validate

        """

    private static let manifestHelp = """
        Prints the DaemonSets that would be created, without asking any server: one, or
        one for each placement of images.

        Usage: kubernetes-image-puller manifest [--format json|yaml]

          --format json|yaml    how to print them (json)

        Several are a List in JSON, and a document each in YAML.

        It depends on the variables that say how the DaemonSets look, such as IMAGES,
        DAEMONSET_NAME, NAMESPACE, INSTALLATION_ID, NODE_SELECTOR and CACHING_...; other
        variables need not be set. It asks no cluster, so the pods are those for plain
        Kubernetes unless PLATFORM=openshift, and there is no owner (DEPLOYMENT_NAME).

        Exit codes: 0 printed; 64 wrong arguments; 74 output lost; 78 wrong
        configuration.

        Example:
          IMAGES=java=eclipse-temurin:21 kubernetes-image-puller manifest --format yaml

        """

    private static let planHelp = """
        Prints what the puller would do if it were started now, and does nothing: it
        only reads. For each cluster: nothing, create, replace and why, delete, take
        over from a Go puller, or what is in the way; then what the pods request.

        Usage: kubernetes-image-puller plan [--user <user>]...

          --user <user>    only in the cluster of this user, who need not be in the
                           list; with MULTICLUSTER=true

        It needs the puller's configuration and get on DaemonSets. One look cannot tell
        everything: a DaemonSet that is not ready is replaced only if that lasts. The
        plan goes to standard output, warnings and failures of requests to standard
        error.

        Exit codes: 0 nothing would be done; 2 something would be done; 1 a cluster
        could not be asked, or something is in the way; 64, 70, 74 and 78 as in --help.

        Example:
          kubernetes-image-puller plan --user jane

        """

    private static let cleanupHelp = """
        Deletes the DaemonSets of this installation and waits until they are gone. Stop
        the puller first: it would create them again.

        Usage: kubernetes-image-puller cleanup [--user <user>]... [--dry-run]

          --user <user>    only in the cluster of this user, who need not be in the
                           list any more; with MULTICLUSTER=true
          --dry-run        delete nothing, and print what would be deleted

        It needs the puller's configuration, with the same DAEMONSET_NAME, NAMESPACE and
        INSTALLATION_ID, but no IMAGES. The outcome of each cluster goes to standard
        output, everything else to standard error.

        Exit codes: 0 nothing is left; 1 something may be left; 64, 70, 74 and 78 as in
        --help.

        Example:
          kubernetes-image-puller cleanup --user jane --user joe --dry-run

        """

    private static let versionHelp = """
        Prints the version.

        Usage: kubernetes-image-puller version

        Exit codes: 0 printed; 64 wrong arguments.

        Example:
          kubernetes-image-puller version

        """

    /// The variables of the environment.
    static var variablesHelp: String {
        "Configuration comes from the environment:\n\n"
            + ConfigurationVariable.all.map {
                wrapped("\($0.name) (\($0.defaultText))", indent: 2) + wrapped($0.meaning, indent: 6)
            }
            .joined()
    }

    /// The text in lines that fit a terminal of 80 columns.
    private static func wrapped(_ text: String, indent: Int) -> String {
        let start = String(repeating: " ", count: indent)
        var lines: [String] = []
        for word in text.split(separator: " ") {
            if let line = lines.last, line.count + 1 + word.count <= 80 {
                lines[lines.count - 1] = line + " " + word
            } else {
                lines.append(start + word)
            }
        }
        return lines.map { $0 + "\n" }.joined()
    }
}
