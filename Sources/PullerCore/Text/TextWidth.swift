/// The columns that a text takes on a terminal: none for marks that are set on another character, two for those of East
/// Asian scripts and for most emoji, one for all others.
///
/// https://www.unicode.org/reports/tr11/ (the blocks whose characters are wide)
public func textWidth(_ text: String) -> Int {
    if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.utf8.count }
    return text.unicodeScalars.reduce(0) { $0 + width(of: $1) }
}

/// The text in at most so many columns; one that was cut ends in `…`.
public func shortened(_ text: String, to columns: Int) -> String {
    guard textWidth(text) > columns else { return text }
    var shown = String.UnicodeScalarView()
    var used = 1
    for scalar in text.unicodeScalars {
        used += width(of: scalar)
        guard used <= columns else { break }
        shown.append(scalar)
    }
    return columns > 0 ? String(shown) + "…" : ""
}

/// The text with spaces up to so many columns.
public func padded(_ text: String, to columns: Int) -> String {
    text + String(repeating: " ", count: max(columns - textWidth(text), 0))
}

private func width(of scalar: Unicode.Scalar) -> Int {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: break
    }
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAFF,
        0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF,
        0x1F900...0x1F9FF, 0x20000...0x3FFFD:
        return 2
    default: return scalar.properties.isEmojiPresentation ? 2 : 1
    }
}
