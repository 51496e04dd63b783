import CLinuxEvents
import Glibc

/// An epoll instance: level-triggered, with a tag of the caller's choice for each descriptor.
struct Poller: ~Copyable {
    /// What a descriptor is watched for.
    struct Interest: OptionSet {
        let rawValue: UInt32
        static let input = Interest(rawValue: EPOLLIN.rawValue)
        static let output = Interest(rawValue: EPOLLOUT.rawValue)
        static let hangUp = Interest(rawValue: EPOLLRDHUP.rawValue)
    }

    struct Event {
        var tag: UInt64
        var isReadable: Bool
        var isWritable: Bool
        var isBroken: Bool
        var isHungUp: Bool
    }

    private let descriptor: Int32
    private var events = [epoll_event](repeating: epoll_event(), count: 512)

    /// Creates an epoll descriptor for ``init(descriptor:)``, where an error can still be thrown.
    static func makeDescriptor() throws(HTTPServerError) -> Int32 {
        let descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard descriptor >= 0 else { throw HTTPServerError("epoll_create1") }
        return descriptor
    }

    /// Takes ownership of the descriptor, and closes it on deinitialization.
    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        _ = Glibc.close(descriptor)
    }

    func add(_ watched: Int32, tag: UInt64, _ interest: Interest) -> Bool {
        var event = epoll_event(events: interest.rawValue, data: epoll_data_t(u64: tag))
        return epoll_ctl(descriptor, EPOLL_CTL_ADD, watched, &event) == 0
    }

    func change(_ watched: Int32, tag: UInt64, _ interest: Interest) {
        var event = epoll_event(events: interest.rawValue, data: epoll_data_t(u64: tag))
        _ = epoll_ctl(descriptor, EPOLL_CTL_MOD, watched, &event)
    }

    /// Waits for events, for at most this many milliseconds; a negative number means no limit.
    mutating func wait(milliseconds: Int32) -> [Event] {
        let count = epoll_wait(descriptor, &events, Int32(events.count), milliseconds)
        guard count > 0 else { return [] }
        return events.prefix(Int(count)).map { event in
            Event(
                tag: event.data.u64,
                isReadable: event.events & EPOLLIN.rawValue != 0,
                isWritable: event.events & EPOLLOUT.rawValue != 0,
                isBroken: event.events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0,
                isHungUp: event.events & EPOLLRDHUP.rawValue != 0
            )
        }
    }
}
