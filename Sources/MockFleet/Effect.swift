import SocketHTTP

/// What the engine wants done at the rim, for the exchange of this number.
public enum Effect: Sendable, Equatable {
    /// A whole answer.
    case answer(Int, HTTPResponse)
    /// The head of a stream.
    case start(Int, HTTPResponse, HTTPFraming)
    /// A piece of a stream.
    case write(Int, [UInt8])
    /// These bytes and nothing more: then the connection is closed.
    case last(Int, [UInt8])
    /// The orderly end of a stream.
    case finish(Int)
    /// The connection is reset.
    case reset(Int)
    /// A stream of filler, this long or without end.
    case fill(Int, bytes: Int?)
}
