import Dispatch
import Foundation
import FoundationNetworking
import Synchronization

extension MockFleetControl {
    /// Sends a request to a control endpoint, and blocks the calling thread until it is answered: for programs without
    /// tasks.
    ///
    /// - Returns: The body of the answer.
    /// - Throws: ``Problem``, if the mock fleet refuses or does not answer.
    @discardableResult
    public func sendAndWait(_ method: String, _ path: String, _ body: String? = nil) throws -> Data {
        let request = try request(method, path, body)
        let done = DispatchSemaphore(value: 0)
        let answer = Answer()
        URLSession.shared.dataTask(with: request) { data, response, _ in
            answer.set(data ?? Data(), response)
            done.signal()
        }.resume()
        done.wait()
        let (data, response) = answer.get()
        return try accepted(data, response, of: "\(method) \(path)")
    }

    /// Gets the answer of a control endpoint, and blocks the calling thread meanwhile.
    public func getAndWait<Value: Decodable>(_ path: String, as type: Value.Type) throws -> Value {
        try JSONDecoder().decode(type, from: sendAndWait("GET", path))
    }
}

/// Passes an answer from URLSession's thread to the thread that waits for it.
private final class Answer: Sendable {
    private let content = Mutex<(Data, URLResponse?)>((Data(), nil))

    func set(_ data: Data, _ response: URLResponse?) { content.withLock { $0 = (data, response) } }

    func get() -> (Data, URLResponse?) { content.withLock { $0 } }
}
