import Synchronization

/// Returns a generator of numbers in `0..<1`, which are always the same for a seed (SplitMix64).
public func seededRandom(_ seed: UInt64) -> @Sendable () -> Double {
    let state = SharedState(seed)
    return { state.next() }
}

private final class SharedState: Sendable {
    private let state: Mutex<UInt64>

    init(_ seed: UInt64) {
        state = Mutex(seed)
    }

    func next() -> Double {
        state.withLock { state in
            state &+= 0x9e37_79b9_7f4a_7c15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
            return Double((mixed ^ (mixed >> 31)) >> 11) / Double(1 << 53)
        }
    }
}
