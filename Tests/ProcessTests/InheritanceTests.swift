import Glibc
import TestSupport
import Testing

@Suite("A process that a test starts")
struct InheritanceTests {
    @Test("inherits no file that is open in the test, such as a connection of another test")
    func inheritsNothing() async throws {
        // exec does not close it, nor a socket of libcurl.
        let descriptor = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        let child = try RunningProcess(at: "/bin/ls", ["/proc/self/fd"], environment: [:])
        #expect(try await child.exitCode() == 0)
        // The last one is the folder that it lists.
        #expect(child.lines == ["0", "1", "2", "3"])
    }
}
