import Foundation

/// All clusters in one document of the form of `/api/v1/clusters`.
struct StatusJSON: Encodable {
    var revision: UInt64?
    var total: Int
    var matching: Int
    var clusters: [ClusterDocument]

    /// JSON for programs and people: keys are sorted, and characters that a terminal would act on are escaped.
    var text: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        // Texts, numbers and truth values can always be encoded.
        let json = (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
        var text = ""
        for scalar in json.unicodeScalars {
            // Line feeds are the document's own: those of texts are escaped already.
            if scalar != "\n", Self.isUnsafe(scalar) {
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16)
                    text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
        return text + "\n"
    }

    private static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned: true
        default: false
        }
    }
}
