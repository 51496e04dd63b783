import Foundation

@testable import PullerCore

// Images, quantities, users and times.

private func matches(_ pattern: NSRegularExpression, _ text: String) -> Bool {
    let range = NSRange(location: 0, length: text.utf16.count)
    return pattern.firstMatch(in: text, range: range) != nil
}

private func pattern(_ text: String) -> NSRegularExpression {
    do { return try NSRegularExpression(pattern: text) } catch { fatalError("\(error)") }
}

/// The grammar of github.com/distribution/reference.
private let reference: NSRegularExpression = {
    let label = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
    let domain = "(?:\(label)(?:\\.\(label))*|\\[(?:[a-fA-F0-9:.]+)\\])(?::[0-9]+)?"
    let component = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*"
    let tag = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"
    let digest = "sha(?:256:[0-9a-f]{64}|384:[0-9a-f]{96}|512:[0-9a-f]{128})"
    return pattern("\\A(?:\(domain)/)?\(component)(?:/\(component))*(?::\(tag))?(?:@\(digest))?\\z")
}()

func fuzzImage(_ input: [UInt8]) {
    let text = String(decoding: input, as: UTF8.self)
    if let image = ImageReference.parse(text) {
        require(image.text == text, "the reference is not the text")
        require(matches(reference, text), "the kubelet would refuse \(text.debugDescription)")
        require(image.isPinned == hasBytes(of: "@", in: text), "pinned does not mean that there is a digest")
    }
    fuzzImagesFile(text)
    do throws(Expected) {
        guard let images = try parseImageList(text, resources: .none) else { return }
        let list = images.map(\.written).joined(separator: ";")
        require(Set(images.map(\.name)).count == images.count, "two images with one name")
        do throws(Expected) {
            require(
                try parseImageList(list, resources: .none) == images,
                "another list when it is parsed again"
            )
        } catch {
            require(false, "the list cannot be parsed again: \(error.text)")
        }
    } catch {
        requireOneLine(error.text)
    }
}

private func fuzzImagesFile(_ text: String) {
    switch ImagesFile.parse(text, resources: .none) {
    case .success(let file):
        require(!file.images.isEmpty, "a file without images is accepted")
        require(Set(file.images.map(\.name)).count == file.images.count, "two images with one name")
        let lines = file.images.map { $0.written + " # x\r\n" }.joined()
        let comments = file.confirmations.map { $0.comment(of: .images) + "\r\n" }.joined()
        require(
            ImagesFile.parse("\u{FEFF}" + lines + comments, resources: .none).value
                == ImagesFile(images: file.images, confirmations: file.confirmations),
            "other images with a byte order mark, comments and Windows line endings"
        )
    case .failure(let problem):
        requireOneLine(problem.description)
    }
}

/// Parses tolerations, an affinity, labels and annotations; what is accepted is the same when it is written and parsed
/// again.
func fuzzRules(_ input: [UInt8]) {
    let text = String(decoding: input, as: UTF8.self)
    do throws(Expected) {
        guard let tolerations = try Toleration.parseAll(text) else { return }
        let written = JSONValue.array(tolerations.map(\.json)).prettyJSON()
        do throws(Expected) {
            require(try Toleration.parseAll(written) == tolerations, "other tolerations: \(written)")
        } catch {
            require(false, "the tolerations cannot be parsed again: \(error.text)")
        }
    } catch {
        requireOneLine(error.text)
    }
    do throws(Expected) {
        guard let affinity = try AffinityText.parse(text) else { return }
        do throws(Expected) {
            require(
                try AffinityText.parse(affinity.prettyJSON()) == affinity,
                "another affinity: \(affinity)"
            )
        } catch {
            require(false, "the affinity cannot be parsed again: \(error.text)")
        }
    } catch {
        requireOneLine(error.text)
    }
    do throws(Expected) { _ = try OwnMetadata.labels(text) } catch { requireOneLine(error.text) }
    do throws(Expected) { _ = try OwnMetadata.annotations(text) } catch { requireOneLine(error.text) }
}

private let quantity = pattern(
    #"\A\+?0*(?:[0-9]*)\.?[0-9]*(?:[numkMGTPE]|[KMGTPE]i|[eE][+-]?0*[0-9]{1,3})?\z"#
)

private let factors: [String: Double] = [
    "": 1, "n": 1e-9, "u": 1e-6, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18,
    "Ki": 0x1p10, "Mi": 0x1p20, "Gi": 0x1p30, "Ti": 0x1p40, "Pi": 0x1p50, "Ei": 0x1p60,
]

