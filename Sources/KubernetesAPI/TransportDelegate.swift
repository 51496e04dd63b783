import CURLTrust
import Foundation
import FoundationNetworking
import PullerCore
import Synchronization

/// Makes URLSession tell its delegate everything on its own queue, at once: an operation for each head, piece and end
/// costs more than what the delegate does with it, and nothing bounds the operations that wait. The delegate has
/// to be quick, and must not ask URLSession for anything that waits for that queue, such as a cancellation.
final class InPlaceQueue: OperationQueue {
    override func addOperation(_ block: @escaping @Sendable () -> Void) { block() }
}

// A subclass of an unchecked class has to say whether it is Sendable. Only URLSession has this one, on several threads;
// it has no state of its own.
@available(*, unavailable) extension InPlaceQueue: @unchecked Sendable {}

/// Hands what URLSession tells about a task to the ``Exchange`` that waits for it.
final class TransportDelegate: NSObject, URLSessionDataDelegate, Sendable {
    private let underWay = Mutex(UnderWay())
    /// What must not be seen of libcurl's texts.
    private let hidden: Confidences

    init(hiding hidden: Confidences = Confidences()) {
        self.hidden = hidden
    }

    private struct UnderWay {
        /// By the numbers of their tasks.
        var exchanges: [Int: Exchange] = [:]
        /// Exchanges that have no task yet.
        var expected = 0
        var count: Int { exchanges.count + expected }
    }

    /// Counts an exchange for which there will be a task.
    ///
    /// - Parameter limit: How many may be under way with it; `nil` for any number.
    /// - Returns: Whether it may.
    func expect(limit: Int?) -> Bool {
        underWay.withLock { underWay in
            if let limit, underWay.count >= limit { return false }
            underWay.expected += 1
            return true
        }
    }

    /// Takes the task of an exchange that was expected, or that there will be none.
    func take(_ exchange: Exchange?, task: Int?) {
        underWay.withLock { underWay in
            underWay.expected -= 1
            if let task { underWay.exchanges[task] = exchange }
        }
    }

    /// How many exchanges have not ended.
    var count: Int { underWay.withLock { $0.count } }

    /// Whether a task has not ended.
    func isUnderWay(_ task: Int) -> Bool { underWay.withLock { $0.exchanges[task] != nil } }

    private func exchange(for task: URLSessionTask) -> Exchange? {
        underWay.withLock { $0.exchanges[task.taskIdentifier] }
    }

    func urlSession(
        _ session: URLSession,
        dataTask: URLSessionDataTask,
        didReceive response: URLResponse,
        completionHandler: @escaping (URLSession.ResponseDisposition) -> Void
    ) {
        if let head = Self.head(response) {
            exchange(for: dataTask)?.receive(head, announcing: response.expectedContentLength)
        }
        completionHandler(.allow)
    }

    private static func head(_ response: URLResponse) -> HTTPResponseHead? {
        guard let response = response as? HTTPURLResponse else { return nil }
        var headers: [String: String] = [:]
        for (name, value) in response.allHeaderFields {
            guard let name = name as? String, let value = value as? String else { continue }
            headers[name.lowercased()] = value
        }
        let disguise = Int(CURL_TRUST_DISGUISE)
        let status = response.statusCode > 599 ? response.statusCode - disguise : response.statusCode
        return HTTPResponseHead(status: status, headers: headers)
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        exchange(for: dataTask)?.receive(data)
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        let exchange = underWay.withLock { $0.exchanges.removeValue(forKey: task.taskIdentifier) }
        let url = task.originalRequest?.url
        exchange?.finish(error.map { .failure(Self.failure($0, url: url, hiding: hidden)) } ?? .success(()))
    }

    func urlSession(
        _ session: URLSession,
        task: URLSessionTask,
        willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest,
        completionHandler: @escaping (URLRequest?) -> Void
    ) {
        // It does not come to this, since URLSession sees no redirect. Should it ever, the token must not travel.
        completionHandler(nil)
    }

    func urlSession(
        _ session: URLSession,
        task: URLSessionTask,
        needNewBodyStream completionHandler: @escaping (InputStream?) -> Void
    ) {
        // libcurl sends a request once more when the kept connection that it chose breaks, but URLSession cannot give
        // it the body again: the second one would hang until its time is up.
        exchange(for: task)?.finish(
            .failure(Failure(.unreachable, "a kept connection broke while it was used"))
        )
        completionHandler(nil)
    }

    /// What an error of URLSession means. TLS failures have no code of their own, so libcurl's text tells them.
    static func failure(_ error: any Error, url: URL?, hiding hidden: Confidences = Confidences()) -> Failure
    {
        let error = error as NSError
        // First of all, since each watch that is given up ends so, on the queue that all requests share: searching a text
        // that is not shown took a twelfth of a cold start's CPU.
        if error.code == URLError.cancelled.rawValue {
            return Failure(.cancelled, "the request was cancelled")
        }
        let said = error.userInfo[NSLocalizedDescriptionKey] as? String ?? "\(error)"
        // How long it took differs each time, and says nothing.
        let text = hidden.hidden(in: said).replacing(/\ after [0-9]+ (ms|milliseconds)/, with: "")
        switch error.code {
        case URLError.timedOut.rawValue:
            return Failure(.timeout, text)
        case URLError.badURL.rawValue, URLError.unsupportedURL.rawValue:
            // libcurl's code for a scheme that it does not know is also that for an answer that is not HTTP.
            if let what = NetworkTrouble.notHTTP(said, url: url) {
                return Failure(.unreachable, "\(what) (\(text))")
            }
            return Failure(.unreachable, text, leavesOpen: false)
        default:
            // The text of any other error may hold the name of a host, which can be anything.
            let trouble = NetworkTrouble(said, url: url, isCertain: error.code == URLError.unknown.rawValue)
            guard !trouble.explanation.isEmpty else { return Failure(trouble.reason, text) }
            return Failure(trouble.reason, trouble.explanation + (trouble.showsText ? " (\(text))" : ""))
        }
    }
}
