import PullerCore

/// Reads the users' file.
public struct UsersFileReader: Sendable {
    let file: FileReader<UsersFile>

    /// A reader of one file, whose users are to be reached through `proxy`.
    public init(path: String, proxy: ProxyAddress, readFile: @escaping @Sendable (String) throws -> String) {
        file = FileReader(path: path, readFile: readFile) { text in
            switch UsersFile.parse(text) {
            case .success(let file):
                if let problem = proxy.problem(with: file.users) {
                    return .failure(FileProblem(text: problem))
                }
                return .success(file)
            case .failure(let problem): return .failure(FileProblem(text: problem.description))
            }
        }
    }
}

extension UserRoster: FileRoster {
    mutating func take(_ file: UsersFile, at now: Duration) throws(BrakedRemoval) -> Change? {
        do throws(MassRemoval) {
            let change = try read(file, at: now)
            return change.isEmpty ? nil : change
        } catch {
            throw BrakedRemoval(count: error.count, problem: error.problem)
        }
    }
}

extension UserRoster.Change: FileChange {
    var counts: (added: Int, removed: Int) { (added.count, removed.count) }
}
