import Foundation
import FoundationNetworking
import PullerCore
import Synchronization

/// Hands what URLSession tells about a task to the ``Exchange`` that waits for it.
final class TransportDelegate: NSObject, URLSessionDataDelegate, Sendable {
    private let exchanges = Mutex<[Int: Exchange]>([:])

    func add(_ exchange: Exchange, for task: Int) {
        exchanges.withLock { $0[task] = exchange }
    }

    private func exchange(for task: URLSessionTask) -> Exchange? {
        exchanges.withLock { $0[task.taskIdentifier] }
    }

    func urlSession(
        _ session: URLSession,
        dataTask: URLSessionDataTask,
        didReceive response: URLResponse,
        completionHandler: @escaping (URLSession.ResponseDisposition) -> Void
    ) {
        guard let response = response as? HTTPURLResponse else { return completionHandler(.cancel) }
        var headers: [String: String] = [:]
        for (name, value) in response.allHeaderFields {
            guard let name = name as? String, let value = value as? String else { continue }
            headers[name.lowercased()] = value
        }
        exchange(for: dataTask)?.receive(HTTPResponseHead(status: response.statusCode, headers: headers))
        completionHandler(.allow)
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        if exchange(for: dataTask)?.receive(data) == false {
            dataTask.cancel()
        }
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        let exchange = exchanges.withLock { $0.removeValue(forKey: task.taskIdentifier) }
        exchange?.finish(error.map { .failure(Self.failure($0)) } ?? .success(()))
    }

    func urlSession(
        _ session: URLSession,
        task: URLSessionTask,
        willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest,
        completionHandler: @escaping (URLRequest?) -> Void
    ) {
        // The 3xx itself becomes the answer.
        completionHandler(nil)
    }

    /// What an error of URLSession means. TLS failures have no code of their own, so libcurl's text tells them
    /// (messages of OpenSSL's verification and of libcurl's host name check).
    static func failure(_ error: any Error) -> Failure {
        let error = error as NSError
        let text = (error.userInfo[NSLocalizedDescriptionKey] as? String) ?? "\(error)"
        switch error.code {
        case URLError.cancelled.rawValue:
            return Failure(.cancelled, "the request was cancelled")
        case URLError.timedOut.rawValue:
            return Failure(.timeout, text)
        default:
            break
        }
        let lower = text.lowercased()
        let causes = [
            ("certificate has expired", "the server's certificate has expired"),
            ("not yet valid", "the server's certificate is not yet valid"),
            ("subject name", "the server's certificate is for another host"),
            ("unable to get", "the server's certificate is signed by an unknown authority"),
            ("self-signed", "the server's certificate is signed by an unknown authority"),
            ("self signed", "the server's certificate is signed by an unknown authority"),
            ("certificate", "the server's certificate is not trusted"),
        ]
        if let cause = causes.first(where: { lower.contains($0.0) }) {
            return Failure(.untrusted, "\(cause.1) (\(text))")
        }
        return Failure(.unreachable, text)
    }
}
