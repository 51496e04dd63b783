import Foundation

// `scripts/fuzz` builds this folder and the modules under test into one program with libFuzzer; it is not a target of
// Package.swift. Each fuzz target takes arbitrary bytes, and checks what must hold for them, not only that nothing
// crashes.

/// The fuzz targets by name; each has a folder of seeds in `corpus`.
private let targets: [String: @Sendable ([UInt8]) -> Void] = [
    "answer": fuzzAnswer,
    "arguments": fuzzArguments,
    "configuration": fuzzConfiguration,
    "console": fuzzConsole,
    "image": fuzzImage,
    "json": fuzzJSON,
    "pods": fuzzPods,
    "pulls": fuzzPulls,
    "quantity": fuzzQuantity,
    "request": fuzzRequest,
    "rules": fuzzRules,
    "time": fuzzTime,
    "token": fuzzToken,
    "users": fuzzUsers,
    "watch": fuzzWatch,
]

private let target: @Sendable ([UInt8]) -> Void = {
    let name = ProcessInfo.processInfo.environment["FUZZ_TARGET"] ?? ""
    guard let target = targets[name] else {
        print("FUZZ_TARGET must be one of: \(targets.keys.sorted().joined(separator: " "))")
        exit(64)
    }
    return target
}()

/// libFuzzer calls this with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    target(Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}

/// Ends the program if a condition does not hold. `precondition` would print no message in an optimized build.
func require(
    _ holds: Bool,
    _ what: @autoclosure () -> String,
    file: StaticString = #file,
    line: UInt = #line
) {
    guard !holds else { return }
    fatalError(what(), file: file, line: line)
}

/// Requires a single line without characters that a terminal interprets.
func requireOneLine(_ text: String, file: StaticString = #file, line: UInt = #line) {
    let isSafe = text.unicodeScalars.allSatisfy { scalar in
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0x2028...0x202E, 0x2066...0x2069: false
        default: true
        }
    }
    require(isSafe, "not one safe line: \(text.debugDescription)", file: file, line: line)
}

/// Whether a text contains the bytes of another one; `contains` would compare whole characters.
func hasBytes(of part: String, in text: String) -> Bool {
    Data(text.utf8).range(of: Data(part.utf8)) != nil
}

/// The input, split at zero bytes, as texts.
func fields(_ input: [UInt8]) -> [String] {
    input.split(separator: 0, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
}

extension Result {
    /// The value, or `nil`.
    var value: Success? { try? get() }
}
