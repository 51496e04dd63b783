import PullerCore

/// Reads the users' file: text in, what it says or a reason out.
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

    /// What the file held when it was read.
    struct Reading: Sendable {
        /// What it said, or why it could not be used.
        let file: Result<UsersFile, UsersFileProblem>
        fileprivate let text: String?
    }

    /// Reads the file.
    ///
    /// - Parameter last: The reading before. What has not changed is not looked through again: every few seconds, that
    ///   would cost more than the requests of the users.
    func read(after last: Reading?) -> Reading {
        let text: String
        do {
            text = try readFile(path)
        } catch {
            return Reading(file: .failure(UsersFileProblem(text: "it cannot be read: \(error)")), text: nil)
        }
        if let last, last.text == text { return last }
        return Reading(file: file(of: text), text: text)
    }

    private func file(of text: String) -> Result<UsersFile, UsersFileProblem> {
        switch UsersFile.parse(text) {
        case .success(let file):
            if let problem = proxy.problem(with: file.users) {
                return .failure(UsersFileProblem(text: problem))
            }
            return .success(file)
        case .failure(let problem): return .failure(UsersFileProblem(text: problem.description))
        }
    }
}

/// Why the users' file cannot be used.
struct UsersFileProblem: Error, Equatable {
    var text: String
}
