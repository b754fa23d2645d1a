//! Parts of texts, in place of Rhai's own, which first take each character of the whole apart.

use std::{
    ops::{Range, RangeInclusive},
    rc::Rc,
};

use rhai::{Engine, ImmutableString};

use crate::state::State;

/// Replaces them.
pub(super) fn register(engine: &mut Engine, state: &Rc<State>) {
    let own = Rc::clone(state);
    engine
        .register_fn("sub_string", move |text: &str, start: i64| part(&own, text, start, i64::MAX));
    let own = Rc::clone(state);
    engine.register_fn("sub_string", move |text: &str, start: i64, count: i64| {
        part(&own, text, start, count)
    });
    let own = Rc::clone(state);
    engine.register_fn("sub_string", move |text: &str, range: Range<i64>| {
        let (start, count) = exclusive(&range);
        part(&own, text, start, count)
    });
    let own = Rc::clone(state);
    engine.register_fn("sub_string", move |text: &str, range: RangeInclusive<i64>| {
        let (start, count) = inclusive(&range);
        part(&own, text, start, count)
    });
    let own = Rc::clone(state);
    engine.register_fn("crop", move |text: &mut ImmutableString, start: i64| {
        *text = part(&own, text, start, i64::MAX);
    });
    let own = Rc::clone(state);
    engine.register_fn("crop", move |text: &mut ImmutableString, start: i64, count: i64| {
        *text = part(&own, text, start, count);
    });
    let own = Rc::clone(state);
    engine.register_fn("crop", move |text: &mut ImmutableString, range: Range<i64>| {
        let (start, count) = exclusive(&range);
        *text = part(&own, text, start, count);
    });
    let own = Rc::clone(state);
    engine.register_fn("crop", move |text: &mut ImmutableString, range: RangeInclusive<i64>| {
        let (start, count) = inclusive(&range);
        *text = part(&own, text, start, count);
    });
    let own = Rc::clone(state);
    engine.register_fn("pop", move |text: &mut ImmutableString, count: i64| {
        if count <= 0 {
            return ImmutableString::new();
        }
        let end = part(&own, text, count.saturating_neg(), count);
        *text = text[..text.len() - end.len()].into();
        end
    });
}

/// So many characters from a place on, which is reckoned from the end where it is negative.
fn part(state: &State, text: &str, start: i64, count: i64) -> ImmutableString {
    state.hurry();
    let after = |text: &str, count: u64| {
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        text.char_indices().nth(count).map_or(text.len(), |(at, _)| at)
    };
    let start = match u64::try_from(start) {
        Ok(start) => after(text, start),
        Err(_) => {
            let whole = text.chars().count() as u64;
            after(text, whole.saturating_sub(start.unsigned_abs()))
        }
    };
    let rest = &text[start..];
    rest[..after(rest, u64::try_from(count).unwrap_or(0))].into()
}

/// Where a range starts, and how many it has. As in Rhai, it does not count from the end.
fn exclusive(range: &Range<i64>) -> (i64, i64) {
    let start = range.start.max(0);
    (start, range.end.max(start) - start)
}

fn inclusive(range: &RangeInclusive<i64>) -> (i64, i64) {
    let start = (*range.start()).max(0);
    (start, ((*range.end()).max(start) - start).saturating_add(1))
}
