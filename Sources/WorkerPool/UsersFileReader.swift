import PullerCore

/// Reads the users' file: text in, users or a reason out.
public struct UsersFileReader: Sendable {
    /// Path, for messages.
    let path: String
    private let proxy: ProxyAddress
    private let readFile: @Sendable (String) throws -> String

    /// A reader of one file, whose users are to be reached through `proxy`.
    public init(path: String, proxy: ProxyAddress, readFile: @escaping @Sendable (String) throws -> String) {
        self.path = path
        self.proxy = proxy
        self.readFile = readFile
    }

    /// The users that the file names now, or why it cannot be used.
    func read() -> Result<[String], UsersFileProblem> {
        do {
            switch UsersFile.parse(try readFile(path)) {
            case .success(let users):
                if let problem = proxy.problem(with: users) {
                    return .failure(UsersFileProblem(text: problem))
                }
                return .success(users)
            case .failure(let problem): return .failure(UsersFileProblem(text: problem.description))
            }
        } catch {
            return .failure(UsersFileProblem(text: "it cannot be read: \(error)"))
        }
    }
}

/// Why the users' file cannot be used.
struct UsersFileProblem: Error, Equatable {
    var text: String
}
