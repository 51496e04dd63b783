import SocketHTTP

/// A body that arrives byte by byte.
struct Drip: Sendable {
    var bytes: ArraySlice<UInt8>
    let pace: Duration
}

extension Fleet {
    /// Carries out a request with a fault.
    mutating func perform(_ arrival: Arrival, _ fault: Fault) {
        switch fault.kind {
        case .status:
            if fault.takesEffect { _ = route(arrival) }
            answer(arrival, decorated(faultResponse(fault), fault), fault: fault)
        case .denied, .quota:
            let name = arrival.target.name ?? "kubernetes-image-puller"
            let status =
                fault.kind == .denied
                ? KubernetesStatus.denied(fault.status, fault.content)
                : KubernetesStatus.quotaExceeded(name, fault.content)
            answer(arrival, decorated(status.response, fault), fault: fault)
        case .redirect:
            var response = HTTPResponse(status: 307)
            response.headers.add("Location", fault.location)
            answer(arrival, decorated(response, fault), fault: fault)
        case .drop, .never:
            if fault.takesEffect { _ = route(arrival) }
            record(arrival, status: 0, fault: fault)
            if fault.kind == .drop { add(.reset(arrival.exchange)) }
        case .cutHead:
            record(arrival, status: 200, fault: fault)
            add(.last(arrival.exchange, Array("HTTP/1.1 200 OK\r\n".utf8)))
        case .endless: fill(arrival, fault, bytes: nil)
        case .huge: fill(arrival, fault, bytes: fault.bytes)
        default:
            switch route(arrival) {
            case .watch(let options, let cluster):
                openWatch(arrival, options, cluster: cluster, fault: fault)
            case .answer(let response):
                spoil(arrival, decorated(response, fault), fault)
            }
        }
    }

    /// The headers that a fault adds.
    func decorated(_ response: HTTPResponse, _ fault: Fault) -> HTTPResponse {
        var response = response
        if let seconds = fault.retryAfter { response.headers.add("Retry-After", seconds) }
        for (name, value) in fault.headers.sorted(by: { $0.key < $1.key }) {
            response.headers.add(name, value)
        }
        return response
    }

    private func faultResponse(_ fault: Fault) -> HTTPResponse {
        let phrase = "a fault was asked for"
        let (type, text): (String, String) =
            switch fault.body {
            case .empty: ("", "")
            case .text: ("text/plain; charset=utf-8", fault.content ?? "\(phrase)\n")
            case .html:
                (
                    "text/html",
                    fault.content ?? "<html><body><h1>\(fault.status) \(phrase)</h1></body></html>\n"
                )
            case .oauth:
                (
                    "application/json",
                    fault.content ?? "{\"error\":\"server_error\",\"error_description\":\"\(phrase)\"}"
                )
            case .json: ("application/json", fault.content ?? "{\"message\":\"\(phrase)\"}")
            case .status:
                (
                    "application/json",
                    fault.content
                        ?? String(decoding: KubernetesStatus.fault(fault.status).json.text, as: UTF8.self)
                )
            }
        var response = HTTPResponse(status: fault.status, body: Array(text.utf8))
        if !type.isEmpty { response.headers.add("Content-Type", type) }
        return response
    }

    private mutating func fill(_ arrival: Arrival, _ fault: Fault, bytes: Int?) {
        record(arrival, status: 200, fault: fault)
        let head = decorated(HTTPResponse(status: 200, headers: ["Content-Type": "application/json"]), fault)
        add(.start(arrival.exchange, dated(head), bytes.map { .length($0) } ?? .chunked))
        add(.fill(arrival.exchange, bytes: bytes))
    }

    /// Sends the answer, but not as it should be.
    private mutating func spoil(_ arrival: Arrival, _ response: HTTPResponse, _ fault: Fault) {
        var response = response
        switch fault.kind {
        case .malformed: response.body = Array("{\"kind\": DaemonSet, oops".utf8)
        case .truncated: response.body = Array(response.body.prefix(response.body.count / 2))
        case .otherKind: response.body = edited(response.body) { $0["kind"] = "ConfigMap" }
        case .wrongName:
            response.body = edited(response.body) { object in
                var metadata = object["metadata"] ?? [:]
                metadata["name"] = "another-name"
                object["metadata"] = metadata
            }
        case .cut, .drip: return trickle(arrival, response, fault)
        default: break
        }
        answer(arrival, response, fault: fault)
    }

    private func edited(_ text: [UInt8], _ edit: (inout JSON) -> Void) -> [UInt8] {
        guard var json = try? JSON(parsing: text) else { return text }
        edit(&json)
        return json.text
    }

    private mutating func trickle(_ arrival: Arrival, _ response: HTTPResponse, _ fault: Fault) {
        record(arrival, status: response.status, fault: fault)
        var head = response
        head.body = []
        add(.start(arrival.exchange, dated(head), .length(response.body.count)))
        guard fault.kind == .drip else {
            add(.write(arrival.exchange, Array(response.body.prefix(response.body.count / 2))))
            add(.reset(arrival.exchange))
            return
        }
        drips[arrival.exchange] = Drip(bytes: response.body[...], pace: fault.after ?? .seconds(1))
        dripByte(arrival.exchange)
    }

    mutating func dripByte(_ exchange: Int) {
        guard let drip = drips[exchange] else { return }
        guard let byte = drip.bytes.first else {
            drips[exchange] = nil
            add(.finish(exchange))
            return
        }
        add(.write(exchange, [byte]))
        drips[exchange]?.bytes.removeFirst()
        timeline.add(.drip(exchange), at: now + max(drip.pace, .milliseconds(1)))
    }
}
