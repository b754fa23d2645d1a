//! Inputs as sources of choices.

/// An input with pseudo-random bytes behind it, which derive from it: the generators do not run dry after the few bytes that libFuzzer begins with.
pub(crate) fn stretched(bytes: &[u8]) -> Vec<u8> {
    /// In bytes; enough for most programs.
    const TAIL: usize = 1024;
    // FNV-1a, then SplitMix64.
    let mut state = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let mut stretched = bytes.to_vec();
    while stretched.len() < bytes.len() + TAIL {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = state;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        stretched.extend((word ^ (word >> 31)).to_le_bytes());
    }
    stretched
}
