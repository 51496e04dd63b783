/// The 64-bit FNV-1a hash (draft-eastlake-fnv): the same on every machine and in every run, which Swift's
/// `Hasher` is not. It tells versions apart and protects from nothing.
public func stableHash(_ bytes: some Sequence<UInt8>) -> UInt64 {
    bytes.reduce(0xCBF2_9CE4_8422_2325) { hash, byte in
        (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
    }
}