func fuzzQuantity(_ input: [UInt8]) {
    let text = String(decoding: input, as: UTF8.self)
    let unsigned =
        text.utf8.first == UInt8(ascii: "+") ? String(decoding: text.utf8.dropFirst(), as: UTF8.self) : text
    let number = unsigned.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    let digits = number.filter { $0 != "." }
    let isExpected =
        matches(quantity, text) && !digits.isEmpty && digits.drop { $0 == "0" }.count <= 19
    guard let read = Quantity.parse(text) else {
        require(!isExpected, "the quantity \(text.debugDescription) is refused")
        return
    }
    require(isExpected, "\(text.debugDescription) is accepted as a quantity")
    require(read.text == text, "the quantity has another text")

    // Floating point is exact enough to detect a wrong suffix or cap.
    let suffix = String(unsigned[number.endIndex...])
    let exponent = suffix.dropFirst().replacing("+", with: "")
    let factor = factors[suffix] ?? pow(10, Double(exponent) ?? .nan)
    let amount = Double("0" + number + (number.hasSuffix(".") ? "0" : "")) ?? .nan
    let expected = amount == 0 ? 0 : min(amount * factor * 1e9, 0x1p63 * 1e9)
    require(
        abs(Double(read.nanos) - expected) <= 1 + expected * 1e-9,
        "\(text.debugDescription) is \(read.nanos) billionths and not \(expected)"
    )
    require(
        (read.nanos == 0) == digits.allSatisfy { $0 == "0" },
        "\(text.debugDescription) is wrongly zero, or not zero"
    )
}

func fuzzUsers(_ input: [UInt8]) {
    let text = String(decoding: input, as: UTF8.self)
    switch UsersFile.parse(text) {
    case .success(let file):
        requireUsers(file.users)
        let written = file.users.map(WrittenUser.text)
        let same = written.joined(separator: "\n")
        require(
            UsersFile.parse(same).value == UsersFile(users: file.users, lastMayBeCut: true),
            "another list of users when the file is parsed again"
        )
        let comments = file.confirmations.map { "\r\n" + $0.comment }.joined()
        require(
            UsersFile.parse("\u{FEFF}" + same.replacing("\n", with: "\r\n") + comments + "\r\n").value
                == UsersFile(users: file.users, confirmations: file.confirmations),
            "another list of users with a byte order mark, comments and Windows line endings"
        )
        do throws(Expected) {
            require(
                try UserList.parse(written.joined(separator: ",")) == file.users,
                "other users when they are parsed as a list"
            )
        } catch {
            require(false, "the users cannot be parsed as a list: \(error.text)")
        }
    case .failure(let problem):
        requireOneLine(problem.description)
    }
    do throws(Expected) {
        if let users = try UserList.parse(text) { requireUsers(users) }
    } catch {
        requireOneLine(error.text)
    }
    requireEncoded(percentEncoded(text), text)
}

/// Requires that a text is one path segment, and gives the original text when it is decoded. Foundation's decoder is
/// not used, because it removes a byte order mark.
private func requireEncoded(_ encoded: String, _ text: String) {
    var bytes: [UInt8] = []
    var rest = encoded.utf8[...]
    while let byte = rest.popFirst() {
        require(byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "/"), "not one path segment: \(encoded)")
        guard byte == UInt8(ascii: "%") else {
            bytes.append(byte)
            continue
        }
        bytes.append(UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) ?? 0)
        rest = rest.dropFirst(2)
    }
    require(bytes == Array(text.utf8), "decoded to another text: \(encoded)")
}

private func requireUsers(_ users: [String]) {
    require(!users.isEmpty && Set(users).count == users.count, "no users, or one of them twice")
    for user in users {
        require(userNameProblem(user) == nil, "\(user.debugDescription) is accepted")
        require(
            user.utf8.allSatisfy { (0x20..<0x7F).contains($0) },
            "\(user.debugDescription) cannot be sent in a header"
        )
    }
}

/// Parses RFC 3339 and HTTP dates, and the durations of the configuration.
func fuzzTime(_ input: [UInt8]) {
    let text = String(decoding: input, as: UTF8.self)
    if let time = Timestamp(rfc3339: text) { requireTime(time, text) }
    if let time = Timestamp(httpDate: text) { requireTime(time, text) }

    for (unit, duration) in [
        (Duration.seconds(3600), parseHours(text, floor: .zero)),
        (.seconds(1), parseSeconds(text, floor: .zero)),
    ] {
        guard let duration else { continue }
        require(duration >= .zero && duration <= .seconds(87_600 * 3_600), "out of bounds: \(duration)")
        let printed = decimalText(duration, unit: unit)
        let again =
            unit == .seconds(1) ? parseSeconds(printed, floor: .zero) : parseHours(printed, floor: .zero)
        require(again == duration, "\(text) is \(duration), its text \(printed) is \(again as Any)")
    }
}

private func requireTime(_ time: Timestamp, _ text: String) {
    // 1970 to the end of 9999.
    require((0...253_402_300_800).contains(time.seconds), "\(text) is \(time.seconds)")
    let printed = time.rfc3339(milliseconds: 0).replacing(".000Z", with: "Z")
    if time.seconds < 253_402_300_800 {
        require(Timestamp(rfc3339: printed) == time, "\(text) is printed as \(printed)")
    }
    // A leap second counts as the first second of the next minute, and the number of days in a month is not checked.
    if text.utf8.count == 20, !text.hasSuffix(":60Z"), text.dropFirst(8).prefix(2) < "29" {
        require(printed == text, "\(text) is parsed as \(printed)")
    }
}
