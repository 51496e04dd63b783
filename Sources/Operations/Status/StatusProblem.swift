import Foundation
import PullerCore

/// Why a console did not say how the clusters are.
public struct StatusProblem: Error, Equatable, Sendable {
    /// For people, on one line.
    public var message: String
    /// Whether asking again may help: the puller is being restarted, or the way to it is.
    public var mayPass: Bool

    init(_ message: String, mayPass: Bool) {
        self.message = displayText(oneLine(message), limit: 400)
        self.mayPass = mayPass
    }

    /// What an answer means that is not a document.
    ///
    /// - Parameters:
    ///   - origin: Who answered.
    ///   - said: The body, without secrets.
    init(status: Int, origin: String, said: String, hadToken: Bool) {
        switch status {
        case 401 where hadToken, 403 where hadToken:
            self.init("\(origin) refuses the token of CONSOLE_TOKEN_FILE (\(status))", mayPass: false)
        case 401, 403:
            self.init("\(origin) asks for a token: CONSOLE_TOKEN_FILE must name its file (\(status))", mayPass: false)
        case 300...399:
            self.init("\(origin) answered \(status): redirects are not followed", mayPass: false)
        case 404:
            self.init("\(origin) has no status API (404): is it the console of a puller?", mayPass: false)
        default:
            let error = (try? JSONDecoder().decode([String: String].self, from: Data(said.utf8)))?["error"]
            let words = error.map { ": " + $0 } ?? ""
            self.init("\(origin) answered \(status)\(words)", mayPass: status == 429 || status >= 500)
        }
    }
}
