/// What the system says of this process.
public struct ProcessFigures: Sendable, Equatable {
    /// Processor time that it has used, user and system, in seconds.
    public var cpuSeconds: Double
    /// Memory that it has, in bytes.
    public var residentBytes: Int
    /// Addresses that it uses, in bytes.
    public var virtualBytes: Int
    /// When it was started, in seconds since 1970.
    public var startTime: Double
    /// Its threads.
    public var threads: Int
    /// Files and connections that are open; `nil` when that is not known.
    public var openFiles: Int?
    /// How many may be; `nil` when that is not known.
    public var mostOpenFiles: Int?

    /// What does not change while the system runs.
    public struct Machine: Sendable, Equatable {
        /// Parts of a second in which processor time is counted.
        public var ticksPerSecond: Int
        /// Bytes of a page of memory.
        public var pageBytes: Int
        /// When the system was started, in seconds since 1970.
        public var bootTime: Int

        /// A machine.
        ///
        /// - Parameter stat: The content of `/proc/stat`: see proc_stat(5).
        /// - Returns: `nil` when the time of its start is not in the text.
        public init?(stat: String, ticksPerSecond: Int, pageBytes: Int) {
            guard let line = stat.split(separator: "\n").first(where: { $0.hasPrefix("btime ") }),
                let bootTime = Int(line.dropFirst("btime ".count)), ticksPerSecond > 0
            else { return nil }
            self.ticksPerSecond = ticksPerSecond
            self.pageBytes = pageBytes
            self.bootTime = bootTime
        }
    }

    /// The figures of a process.
    ///
    /// - Parameter stat: The content of `/proc/self/stat`: see proc_pid_stat(5). The name of the program, in parentheses, can
    ///   have parentheses and spaces of its own.
    /// - Returns: `nil` when the text is not of this kind.
    public init?(stat: String, on machine: Machine) {
        guard let end = stat.lastIndex(of: ")") else { return nil }
        // The first one is the third of the manual's list.
        let fields = stat[stat.index(after: end)...].split(whereSeparator: \.isWhitespace)
        func field(_ number: Int) -> Int? {
            fields.indices.contains(number - 3) ? Int(fields[number - 3]) : nil
        }
        guard let user = field(14), let system = field(15), let threads = field(20),
            let start = field(22), let size = field(23), let pages = field(24)
        else { return nil }
        let ticks = Double(machine.ticksPerSecond)
        cpuSeconds = Double(user + system) / ticks
        residentBytes = pages * machine.pageBytes
        virtualBytes = size
        startTime = Double(machine.bootTime) + Double(start) / ticks
        self.threads = threads
    }
}
