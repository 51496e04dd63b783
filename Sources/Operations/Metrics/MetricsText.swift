import PullerCore

/// Metrics as a scraper reads them, written one after the other.
struct MetricsText {
    private let format: MetricsFormat
    private(set) var bytes: [UInt8] = []
    private var family: MetricFamily?
    /// The name of the samples.
    private var name: [UInt8] = []

    init(_ format: MetricsFormat) {
        self.format = format
    }

    /// Begins a metric. Without a value there is nothing of it in the text.
    private mutating func begin(_ family: MetricFamily) {
        guard self.family != family else { return }
        self.family = family
        // In OpenMetrics, only the samples of a counter have its suffix.
        let name = format == .openMetrics ? family.name : family.queriedName
        add("# HELP \(name) \(family.help)\n# TYPE \(name) \(family.kind.rawValue)\n")
        if format == .openMetrics, let unit = family.unit { add("# UNIT \(name) \(unit)\n") }
        self.name = Array(family.queriedName.utf8)
    }

    /// Writes a value of a metric; all values of one metric come one after the other.
    ///
    /// - Parameter labels: The values of its labels, in their order.
    mutating func add(_ family: MetricFamily, _ labels: [String] = [], _ value: Int) {
        begin(family)
        addLabels(labels)
        addLine(value)
    }

    /// The same with a number that has a fraction.
    mutating func add(_ family: MetricFamily, _ labels: [String] = [], _ value: Double) {
        begin(family)
        addLabels(labels)
        add("\(value)\n")
    }

    /// 1 for yes, and 0 for no.
    mutating func add(_ family: MetricFamily, _ labels: [String] = [], _ value: Bool) {
        add(family, labels, value ? 1 : 0)
    }

    /// All series of a histogram.
    mutating func add(_ family: MetricFamily, _ labels: [String] = [], _ histogram: Histogram) {
        begin(family)
        var count = 0
        // As OpenMetrics wants the bounds; in the other format, too, so that the series have the same names.
        for (bound, inBucket) in zip(histogram.bounds.map { "\($0)" } + ["+Inf"], histogram.counts) {
            count += inBucket
            addLabels(labels, suffix: "_bucket", bound: bound)
            addLine(count)
        }
        addSum(labels, histogram.sum, count: count)
    }

    /// Both series of a summary.
    mutating func add(_ family: MetricFamily, _ labels: [String] = [], sum: Double, count: Int) {
        begin(family)
        addSum(labels, sum, count: count)
    }

    /// All that was written.
    mutating func finish() -> [UInt8] {
        if format == .openMetrics { add("# EOF\n") }
        return bytes
    }

    // MARK: Parts of a line

    /// The beginning of a line, with the space before the value.
    private mutating func addLabels(_ values: [String], suffix: String = "", bound: String? = nil) {
        bytes += name
        add(suffix)
        var opening = UInt8(ascii: "{")
        for (label, value) in zip(family?.labels ?? [], values) {
            addLabel(label, value, opening)
            opening = UInt8(ascii: ",")
        }
        if let bound {
            addLabel("le", bound, opening)
            opening = UInt8(ascii: ",")
        }
        if opening == UInt8(ascii: ",") { bytes.append(UInt8(ascii: "}")) }
        bytes.append(UInt8(ascii: " "))
    }

    private mutating func addSum(_ labels: [String], _ sum: Double, count: Int) {
        addLabels(labels, suffix: "_sum")
        add("\(sum)\n")
        addLabels(labels, suffix: "_count")
        addLine(count)
    }

    private mutating func addLabel(_ label: String, _ value: String, _ opening: UInt8) {
        bytes.append(opening)
        add(label)
        add("=\"")
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "\\"), UInt8(ascii: "\""):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case UInt8(ascii: "\n"): add("\\n")
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func addLine(_ value: Int) {
        if (0..<10).contains(value) {
            bytes.append(UInt8(ascii: "0") + UInt8(value))
        } else {
            add(String(value))
        }
        bytes.append(UInt8(ascii: "\n"))
    }

    private mutating func add(_ text: String) { bytes += text.utf8 }
}
