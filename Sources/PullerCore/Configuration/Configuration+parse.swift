extension Configuration {
    /// Reads and checks everything, and reports all that is wrong at once.
    ///
    /// An empty value counts as not set. Files are read to check that they can be used; what they hold is not
    /// kept, except the users of `IMPERSONATE_USERS_FILE` and the images of `IMAGES_FILE`.
    ///
    /// - Parameters:
    ///   - environment: The variables by name.
    ///   - requiresImages: Whether there must be images; without, the list may be missing, and is empty then.
    ///   - readFile: Gives the text of a file, or throws when it cannot be read.
    public static func parse(
        environment: [String: String],
        requiresImages: Bool = true,
        readFile: (String) throws -> String
    ) -> Result<Configuration, ConfigurationProblems> {
        withoutActuallyEscaping(readFile) { readFile in
            var reader = EnvironmentReader(environment: environment, readFile: readFile)
            let isFleet = reader.required(.multicluster, parseBool)
            let daemonSet = reader.daemonSetSettings(isFleet: isFleet, requiresImages: requiresImages)
            let readsPods = reader.required(.podStatus, parseBool)
            let target = reader.target(isFleet: isFleet)
            let caBundleFile = reader.caBundleFile(isFleet: isFleet)
            let proxies = reader.proxies()
            let schedule = reader.schedule(users: target?.users ?? 1)
            let exit = reader.exitSettings()
            let log = reader.logSettings()
            let status = reader.statusSettings()
            guard reader.problems.isEmpty, let target, let daemonSet, let readsPods, let schedule, let exit,
                let log, let status
            else {
                return .failure(ConfigurationProblems(reader.problems))
            }
            return .success(
                Configuration(
                    target: target,
                    daemonSet: daemonSet,
                    readsPods: readsPods,
                    schedule: schedule,
                    exit: exit,
                    log: log,
                    status: status,
                    caBundleFile: caBundleFile,
                    proxies: proxies
                )
            )
        }
    }
}

extension Configuration.Target {
    /// Users known at the start.
    fileprivate var users: Int {
        switch self {
        case .fleet(let fleet): fleet.allUsers.count
        case .single: 1
        }
    }
}

extension EnvironmentReader {
    /// The clusters; `isFleet` is `nil` when `MULTICLUSTER` itself is wrong.
    fileprivate mutating func target(isFleet: Bool?) -> Configuration.Target? {
        switch isFleet {
        case true?:
            return fleetTarget().map(Configuration.Target.fleet)
        case false?:
            return singleTarget().map(Configuration.Target.single)
        case nil:
            // What is set can be checked; what is required depends on an answer that is not there.
            let known = problems.count
            _ = fleetTarget()
            forgetMissing(since: known)
            return nil
        }
    }

    /// In the cluster the service account's bundle is the default; a proxy and an OIDC provider are
    /// elsewhere, where the system's trust store is the better guess.
    fileprivate mutating func caBundleFile(isFleet: Bool?) -> String? {
        let path =
            given(.caBundleFile) ?? (isFleet == false && isInCluster ? ServiceAccountFile.caBundle : nil)
        guard let path else { return nil }
        return bytes(of: path, for: .caBundleFile) { bytes throws(Expected) in
            try PEMFile.check(bytes)
            return path
        }
    }
}

extension DaemonSetSettings {
    /// Reads and checks what is wanted in each cluster, whatever the clusters are: enough to show the
    /// manifest.
    ///
    /// - Parameters:
    ///   - environment: The variables by name.
    ///   - readFile: Gives the text of `IMAGES_FILE`, or throws when it cannot be read.
    public static func parse(
        environment: [String: String],
        readFile: (String) throws -> String = { _ in throw FilesAreNotRead() }
    ) -> Result<DaemonSetSettings, ConfigurationProblems> {
        withoutActuallyEscaping(readFile) { readFile in
            var reader = EnvironmentReader(environment: environment, readFile: readFile)
            let isFleet = reader.given(.multicluster).map(parseBool) ?? true
            guard let settings = reader.daemonSetSettings(isFleet: isFleet), reader.problems.isEmpty else {
                return .failure(ConfigurationProblems(reader.problems))
            }
            return .success(settings)
        }
    }
}

/// Where there are no files.
public struct FilesAreNotRead: Error, CustomStringConvertible {
    /// For the reader of a problem.
    public var description: String { "files are not read" }

    /// The error for each file.
    public init() {}
}

/// A truth value in one of the spellings that Go's `strconv.ParseBool` takes, which existing configurations
/// use, in any case.
func parseBool(_ text: String) -> Bool? {
    switch text.lowercased() {
    case "1", "t", "true": true
    case "0", "f", "false": false
    default: nil
    }
}
