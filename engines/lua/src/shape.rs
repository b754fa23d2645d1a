//! What a table is outside Lua: a list or an object. Nothing that it holds may be lost on the way, so that a table which is no whole list is an object.

#![allow(unsafe_code, reason = "reads tables through Lua's C interface")]

use std::ffi::c_int;

use mlua_sys::{self as ffi, lua_State};
use reactant_core::value::Value;

use crate::{host::Host, value, view};

/// How many keys are gone through between two looks at the clock.
const CHECKS: usize = 1024;

/// The highest place that Lua's interface can ask for.
const HIGHEST: usize = c_int::MAX as usize;

/// What a table is outside Lua.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A list of so many items; absent ones are `null`.
    List(usize),
    /// An object.
    Map,
}

/// Tells what a table is.
///
/// A table that came as a list (of the event, a helper or JSON) is one as long as all its keys are whole numbers from 1 on, up to the highest: members that
/// are nil keep their places. Any other is one where its keys are 1 to n without a gap, and it has any.
///
/// # Errors
///
/// What `look`, which is called now and then, gives.
///
/// # Safety
///
/// The host is at work, there is a table at the absolute index, no view, and room on the stack for three more.
pub(crate) unsafe fn shape<E>(
    host: &Host,
    l: *mut lua_State,
    index: c_int,
    mut look: impl FnMut() -> Result<(), E>,
) -> Result<Shape, E> {
    // SAFETY: every key is one that `lua_next` gave; what is pushed is popped.
    unsafe {
        let is_list = view::is_marked(host, l, index);
        let (mut count, mut highest) = (0_usize, 0_usize);
        ffi::lua_pushnil(l);
        while ffi::lua_next(l, index) != 0 {
            ffi::lua_settop(l, -2);
            let place = if ffi::lua_type(l, -1) == ffi::LUA_TNUMBER {
                value::number(l, -1)
            } else {
                Value::Null
            };
            let place = place.as_int().and_then(|place| usize::try_from(place).ok());
            let Some(place) = place.filter(|place| (1..=HIGHEST).contains(place)) else {
                ffi::lua_settop(l, -2);
                return Ok(Shape::Map);
            };
            (count, highest) = (count + 1, highest.max(place));
            if count.is_multiple_of(CHECKS) {
                look()?;
            }
        }
        let whole = count == highest && count > 0;
        Ok(if is_list || whole { Shape::List(highest) } else { Shape::Map })
    }
}
