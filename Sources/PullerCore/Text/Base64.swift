/// The standard alphabet of RFC 4648 section 4, with padding.
public func base64Encoded(_ bytes: some Sequence<UInt8>) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var text: [UInt8] = []
    var bits = 0
    var count = 0
    for byte in bytes {
        bits = (bits << 8 | Int(byte)) & 0xFFFF
        count += 8
        while count >= 6 {
            count -= 6
            text.append(alphabet[bits >> count & 0x3F])
        }
    }
    if count > 0 { text.append(alphabet[bits << (6 - count) & 0x3F]) }
    while text.count % 4 != 0 { text.append(UInt8(ascii: "=")) }
    return String(decoding: text, as: UTF8.self)
}

/// The bytes of text in the standard alphabet of RFC 4648 section 4 with its padding; spaces, tabs and line breaks do not
/// count. `nil` for anything else.
public func base64Decoded(_ text: some Sequence<UInt8>) -> [UInt8]? {
    var bytes: [UInt8] = []
    var bits = 0
    var characters = 0
    var padding = 0
    for character in text where !" \t\r\n".utf8.contains(character) {
        characters += 1
        if character == UInt8(ascii: "=") {
            padding += 1
            continue
        }
        guard padding == 0, let digit = base64Digit(character) else { return nil }
        bits = (bits << 6 | digit) & 0xFFFFFF
        switch characters % 4 {
        case 1: break
        case 2: bytes.append(UInt8(bits >> 4 & 0xFF))
        case 3: bytes.append(UInt8(bits >> 2 & 0xFF))
        default: bytes.append(UInt8(bits & 0xFF))
        }
    }
    return characters % 4 == 0 && padding <= 2 ? bytes : nil
}

/// Whether a byte may be in a line of base64.
func isBase64(_ byte: UInt8) -> Bool {
    isSpace(byte) || byte == UInt8(ascii: "=") || base64Digit(byte) != nil
}

private func base64Digit(_ character: UInt8) -> Int? {
    switch character {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): Int(character) - 65
    case UInt8(ascii: "a")...UInt8(ascii: "z"): Int(character) - 97 + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(character) - 48 + 52
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
}
