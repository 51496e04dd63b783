import Foundation

/// Two gzip files, made by Python's gzip module.
enum Gzip {
    /// `{"hello":"world"}`
    static let hello = [UInt8](
        Data(base64Encoded: "H4sIAAAAAAAC/6tWykjNyclXslIqzy/KSVGqBQDRQQnYEQAAAA==") ?? Data()
    )

    /// A million zeros in 1,003 bytes.
    static let zeros: [UInt8] = {
        let start: [UInt8] = [
            0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 0x02, 0xff, 0xed, 0xc1, 0x01, 0x01, 0, 0, 0, 0x82, 0x20, 0xff,
            0xaf, 0x6e, 0x48, 0x40, 0x01,
        ]
        let end: [UInt8] = [0xaf, 0x06, 0x9e, 0xcb, 0x79, 0x12, 0x40, 0x42, 0x0f, 0]
        return start + [UInt8](repeating: 0, count: 1003 - start.count - end.count) + end
    }()
}
