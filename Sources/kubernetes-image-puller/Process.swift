import CLinuxMemory
import Foundation
import Operations
import PullerCore
import Synchronization

/// What the program has from its surroundings.
enum Process {
    /// A file that could not be read or written.
    struct FileError: Error, CustomStringConvertible {
        let description: String
        /// Whether the reader has gone away, as `head` does when it has seen enough.
        var isBrokenPipe = false
    }

    /// Bytes of a file that are read at most: the largest ConfigMap has 1 MiB.
    private static let fileLimit = 16 << 20

    static var environment: [String: String] { ProcessInfo.processInfo.environment }

    static func wallTime() -> Double { Date().timeIntervalSince1970 }

    static func random() -> Double { .random(in: 0..<1) }

    /// Ends the program without the libraries' own endings, which would meet the network's threads at work. Everything
    /// that was printed is out.
    static func exit(_ code: Int32) -> Never { _exit(code) }

    /// Lets all threads share four arenas of memory. By default glibc makes up to eight for each processor of the node, and
    /// what is free in one of them is of no use in the others. One for all would cost a twentieth of the CPU: threads wait
    /// for each other, and what lives long lies between what does not.
    static func shareMemory() { mallopt(M_ARENA_MAX, 4) }

    /// Gives free memory back to the system. glibc keeps what lies below anything that is in use, which is nearly all
    /// that thousands of rounds at once have needed. A few milliseconds.
    @Sendable static func returnMemory() { malloc_trim(0) }

    /// Processors that may be used: those of the node, or fewer where the pod has a limit.
    static var processors: Int {
        let available = ProcessInfo.processInfo.activeProcessorCount
        let limit = (try? readFile("/sys/fs/cgroup/cpu.max")).flatMap { PullerCore.processors(ofCPUMax: $0) }
        return min(available, limit ?? available)
    }

    static func ignoreBrokenPipes() { signal(SIGPIPE, SIG_IGN) }

    /// Takes a variable out of the environment that makes URLSession print every header, and so the token, on standard
    /// error. It is looked up when the first connection is made.
    static func silenceDebugOutput() { unsetenv("URLSessionDebugLibcurl") }

    /// Lets libcurl reach everything without the HTTP proxies of the environment.
    static func useNoProxy() { setenv("no_proxy", "*", 1) }

    /// The text of a file.
    ///
    /// - Throws: ``FileError`` in the system's words.
    @Sendable static func readFile(_ path: String) throws -> String {
        // Without O_NONBLOCK, opening a pipe that has no writer would wait for ever.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw FileError(description: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            guard count >= 0 else { throw FileError(description: String(cString: strerror(errno))) }
            if count == 0 { break }
            bytes += buffer[..<count]
            guard bytes.count <= fileLimit else {
                throw FileError(description: "larger than \(fileLimit) bytes")
            }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw NotText(bytes: bytes)
        }
        return text
    }

    /// Raises the number of files that may be open to what the system allows, as every connection is one.
    ///
    /// - Returns: How many may be open.
    static func raiseFileLimit() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
        var raised = limit
        raised.rlim_cur = limit.rlim_max
        if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) == 0 { limit = raised }
        return Int(min(limit.rlim_cur, 1 << 20))
    }
}

/// Where the program prints.
enum Terminal {
    // One each: while one of them is not read, the other one is of use.
    private static let outputLock = Mutex(())
    private static let errorLock = Mutex(())
    private static let loss = Mutex<String?>(nil)

    /// Why something that was printed is lost; `nil` when nothing is, or when its reader has gone away.
    static var outputLoss: String? { loss.withLock { $0 } }

    /// What is known of standard output.
    static func output(_ environment: [String: String]) -> TerminalTraits {
        traits(of: STDOUT_FILENO, environment)
    }

    /// What is known of standard error.
    static func errors(_ environment: [String: String]) -> TerminalTraits {
        traits(of: STDERR_FILENO, environment)
    }

    private static func traits(of descriptor: Int32, _ environment: [String: String]) -> TerminalTraits {
        TerminalTraits(isTerminal: isatty(descriptor) == 1, environment: environment) {
            var size = winsize()
            let isKnown = ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
            return isKnown ? Int(size.ws_col) : nil
        }
    }

    /// Prints the output of a command. What cannot be written is told by ``outputLoss``.
    @Sendable static func print(_ text: String) {
        do {
            try printBytes(Array(text.utf8))
        } catch {
            guard (error as? Process.FileError)?.isBrokenPipe != true else { return }
            loss.withLock { $0 = "\(error)" }
        }
    }

    /// Prints to standard error. What cannot be written is lost: there is no other place to report it.
    @Sendable static func printError(_ text: String) {
        errorLock.withLock { _ in try? write(Array(text.utf8)[...], to: STDERR_FILENO) }
    }

    /// - Throws: ``Process/FileError`` when it cannot be written.
    @Sendable static func printBytes(_ bytes: [UInt8]) throws {
        try outputLock.withLock { _ in try write(bytes[...], to: STDOUT_FILENO) }
    }

    /// Prints lines of the log of a command whose output is something else.
    ///
    /// - Throws: ``Process/FileError`` when it cannot be written.
    @Sendable static func printErrorBytes(_ bytes: [UInt8]) throws {
        try errorLock.withLock { _ in try write(bytes[...], to: STDERR_FILENO) }
    }

    /// Writes all of it, without the pieces of other threads in between.
    private static func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) throws {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            // The descriptor may be one that does not wait; this does.
            if count < 0, errno == EAGAIN {
                var writable = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&writable, 1, -1)
                continue
            }
            guard count > 0 else {
                let number = errno
                throw Process.FileError(
                    description: String(cString: strerror(number)),
                    isBrokenPipe: number == EPIPE
                )
            }
            rest = rest.dropFirst(count)
        }
    }
}
