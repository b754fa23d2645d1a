//! A plain search that can be ended at any time.

use std::hash::{BuildHasher, RandomState};

use memchr::memmem;

/// A needle up to which a search is left to `memmem`, whose preparation cannot be ended.
const SHORT: usize = 1 << 12;
/// So many bytes are gone through between two looks at the clock.
const PIECE: usize = 1 << 14;
/// A Mersenne prime: products are reduced by shifts.
const MODULUS: u64 = (1 << 61) - 1;

/// Where the needle stands first; `None` from `check` ends the search.
///
/// A long needle is sought by a rolling hash (Karp, Rabin, "Efficient randomized pattern-matching algorithms", 1987) with a random base, so that no text can
/// be made to collide.
pub(super) fn find(
    text: &[u8],
    needle: &[u8],
    mut check: impl FnMut() -> Option<()>,
) -> Option<Option<usize>> {
    if needle.len() > text.len() {
        return Some(None);
    }
    if needle.len() <= SHORT {
        return short(text, needle, check);
    }
    let base = RandomState::new().hash_one(0) % (MODULUS - 256) + 256;
    let mut hash = |bytes: &[u8]| {
        let mut hash = 0;
        for piece in bytes.chunks(PIECE) {
            check()?;
            hash = piece.iter().fold(hash, |hash, byte| step(hash, base, *byte));
        }
        Some(hash)
    };
    let wanted = hash(needle)?;
    let mut rolled = hash(&text[..needle.len()])?;
    let highest = power(base, needle.len() - 1);
    let last = text.len() - needle.len();
    for at in 0..=last {
        if at.is_multiple_of(PIECE) {
            check()?;
        }
        if rolled == wanted && text[at..].starts_with(needle) {
            return Some(Some(at));
        }
        if at < last {
            let gone = multiply(u64::from(text[at]), highest);
            let rest = (rolled + MODULUS - gone) % MODULUS;
            rolled = step(rest, base, text[at + needle.len()]);
        }
    }
    Some(None)
}

/// A long text is searched in overlapping pieces.
fn short(
    text: &[u8],
    needle: &[u8],
    mut check: impl FnMut() -> Option<()>,
) -> Option<Option<usize>> {
    const LONG_PIECE: usize = 1 << 20;
    let finder = memmem::Finder::new(needle);
    let mut from = 0;
    loop {
        check()?;
        let to = text.len().min(from + LONG_PIECE + needle.len());
        if let Some(at) = finder.find(&text[from..to]) {
            return Some(Some(from + at));
        }
        if to == text.len() {
            return Some(None);
        }
        from += LONG_PIECE;
    }
}

fn step(hash: u64, base: u64, byte: u8) -> u64 {
    (multiply(hash, base) + u64::from(byte)) % MODULUS
}

fn multiply(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    let folded = (product as u64 & MODULUS) + (product >> 61) as u64;
    folded % MODULUS
}

fn power(base: u64, mut exponent: usize) -> u64 {
    let (mut result, mut square) = (1, base);
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = multiply(result, square);
        }
        square = multiply(square, square);
        exponent >>= 1;
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn everywhere(text: &[u8], needle: &[u8]) -> Option<usize> {
        find(text, needle, || Some(())).unwrap()
    }

    #[test]
    fn what_stands_somewhere_is_found_there_first() {
        for len in [0, 1, 5, SHORT, SHORT + 1, 3 * SHORT] {
            let needle: Vec<u8> = (0..len).map(|at| (at % 7) as u8 + b'a').collect();
            for before in [0, 1, 1000, 2 << 20] {
                let mut text = vec![b'x'; before];
                text.extend_from_slice(&needle);
                text.extend_from_slice(b"yy");
                text.extend_from_slice(&needle);
                let want = if len == 0 { 0 } else { before };
                assert_eq!(everywhere(&text, &needle), Some(want), "{len} after {before}");
            }
        }
    }

    #[test]
    fn what_stands_nowhere_is_not_found() {
        for len in [1, SHORT, SHORT + 1] {
            let mut needle = vec![b'a'; len];
            needle[len - 1] = b'b';
            assert_eq!(everywhere(&vec![b'a'; 3 * len], &needle), None);
            assert_eq!(everywhere(&needle[1..], &needle), None);
        }
    }

    #[test]
    fn a_search_ends_when_it_is_told_to() {
        let text = vec![b'a'; 1 << 20];
        let mut left = 3;
        let check = || {
            left -= 1;
            (left > 0).then_some(())
        };
        assert_eq!(find(&text, &text[..SHORT + 1], check), None);
    }
}
