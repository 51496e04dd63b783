import Glibc

/// Everything that happens on the server's one thread. It is created on that thread and never leaves it, so it needs
/// no locks.
final class EventLoop {
    private static let wakeTag: UInt64 = 0
    static let firstListenerTag: UInt64 = 1
    static let firstConnectionTag: UInt64 = 1 << 32

    let limits: HTTPLimits
    let listeners: [ListenerSocket]
    private let mailbox: Mailbox
    private let handler: HTTPServer.Handler
    private let tick: HTTPServer.Tick?
    var poller: Poller

    var connections: [Connection?] = []
    var freeSlots: [Int] = []
    var closedSlots: [Int] = []
    private var dirty: [Connection] = []
    private var buffer = [UInt8](repeating: 0, count: 64 * 1024)
    private var lastSerial: UInt64 = 0
    var now: UInt64
    private var nextSweep: UInt64 = 0
    private var nextTick: UInt64 = .max
    private var dateSecond = 0
    private var date: [UInt8] = []
    var accepting = Accepting.now

    /// Whether the listeners are watched; those that are not would wake the loop continuously.
    enum Accepting {
        case now
        /// When there is room, and at this time at the latest.
        case whenThereIsRoom(by: UInt64)
        /// At this time.
        case at(UInt64)

        /// When the loop has to look again.
        var deadline: UInt64 {
            switch self {
            case .now: .max
            case .whenThereIsRoom(let time), .at(let time): time
            }
        }
    }

    init(
        limits: HTTPLimits,
        listeners: [ListenerSocket],
        mailbox: Mailbox,
        pollDescriptor: Int32,
        handler: @escaping HTTPServer.Handler,
        tick: HTTPServer.Tick?
    ) {
        self.limits = limits
        self.listeners = listeners
        self.mailbox = mailbox
        self.handler = handler
        self.tick = tick
        poller = Poller(descriptor: pollDescriptor)
        now = monotonicNanoseconds()
    }

    /// Serves until the mailbox is told to stop, and then closes everything.
    func run() {
        _ = poller.add(mailbox.wakeDescriptor, tag: Self.wakeTag, .input)
        for (index, listener) in listeners.enumerated() {
            _ = poller.add(listener.descriptor, tag: Self.firstListenerTag + UInt64(index), .input)
        }
        while !mailbox.mustStop { pass() }
        for connection in connections { if let connection { close(connection) } }
        for listener in listeners { _ = Glibc.close(listener.descriptor) }
        mailbox.close()
    }

    private func pass() {
        let wait = mailbox.maySleep() ? sleepMilliseconds() : 0
        let events = poller.wait(milliseconds: wait)
        mailbox.wokeUp()
        now = monotonicNanoseconds()
        refreshDate()
        resumeAccepting()
        for event in events { handle(event) }
        settle()
        if let tick {
            nextTick = tick().map { now &+ $0.nanoseconds } ?? .max
            settle()
        }
        if now >= nextSweep { sweep() }
        freeSlots.append(contentsOf: closedSlots)
        closedSlots.removeAll(keepingCapacity: true)
    }

    private func sleepMilliseconds() -> Int32 {
        let hasConnections = freeSlots.count < connections.count
        let next = min(nextTick, hasConnections ? nextSweep : .max, accepting.deadline)
        guard next != .max else { return -1 }
        guard next > now else { return 0 }
        // Rounded up: after waking a little early, the loop would have to wait once more.
        return Int32(clamping: (next - now + 999_999) / 1_000_000)
    }

    private func handle(_ event: Poller.Event) {
        guard event.tag >= Self.firstConnectionTag else {
            if event.tag == Self.wakeTag {
                var count: UInt64 = 0
                _ = read(mailbox.wakeDescriptor, &count, 8)
            } else {
                accept(listener: Int(event.tag - Self.firstListenerTag))
            }
            return
        }
        guard let connection = connections[Int(event.tag - Self.firstConnectionTag)] else { return }
        if event.isReadable {
            receive(connection)
        } else if event.isBroken || event.isHungUp {
            return close(connection)
        }
        markDirty(connection)
    }

