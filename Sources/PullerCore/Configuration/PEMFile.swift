/// Checks a file of CA certificates as OpenSSL reads it for libcurl (`X509_STORE_load_file`, seen with OpenSSL 3.0): one
/// block that is broken makes the whole file useless, and text between blocks does not count.
///
/// libcurl names neither the line nor the cause, and only when the first connection is made.
struct PEMFile {
    /// Labels of certificates: https://docs.openssl.org/3.0/man3/PEM_read_bio_PrivateKey/#notes
    private static let certificateLabels = ["CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"]

    /// Whether OpenSSL does not just skip a block that is no certificate. It takes each `... PRIVATE KEY` for one that it
    /// knows, an `OPENSSH PRIVATE KEY`, too.
    private static func isParsed(_ label: String) -> Bool {
        label == "X509 CRL" || label.contains("PRIVATE KEY") && label != "ENCRYPTED PRIVATE KEY"
    }

    private var certificates = 0
    private var otherLabels: [String] = []
    /// A line that names a certificate in a way that OpenSSL does not read.
    private var oddLine: PEMLines.Line?

    /// - Throws: What is wrong, and in which line.
    static func check(_ bytes: [UInt8]) throws(Expected) {
        guard !bytes.isEmpty else { throw Expected("must name a file that is not empty") }
        var file = PEMFile()
        var lines = PEMLines(bytes)
        while let line = lines.next() {
            if let label = line.label(after: "-----BEGIN ") {
                try file.read(label, from: line.number, &lines)
            } else {
                try file.checkThatNothingIsLost(line)
            }
        }
        guard file.certificates == 0 else { return }
        throw Expected(file.whatElse(bytes))
    }

    /// A line that a reader would take for the start of a certificate, and OpenSSL does not.
    private mutating func checkThatNothingIsLost(_ line: PEMLines.Line) throws(Expected) {
        let text = String(decoding: line.bytes, as: UTF8.self)
        guard let start = text.firstRange(of: "-----BEGIN ") else { return }
        let rest = text[start.upperBound...]
        guard let label = Self.certificateLabels.first(where: { rest.hasPrefix($0 + "-----") }) else {
            return
        }
        guard text[..<start.lowerBound].allSatisfy(\.isWhitespace) else {
            // In a comment, for instance.
            oddLine = oddLine ?? line
            return
        }
        guard rest == label + "-----" else {
            throw Expected(
                "must have line breaks around -----BEGIN \(label)-----: line \(line.number) has more than that"
            )
        }
        throw Expected(
            "must have -----BEGIN \(label)----- at the start of its line: line \(line.number) is indented"
        )
    }

    private mutating func read(_ label: String, from start: Int, _ lines: inout PEMLines) throws(Expected) {
        let isCertificate = Self.certificateLabels.contains(label)
        var block = PEMBlock(label: label, start: start)
        while !block.isComplete {
            guard let line = lines.next() else {
                throw Expected("must have -----END \(label)----- for the block that starts in line \(start)")
            }
            try block.add(line)
        }
        lines.skipByteOrderMark()
        guard let content = block.content else {
            let place = block.oddLine.map { "line \($0)" } ?? "the one that starts in line \(start)"
            throw Expected("must have only base64 in its blocks: \(place) is damaged")
        }
        if isCertificate {
            guard DER.isCertificate(content) else {
                throw Expected(
                    "must have whole certificates: the one that starts in line \(start) is damaged"
                )
            }
            certificates += 1
        } else {
            guard !Self.isParsed(label) || block.isEncrypted || DER.isSequence(content) else {
                throw Expected("must have whole blocks: the \(label) that starts in line \(start) is damaged")
            }
            otherLabels.append(label)
        }
    }

    /// What a file without certificates is.
    private func whatElse(_ bytes: [UInt8]) -> String {
        if DER.isCertificate(bytes) {
            return
                "must name a PEM file, and this one is DER: convert it with openssl x509 -inform der -in FILE"
        }
        if let label = otherLabels.first {
            return "must name a PEM file with a certificate; this one has only "
                + displayText(label, limit: 40)
        }
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            return "must name a PEM file in ASCII or UTF-8, not in UTF-16"
        }
        if let oddLine {
            return
                "must have -----BEGIN CERTIFICATE----- on a line of its own: line \(oddLine.number) has more"
        }
        return "must name a PEM file: no line is -----BEGIN CERTIFICATE-----"
    }
}
