import Glibc

// Which clients get a connection, and an answer, when there is not room for all.
extension EventLoop {
    /// How long a connection has to ask something before another can take its place, in nanoseconds. With 32 connections,
    /// 1,600 a second can be replaced: a client that comes while hundreds are waiting is still heard within a second.
    private static let timeToAsk: UInt64 = 20_000_000
    /// How long a client may leave an answer unread when another one waits for its place.
    private static let timeToRead: UInt64 = 1_000_000_000

    func accept(listener: Int) {
        // A bounded number at a time, so that a flood of connections does not starve those that are open.
        for _ in 0..<64 {
            if openConnections >= limits.connections, limits.replacesQuietConnections, !makeRoom() { return }
            let descriptor = Glibc.accept(listeners[listener].descriptor, nil, nil)
            guard descriptor >= 0 else {
                if [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(errno) {
                    // Out of descriptors or memory.
                    pauseAccepting(.at(now + limits.sweepInterval))
                }
                return
            }
            var one: Int32 = 1
            setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
            guard openConnections < limits.connections, makeNonBlocking(descriptor) else {
                let full = "HTTP/1.1 503 Full\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
                _ = send(descriptor, full, full.utf8.count, Int32(MSG_NOSIGNAL))
                _ = Glibc.close(descriptor)
                continue
            }
            adopt(descriptor, listener: listener)
        }
    }

    var openConnections: Int { connections.count - freeSlots.count - closedSlots.count }

    /// Makes room for a client that has something to ask: those that ask nothing must not keep it out. They have a moment
    /// to ask, though: otherwise many that ask nothing, and come again at once, would have it thrown out before it is read.
    ///
    /// - Returns: Whether to accept a connection now.
    private func makeRoom() -> Bool {
        guard let first = longest(where: \.isQuiet) ?? longest(where: \.isUnread) else { return true }
        let end = first.lastRequest + (first.isQuiet ? Self.timeToAsk : Self.timeToRead)
        guard now >= end else {
            pauseAccepting(.whenThereIsRoom(by: end))
            return false
        }
        first.isQuiet ? close(first) : reset(first)
        return true
    }

    /// Makes room for the answer to a client: those that do not read theirs must not keep it from being answered.
    ///
    /// - Returns: Whether there is room.
    func makeRoom(for client: Connection) -> Bool {
        while isQueueFull {
            guard let slowest = longest(where: { $0.isUnread && $0 !== client }),
                now >= slowest.lastRequest + Self.timeToRead
            else { return false }
            reset(slowest)
        }
        return true
    }

    /// Of the connections for which this holds, the one whose last request is the oldest.
    private func longest(where isMeant: (Connection) -> Bool) -> Connection? {
        connections.lazy.compactMap { $0 }.filter(isMeant).min { $0.lastRequest < $1.lastRequest }
    }

    private func adopt(_ descriptor: Int32, listener: Int) {
        let slot = freeSlots.popLast() ?? connections.count
        if slot == connections.count { connections.append(nil) }
        let connection = Connection(
            descriptor: descriptor,
            slot: slot,
            listener: listener,
            now: now,
            limits: limits
        )
        guard poller.add(descriptor, tag: Self.firstConnectionTag + UInt64(slot), .input) else {
            _ = Glibc.close(descriptor)
            freeSlots.append(slot)
            return
        }
        connections[slot] = connection
    }

    private func pauseAccepting(_ pause: Accepting) {
        accepting = pause
        watchListeners([])
    }

    func resumeAccepting() {
        switch accepting {
        case .now: return
        case .whenThereIsRoom(let time):
            guard now >= time || openConnections < limits.connections else { return }
        case .at(let time): guard now >= time else { return }
        }
        accepting = .now
        watchListeners(.input)
    }

    private func watchListeners(_ interest: Poller.Interest) {
        for (index, listener) in listeners.enumerated() {
            poller.change(listener.descriptor, tag: Self.firstListenerTag + UInt64(index), interest)
        }
    }
}
