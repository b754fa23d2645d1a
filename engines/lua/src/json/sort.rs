//! A sort that can be ended at any time: an event, or a script, may have a great many keys.

use crate::host::Raise;

/// So many items are put in order between two looks at the clock.
const PIECE: usize = 1 << 12;

/// Puts items in order; those that are equal keep theirs.
///
/// # Errors
///
/// What `look`, which is called now and then, gives; some of the items are gone then.
pub(super) fn sort<T>(
    items: &mut Vec<T>,
    in_order: impl Fn(&T, &T) -> bool,
    look: impl Fn() -> Result<(), Raise>,
) -> Result<(), Raise> {
    let compare = |a: &T, b: &T| match (in_order(a, b), in_order(b, a)) {
        (true, true) => std::cmp::Ordering::Equal,
        (true, false) => std::cmp::Ordering::Less,
        _ => std::cmp::Ordering::Greater,
    };
    for piece in items.chunks_mut(PIECE) {
        piece.sort_by(compare);
        look()?;
    }
    let mut sorted = PIECE;
    while sorted < items.len() {
        let mut merged = Vec::with_capacity(items.len());
        let mut rest = std::mem::take(items).into_iter().peekable();
        while rest.peek().is_some() {
            let left: Vec<T> = rest.by_ref().take(sorted).collect();
            let right: Vec<T> = rest.by_ref().take(sorted).collect();
            let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
            loop {
                let item = match (left.peek(), right.peek()) {
                    (Some(a), Some(b)) if in_order(a, b) => left.next(),
                    (Some(_), None) => left.next(),
                    _ => right.next(),
                };
                let Some(item) = item else { break };
                merged.push(item);
                if merged.len().is_multiple_of(PIECE) {
                    look()?;
                }
            }
        }
        *items = merged;
        sorted *= 2;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn items_are_put_in_order_as_by_any_stable_sort() {
        for len in [0, 1, 2, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 7, 8 * PIECE] {
            let items: Vec<(usize, usize)> =
                (0..len).map(|at| (at.wrapping_mul(2_654_435_761) % 1000, at)).collect();
            let (mut ours, mut theirs) = (items.clone(), items);
            sort(&mut ours, |a, b| a.0 <= b.0, || Ok(())).ok().unwrap();
            theirs.sort_by_key(|item| item.0);
            assert_eq!(ours, theirs, "{len}");
        }
    }

    #[test]
    fn a_sort_ends_when_it_is_told_to() {
        let looks = Cell::new(0);
        let mut items: Vec<usize> = (0..20 * PIECE).rev().collect();
        let look = || {
            looks.set(looks.get() + 1);
            if looks.get() > 25 { Err(Raise::Stopped) } else { Ok(()) }
        };
        assert!(sort(&mut items, |a, b| a <= b, look).is_err());
        assert_eq!(looks.get(), 26);
    }
}
