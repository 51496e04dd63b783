import Foundation

/// The main job on a simulated fleet: a mock fleet and the real puller as processes of their own, and a table of what
/// the puller reports. Without a terminal it prints lines, and ends by itself.
@main
struct Main {
    static func main() async {
        let demo = Demo(isInteractive: Screen.isThere)
        do {
            exit(try await demo.run() ? 0 : 1)
        } catch {
            FileHandle.standardError.write(Data("demo: \(error)\n".utf8))
            exit(1)
        }
    }
}
