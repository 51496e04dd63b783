/// How the program ends; 64 to 78 as in sysexits.h.
enum ExitCode {
    static let done: Int32 = 0
    /// Something may be left in a cluster, a cluster could not be asked, or it is not ready.
    static let left: Int32 = 1
    /// A plan has something that would be done.
    static let changes: Int32 = 2
    /// Arguments that are not understood, or that do not fit the configuration.
    static let usage: Int32 = 64
    /// The puller that was asked gives no answer.
    static let unavailable: Int32 = 69
    static let software: Int32 = 70
    /// The output of a command could not be written.
    static let output: Int32 = 74
    static let configuration: Int32 = 78
}
