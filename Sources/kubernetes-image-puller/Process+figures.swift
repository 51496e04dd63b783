import Foundation
import Operations

extension Process {
    private static let machine = (try? readFile("/proc/stat")).flatMap {
        ProcessFigures.Machine(
            stat: $0,
            ticksPerSecond: sysconf(Int32(_SC_CLK_TCK)),
            pageBytes: sysconf(Int32(_SC_PAGESIZE))
        )
    }

    /// What the system says of this process; `nil` where there is no /proc.
    @Sendable static func figures() -> ProcessFigures? {
        guard let machine, let stat = try? readFile("/proc/self/stat"),
            var figures = ProcessFigures(stat: stat, on: machine)
        else { return nil }
        figures.openFiles = countOpenFiles()
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            figures.mostOpenFiles = Int(clamping: limit.rlim_cur)
        }
        return figures
    }

    private static func countOpenFiles() -> Int? {
        guard let folder = opendir("/proc/self/fd") else { return nil }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        // Without `.`, `..` and the folder itself.
        return max(count - 3, 0)
    }
}
