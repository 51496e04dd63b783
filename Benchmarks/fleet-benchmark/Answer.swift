import Foundation
import Synchronization

/// What URLSession's thread hands to the one that waits.
final class Answer: Sendable {
    private let content = Mutex<(Int?, Data)>((nil, Data()))

    func set(_ status: Int?, _ data: Data?) { content.withLock { $0 = (status, data ?? Data()) } }

    func get() -> (Int?, Data) { content.withLock { $0 } }
}
