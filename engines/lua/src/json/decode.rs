//! JSON text as a Lua value.

#![allow(unsafe_code, reason = "makes tables through Lua's C interface")]

use std::{cell::Cell, fmt};

use mlua_sys::{self as ffi, lua_State};
use reactant_core::limits::Stop;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use crate::{
    host::{Host, Raise},
    value, view,
};

/// How many values are made between two looks at the clock and the memory.
const CHECKS: u32 = 256;

/// From so many items on a list is bounded before it grows.
const LARGE: ffi::lua_Integer = 1 << 12;

/// Pushes the value of a text.
///
/// # Errors
///
/// [`Raise`] for a text that is no JSON or is nested more than 127 deep, and where a limit is reached.
///
/// # Safety
///
/// The host is at work.
pub(super) unsafe fn decode(host: &Host, l: *mut lua_State, text: &[u8]) -> Result<(), Raise> {
    let made = Cell::new(0);
    let mut source = serde_json::Deserializer::from_slice(text);
    let seed = Seed { host, l, made: &made };
    let outcome = seed.deserialize(&mut source).and_then(|()| source.end());
    match outcome {
        Ok(()) => Ok(()),
        Err(_) if host.stopped().is_some() => Err(Raise::Stopped),
        Err(error) => Err(Raise::Error(format!("json.decode: {error}"))),
    }
}

/// Pushes one value.
struct Seed<'a> {
    host: &'a Host,
    l: *mut lua_State,
    made: &'a Cell<u32>,
}

impl Seed<'_> {
    fn again(&self) -> Seed<'_> {
        Seed { host: self.host, l: self.l, made: self.made }
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        self.made.set(self.made.get().wrapping_add(1));
        if self.made.get().is_multiple_of(CHECKS) && self.host.check().is_err() {
            return Err(D::Error::custom("stopped"));
        }
        // SAFETY: only asks for room.
        if unsafe { ffi::lua_checkstack(self.l, 8) } == 0 {
            return Err(D::Error::custom("nested too deeply"));
        }
        source.deserialize_any(self)
    }
}

// SAFETY of every block below: there is room on the stack, and allocations do not fail.
impl<'de> Visitor<'de> for Seed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        // SAFETY: as above.
        unsafe { ffi::lua_pushnil(self.l) };
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        // SAFETY: as above.
        unsafe { ffi::lua_pushboolean(self.l, value.into()) };
        Ok(())
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<(), E> {
        // SAFETY: as above.
        unsafe { value::push_int(self.l, value) };
        Ok(())
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<(), E> {
        match i64::try_from(value) {
            Ok(value) => self.visit_i64(value),
            Err(_) => self.visit_f64(value as f64),
        }
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<(), E> {
        // SAFETY: as above.
        unsafe { value::push(self.host, self.l, &value.into()) };
        Ok(())
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        // SAFETY: as above.
        unsafe { value::push_text(self.l, value) };
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let mut place = 0;
        // SAFETY: as above; each item is popped into the table.
        unsafe {
            ffi::lua_createtable(self.l, 0, 0);
            while items.next_element_seed(self.again())?.is_some() {
                place += 1;
                // A table takes twice its places at once, of eight bytes or more.
                if place >= LARGE
                    && place & (place - 1) == 0
                    && self.host.room() < place as usize * 8
                {
                    self.host.stop(Stop::Memory);
                    return Err(A::Error::custom("stopped"));
                }
                ffi::lua_rawseti(self.l, -2, place);
            }
            view::mark_list(self.host, self.l);
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        // SAFETY: as above; each key and value are popped into the table.
        unsafe {
            ffi::lua_createtable(self.l, 0, 0);
            while entries.next_key_seed(self.again())?.is_some() {
                entries.next_value_seed(self.again())?;
                ffi::lua_rawset(self.l, -3);
            }
        }
        Ok(())
    }
}
