/// SHA-256 (FIPS 180-4), to name the page's own script and style in its Content-Security-Policy.
func sha256(_ message: [UInt8]) -> [UInt8] {
    var padded = message + [0x80]
    while padded.count % 64 != 56 { padded.append(0) }
    let bits = UInt64(message.count) * 8
    padded += (0..<8).map { UInt8(truncatingIfNeeded: bits >> (56 - 8 * UInt64($0))) }
    var hash = roots(of: 8, power: 2)
    for start in stride(from: 0, to: padded.count, by: 64) {
        compress(padded[start..<start + 64], into: &hash)
    }
    return hash.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (24 - 8 * UInt32($0))) } }
}

private func compress(_ block: ArraySlice<UInt8>, into hash: inout [UInt32]) {
    var words = (0..<16).map { index in
        (0..<4).reduce(UInt32(0)) { $0 << 8 | UInt32(block[block.startIndex + index * 4 + $1]) }
    }
    for index in 16..<64 {
        let (early, late) = (words[index - 15], words[index - 2])
        let small = rotated(early, 7) ^ rotated(early, 18) ^ (early >> 3)
        let large = rotated(late, 17) ^ rotated(late, 19) ^ (late >> 10)
        words.append(words[index - 16] &+ small &+ words[index - 7] &+ large)
    }
    var state = hash
    for index in 0..<64 {
        let (a, e) = (state[0], state[4])
        let choice = (e & state[5]) ^ (~e & state[6])
        let majority = (a & state[1]) ^ (a & state[2]) ^ (state[1] & state[2])
        let first =
            state[7] &+ (rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)) &+ choice &+ constants[index]
            &+ words[index]
        let second = (rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) &+ majority
        state = [first &+ second, a, state[1], state[2], state[3] &+ first, e, state[5], state[6]]
    }
    for index in 0..<8 { hash[index] &+= state[index] }
}

private func rotated(_ word: UInt32, _ count: UInt32) -> UInt32 { word >> count | word << (32 - count) }

private let constants = roots(of: 64, power: 3)

/// The first 32 bits of the fractions of the square or cube roots of the first primes.
private func roots(of count: Int, power: Int) -> [UInt32] {
    let primes = (2...).lazy.filter { number in !(2..<number).contains { number % $0 == 0 } }.prefix(count)
    return primes.map { prime in
        // The largest root with root^power <= prime * 2^(32 * power).
        let target = UInt128(prime) << UInt128(32 * power)
        var root: UInt128 = 0
        for bit in (0..<36).reversed() {
            let next = root | 1 << UInt128(bit)
            if (1..<power).reduce(next, { product, _ in product * next }) <= target { root = next }
        }
        return UInt32(truncatingIfNeeded: root)
    }
}