    private func receive(_ connection: Connection) {
        let count = buffer.withUnsafeMutableBytes { recv(connection.descriptor, $0.baseAddress, $0.count, 0) }
        if count > 0 {
            connection.received(buffer[..<count])
            dispatch(connection)
        } else if count == 0 {
            connection.inputEnded = true
            // A client that is waiting for an answer or reading a stream has nothing more to send, so the end of its
            // input means that it has gone away.
            if connection.exchange != nil || connection.pendingBytes == 0 { close(connection) }
        } else if errno != EAGAIN && errno != EINTR {
            close(connection)
        }
    }

    private func dispatch(_ connection: Connection) {
        let serial = lastSerial + 1
        let request = connection.nextRequest(serial: serial, now: now, limits: limits, date: date)
        guard let request else { return }
        lastSerial = serial
        let exchange = ExchangeID(slot: connection.slot, serial: serial)
        let responder = HTTPResponder(exchange: exchange, mailbox: mailbox)
        guard !isQueueFull || limits.replacesQuietConnections && makeRoom(for: connection) else {
            var answer = HTTPResponse.text(503, "too many bytes wait for slow clients\n")
            answer.headers.add("Retry-After", "1")
            return responder.respond(answer)
        }
        handler(request, responder)
    }

    var isQueueFull: Bool {
        limits.totalQueuedBytes < .max
            && connections.reduce(0) { $0 + ($1?.pendingBytes ?? 0) } >= limits.totalQueuedBytes
    }

    private func markDirty(_ connection: Connection) {
        guard !connection.isDirty else { return }
        connection.isDirty = true
        dirty.append(connection)
    }

    /// Carries out the handlers' actions and sends their output, until nothing is left to do without waiting.
    private func settle() {
        while true {
            let actions = mailbox.takeAll()
            for (id, action) in actions {
                guard let connection = connections[id.slot], connection.exchange?.id == id else { continue }
                connection.apply(action, limits: limits, date: date)
                markDirty(connection)
            }
            guard actions.isEmpty else { continue }
            guard !dirty.isEmpty else { return }
            let settling = dirty
            dirty.removeAll(keepingCapacity: true)
            for connection in settling {
                connection.isDirty = false
                if connections[connection.slot] === connection { settle(connection) }
            }
        }
    }

    private func settle(_ connection: Connection) {
        guard connection.flush(now: now, limits: limits) else { return close(connection) }
        if connection.pendingBytes == 0, connection.exchange == nil, connection.ending == .open {
            dispatch(connection)
            guard connection.flush(now: now, limits: limits) else { return close(connection) }
        }
        if connection.pendingBytes == 0 {
            switch connection.ending {
            case .open where connection.inputEnded && connection.exchange == nil: return close(connection)
            case .open, .lingering: break
            case .closeWhenSent where connection.inputEnded: return close(connection)
            case .closeWhenSent: connection.linger()
            case .resetWhenSent: return reset(connection)
            }
        }
        connection.updateWatchdog(now: now, limits: limits)
        let wanted = connection.wantedInterest(limits: limits)
        guard wanted != connection.interest else { return }
        connection.interest = wanted
        poller.change(connection.descriptor, tag: Self.firstConnectionTag + UInt64(connection.slot), wanted)
    }

    private func sweep() {
        for connection in connections {
            guard let connection, connection.watchdog.isExpired(now: now) else { continue }
            switch connection.watchdog.phase {
            case .head, .body:
                connection.refuse(.timeout, date: date)
                markDirty(connection)
            case .writing: reset(connection)
            case .idle, .answering, .lingering: close(connection)
            }
        }
        settle()
        nextSweep = now + limits.sweepInterval
    }

    func reset(_ connection: Connection) {
        var option = Glibc.linger(l_onoff: 1, l_linger: 0)
        let size = socklen_t(MemoryLayout<Glibc.linger>.size)
        setsockopt(connection.descriptor, SOL_SOCKET, SO_LINGER, &option, size)
        close(connection)
    }

    func close(_ connection: Connection) {
        guard connections[connection.slot] === connection else { return }
        connections[connection.slot] = nil
        // The slot is free only after this pass: events of the pass may still refer to it.
        closedSlots.append(connection.slot)
        _ = Glibc.close(connection.descriptor)
        connection.disconnected()
    }

    private func refreshDate() {
        let second = time(nil)
        guard second != dateSecond else { return }
        dateSecond = second
        date = Array(HTTPDate.text(secondsSince1970: second).utf8)
    }
}

/// The time of the monotonic clock.
func monotonicNanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
