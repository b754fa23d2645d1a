//! Values as texts, in place of Rhai's own: one text that a list holds many times is much longer when it is written, and Rhai looks at no limit meanwhile.

use std::{any::TypeId, fmt::Write as _, rc::Rc};

use reactant_core::limits::Stop;
use rhai::{Array, Blob, Dynamic, Engine, FnPtr, ImmutableString, Map};

use crate::{
    level::{ListLevel, MapLevel},
    state::State,
};

/// How many values pass between two looks at the limits.
const EVERY: usize = 64;

/// Replaces them, for all that has parts.
pub(super) fn register(engine: &mut Engine, state: &Rc<State>) {
    let kinds = [
        TypeId::of::<Array>(),
        TypeId::of::<Map>(),
        TypeId::of::<Blob>(),
        TypeId::of::<ListLevel>(),
        TypeId::of::<MapLevel>(),
        TypeId::of::<FnPtr>(),
    ];
    for kind in kinds {
        for name in ["to_string", "to_debug"] {
            let own = Rc::clone(state);
            engine.register_raw_fn(name, [kind], move |_, args: &mut [&mut Dynamic]| {
                let [value] = args else { return Ok(Dynamic::UNIT) };
                written(&own, value)
            });
        }
    }
    let own = Rc::clone(state);
    engine.register_fn("to_debug", move |text: ImmutableString| written(&own, &text.into()));
}

/// What stops a writer.
struct Stopped(Stop);

fn written(state: &State, value: &Dynamic) -> Result<Dynamic, Box<rhai::EvalAltResult>> {
    let mut writer = Writer { state, out: String::new(), longest: state.room_to_copy(), count: 0 };
    match writer.value(value) {
        Ok(()) => {
            writer.out.shrink_to_fit();
            Ok(writer.out.into())
        }
        Err(Stopped(stop)) => Err(state.stop(stop)),
    }
}

/// Writes as Rhai does. It goes back by itself where it must stop: there may be very many values within each other.
struct Writer<'a> {
    state: &'a State,
    out: String,
    longest: usize,
    count: usize,
}

impl Writer<'_> {
    fn step(&mut self) -> Result<(), Stopped> {
        self.count += 1;
        if self.count.is_multiple_of(EVERY) {
            self.state.hurry();
        }
        let ask = self.count.is_multiple_of(EVERY) || self.state.deep();
        if ask && self.state.over() {
            return Err(Stopped(self.state.stopped().unwrap_or(Stop::Timeout)));
        }
        self.room(0)
    }

    /// Whether so many bytes more may be written. The text may have to move when it grows.
    fn room(&self, more: usize) -> Result<(), Stopped> {
        let whole = self.out.len().saturating_add(more);
        if whole > self.longest { Err(Stopped(Stop::Memory)) } else { Ok(()) }
    }

    fn value(&mut self, value: &Dynamic) -> Result<(), Stopped> {
        self.step()?;
        if let Ok(text) = value.as_immutable_string_ref() {
            return self.text(&text);
        }
        if let Ok(items) = value.as_array_ref() {
            return self.list(&items);
        }
        if let Ok(map) = value.as_map_ref() {
            return self.map(&map);
        }
        if let Some(level) = value.read_lock::<ListLevel>() {
            return self.list(level.items());
        }
        if let Some(level) = value.read_lock::<MapLevel>() {
            return self.map(&level.to_map(self.state));
        }
        if let Ok(blob) = value.as_blob_ref() {
            self.room(blob.len().saturating_mul(3))?;
        }
        // Writing to a string does not fail.
        let _ = if let Ok(char) = value.as_char() {
            write!(self.out, "{char}")
        } else if let Some(function) = value.read_lock::<FnPtr>() {
            write!(self.out, "{}", *function)
        } else {
            write!(self.out, "{value:?}")
        };
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), Stopped> {
        // `\u{10ffff}` is the longest escape.
        if self.room(text.len().saturating_mul(10)).is_err() {
            self.room(text.chars().map(|c| c.escape_debug().len()).sum())?;
        }
        let _ = write!(self.out, "{text:?}");
        Ok(())
    }

    fn list(&mut self, items: &Array) -> Result<(), Stopped> {
        self.out.push('[');
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.out.push_str(", ");
            }
            self.value(item)?;
        }
        self.out.push(']');
        Ok(())
    }

    fn map(&mut self, map: &Map) -> Result<(), Stopped> {
        self.out.push_str("#{");
        for (index, (key, item)) in map.iter().enumerate() {
            if index > 0 {
                self.out.push_str(", ");
            }
            self.text(key)?;
            self.out.push_str(": ");
            self.value(item)?;
        }
        self.out.push('}');
        Ok(())
    }
}
