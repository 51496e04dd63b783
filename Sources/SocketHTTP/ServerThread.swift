import Glibc

/// Starts a POSIX thread. The closure is released after it has run.
func startThread(_ body: @escaping @Sendable () -> Void) throws(HTTPServerError) -> pthread_t {
    let box = Unmanaged.passRetained(ThreadBody(body))
    var thread = pthread_t()
    let code = pthread_create(&thread, nil, runThread, box.toOpaque())
    guard code == 0 else {
        box.release()
        throw HTTPServerError("pthread_create", code: code)
    }
    return thread
}

private func runThread(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().body()
    return nil
}

/// Carries a closure through `pthread_create`.
private final class ThreadBody: Sendable {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) {
        self.body = body
    }
}
