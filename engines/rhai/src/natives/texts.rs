//! Functions of texts whose results may be much longer than what they are given, or that take long.

use std::rc::Rc;

use rhai::{Array, Dynamic, Engine, ImmutableString};

use super::{Raised, bytes, room};
use crate::state::State;

/// Replaces them.
pub(super) fn register(engine: &mut Engine, state: &Rc<State>) {
    casing(engine, state);
    splitting(engine, state);
    replacing(engine, state);
    padding(engine, state);
}

/// Gathers parts until there are too many.
fn gather<'a>(state: &State, parts: impl Iterator<Item = &'a str>) -> Result<Array, Raised> {
    const EVERY: usize = 256;
    let mut list = Array::new();
    for part in parts {
        list.push(ImmutableString::from(part).into());
        if list.len().is_multiple_of(EVERY) {
            room(state, list.len())?;
            state.hurry();
            state.check()?;
        }
    }
    room(state, list.len())?;
    state.hurry();
    Ok(list)
}

fn splitting(engine: &mut Engine, state: &Rc<State>) {
    let most = |count: i64| usize::try_from(count).unwrap_or(0).max(1);
    let own = Rc::clone(state);
    engine.register_fn("split", move |text: &str| gather(&own, text.split_whitespace()));
    let own = Rc::clone(state);
    engine.register_fn("split", move |text: &str, by: &str| gather(&own, text.split(by)));
    let own = Rc::clone(state);
    engine.register_fn("split", move |text: &str, by: char| gather(&own, text.split(by)));
    let own = Rc::clone(state);
    engine.register_fn("split", move |text: &str, by: &str, count: i64| {
        gather(&own, text.splitn(most(count), by))
    });
    let own = Rc::clone(state);
    engine.register_fn("split", move |text: &str, by: char, count: i64| {
        gather(&own, text.splitn(most(count), by))
    });
    let own = Rc::clone(state);
    engine.register_fn("split_rev", move |text: &str, by: &str| gather(&own, text.rsplit(by)));
    let own = Rc::clone(state);
    engine.register_fn("split_rev", move |text: &str, by: char| gather(&own, text.rsplit(by)));
    let own = Rc::clone(state);
    engine.register_fn("split_rev", move |text: &str, by: &str, count: i64| {
        gather(&own, text.rsplitn(most(count), by))
    });
    let own = Rc::clone(state);
    engine.register_fn("split_rev", move |text: &str, by: char, count: i64| {
        gather(&own, text.rsplitn(most(count), by))
    });
    let own = Rc::clone(state);
    engine.register_fn("to_chars", move |text: &str| -> Result<Array, Raised> {
        room(&own, text.chars().count())?;
        Ok(text.chars().map(Dynamic::from).collect())
    });
}

fn replacing(engine: &mut Engine, state: &Rc<State>) {
    fn replace(
        state: &State,
        text: &mut ImmutableString,
        find: &str,
        by: &str,
    ) -> Result<(), Raised> {
        let found = text.matches(find).count();
        let less = text.len() - if find.is_empty() { 0 } else { found * find.len() };
        bytes(state, found.saturating_mul(by.len()).saturating_add(less))?;
        *text = text.replace(find, by).into();
        state.hurry();
        Ok(())
    }
    let own = Rc::clone(state);
    engine.register_fn("replace", move |text: &mut ImmutableString, find: &str, by: &str| {
        replace(&own, text, find, by)
    });
    let own = Rc::clone(state);
    engine.register_fn("replace", move |text: &mut ImmutableString, find: char, by: &str| {
        replace(&own, text, find.encode_utf8(&mut [0; 4]), by)
    });
    let own = Rc::clone(state);
    engine.register_fn("replace", move |text: &mut ImmutableString, find: &str, by: char| {
        replace(&own, text, find, by.encode_utf8(&mut [0; 4]))
    });
    let own = Rc::clone(state);
    engine.register_fn("replace", move |text: &mut ImmutableString, find: char, by: char| {
        replace(&own, text, find.encode_utf8(&mut [0; 4]), by.encode_utf8(&mut [0; 4]))
    });
}

/// Upper and lower case, piece by piece.
fn casing(engine: &mut Engine, state: &Rc<State>) {
    fn cased(
        state: &State,
        text: &str,
        change: fn(&str) -> String,
    ) -> Result<ImmutableString, Raised> {
        const PIECE: usize = 64 << 10;
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while !rest.is_empty() {
            // A sigma at the end of a word is written in its own way: pieces end between words, where there are any.
            let after = rest
                .char_indices()
                .find(|(at, c)| *at >= PIECE && (!c.is_alphabetic() || *at >= 2 * PIECE));
            let (piece, left) = rest.split_at(after.map_or(rest.len(), |(at, _)| at));
            out.push_str(&change(piece));
            rest = left;
            state.hurry();
            state.check()?;
        }
        Ok(out.into())
    }
    for (to, make, change) in [
        ("to_upper", "make_upper", str::to_uppercase as fn(&str) -> String),
        ("to_lower", "make_lower", str::to_lowercase),
    ] {
        let own = Rc::clone(state);
        engine.register_fn(to, move |text: &str| cased(&own, text, change));
        let own = Rc::clone(state);
        engine.register_fn(make, move |text: &mut ImmutableString| -> Result<(), Raised> {
            *text = cased(&own, text, change)?;
            Ok(())
        });
    }
}

fn padding(engine: &mut Engine, state: &Rc<State>) {
    fn pad(state: &State, text: &mut ImmutableString, count: i64, by: &str) -> Result<(), Raised> {
        let count = usize::try_from(count).unwrap_or(0).saturating_sub(text.chars().count());
        let width = by.chars().count();
        if count == 0 || width == 0 {
            return Ok(());
        }
        let whole = count.div_ceil(width);
        bytes(state, whole.saturating_mul(by.len()).saturating_add(text.len()))?;
        let mut out = String::with_capacity(text.len() + whole * by.len());
        out.push_str(text);
        // As Rhai does: the last piece may be a part of it.
        out.extend(by.chars().cycle().take(count));
        *text = out.into();
        state.hurry();
        Ok(())
    }
    let own = Rc::clone(state);
    engine.register_fn("pad", move |text: &mut ImmutableString, count: i64, by: char| {
        pad(&own, text, count, by.encode_utf8(&mut [0; 4]))
    });
    let own = Rc::clone(state);
    engine.register_fn("pad", move |text: &mut ImmutableString, count: i64, by: &str| {
        pad(&own, text, count, by)
    });
}
