/// One line of the puller's log, as `LOG_FORMAT=json` writes it.
struct LogEvent: Decodable, Sendable {
    var event: String
    var user: String?
    var reason: String?
    var message: String
    var ready: Int?
    var desired: Int?
    // The names are the log's.
    // swift-format-ignore: AlwaysUseLowerCamelCase
    var next_check_seconds: Double?
}
