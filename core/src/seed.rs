//! Random numbers that derive from the run's seed, so that a run can be repeated.

/// Mixes a number into a seed (SplitMix64's finalizer, Steele et al. 2014). Not for secrets.
#[must_use]
pub fn mix(seed: u64, with: u64) -> u64 {
    let mut x = seed ^ with.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// Mixes a text into a seed (FNV-1a, then [`mix`]).
#[must_use]
pub fn mix_text(seed: u64, text: &str) -> u64 {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    });
    mix(seed, hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_do_not_collide() {
        let seen: std::collections::HashSet<u64> =
            (0..100).flat_map(|seed| (0..100).map(move |with| mix(seed, with))).collect();
        assert_eq!(seen.len(), 10_000);
        assert_ne!(mix_text(0, "a"), mix_text(0, "b"));
    }
}
