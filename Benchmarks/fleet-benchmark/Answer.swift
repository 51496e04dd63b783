import Foundation
import Synchronization

/// Passes an answer from URLSession's thread to the thread that waits for it.
final class Answer: Sendable {
    private let content = Mutex<(Int?, Data)>((nil, Data()))

    func set(_ status: Int?, _ data: Data?) { content.withLock { $0 = (status, data ?? Data()) } }

    func get() -> (Int?, Data) { content.withLock { $0 } }
}
