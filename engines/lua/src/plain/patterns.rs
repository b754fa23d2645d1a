//! `string.find`, `match`, `gmatch` and `gsub`: the library's run without a hook, and some patterns take for ever.

#![allow(unsafe_code, reason = "called by Lua")]

use std::ffi::c_int;

use mlua_sys::{self as ffi, lua_State};
use reactant_core::limits::Stop;

use super::{
    OURS, load,
    matcher::{Capture, Fault, Matcher},
};
use crate::{
    dialect,
    host::{self, Host, Raise},
    natives::{argument, make_room, push_library, set_function, start},
    value,
};

/// So many bytes of a replacement are gone through between two looks at the clock.
const CHECKS: usize = 1 << 14;

/// `string.gsub` with a function or a table, which must not be called or asked by Rust.
const SUBSTITUTE: &str = "
local step, fail, concat, sub, type = ...
return function(text, pattern, by, most)
  local out, size, count, from, kept, last = {}, 0, 0, 1, 1, 0
  local anchored, is_table = sub(pattern, 1, 1) == '^', type(by) == 'table'
  local function take(start, behind, ...)
    if not start then return false end
    local value
    if is_table then value = by[(...)] else value = by(...) end
    if not value then
      value = sub(text, start, behind - 1)
    elseif type(value) ~= 'string' and type(value) ~= 'number' then
      fail('invalid replacement value (a ' .. type(value) .. ')')
    end
    out[size + 1], out[size + 2] = sub(text, kept, start - 1), value
    size, count, from, kept, last = size + 2, count + 1, behind, behind, behind
    return not anchored
  end
  while count < most and take(step(text, pattern, from, last)) do end
  out[size + 1] = sub(text, kept)
  return concat(out), count
end";

/// Puts the functions in their places; the globals are on the top.
///
/// # Errors
///
/// Says what could not be made.
///
/// # Safety
///
/// The host is at work, and `table` has its functions.
pub(super) unsafe fn install(l: *mut lua_State) -> Result<(), String> {
    // SAFETY: every table that is pushed is popped.
    unsafe {
        let globals = ffi::lua_gettop(l);
        push_library(l, c"string");
        set_function(l, c"match", match_first);
        set_function(l, c"gmatch", match_each);
        ffi::lua_pushcclosure(l, step, 0);
        ffi::lua_pushcclosure(l, fail, 0);
        for (library, name) in [(c"table", c"concat"), (c"string", c"sub"), (c"", c"type")] {
            ffi::lua_pushvalue(l, globals);
            push_library(l, library);
            ffi::lua_pushstring(l, name.as_ptr());
            ffi::lua_rawget(l, -2);
            ffi::lua_insert(l, -3);
            ffi::lua_settop(l, -3);
        }
        load(l, SUBSTITUTE, OURS, 5)?;
        ffi::lua_pushcclosure(l, substitute, 1);
        ffi::lua_setfield(l, -2, c"gsub".as_ptr());
        ffi::lua_settop(l, globals);
        Ok(())
    }
}

impl From<Fault> for Raise {
    fn from(fault: Fault) -> Raise {
        match fault {
            Fault::Pattern(message) => Raise::Error(message.into()),
            Fault::Capture(number) => Raise::Error(format!("invalid capture index %{number}")),
            Fault::Stopped => Raise::Stopped,
        }
    }
}

/// A pattern, and whether it holds at the start only.
fn anchor(pattern: &[u8]) -> (&[u8], bool) {
    match pattern.strip_prefix(b"^") {
        Some(rest) => (rest, true),
        None => (pattern, false),
    }
}

unsafe fn push_capture(l: *mut lua_State, text: &[u8], capture: Capture) {
    // SAFETY: pushes one value.
    unsafe {
        match capture {
            Capture::Place(place) => value::push_int(l, place as i64),
            Capture::Text(from, to) => {
                ffi::lua_pushlstring(l, text[from..to].as_ptr().cast(), to - from);
            }
        }
    }
}

/// Pushes what was captured, or the whole match where nothing was.
unsafe fn push_captures<C: FnMut() -> Option<()>>(
    l: *mut lua_State,
    matcher: &Matcher<'_, C>,
    text: &[u8],
    whole: (usize, usize),
) -> Result<c_int, Raise> {
    let count = matcher.count().max(1);
    for number in 0..count {
        let capture = matcher.capture(number, whole)?;
        // SAFETY: the caller made room.
        unsafe { push_capture(l, text, capture) };
    }
    Ok(count as c_int)
}

/// `string.find` of a pattern.
///
/// # Safety
///
/// Called by Lua.
pub(crate) unsafe extern "C-unwind" fn by_pattern(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua.
    unsafe { first(l, true) }
}

/// `string.match(text, pattern, init)`.
unsafe extern "C-unwind" fn match_first(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua.
    unsafe { first(l, false) }
}

unsafe fn first(l: *mut lua_State, places: bool) -> c_int {
    // SAFETY: called by Lua; nothing is to be dropped where an error is raised.
    unsafe {
        let (text, pattern) = (argument(l, 1), argument(l, 2));
        let from = start(l, 3, text.len());
        make_room(l, 0);
        ffi::luaL_checkstack(l, 40, std::ptr::null());
        host::native(l, |host, l| {
            let (pattern, anchored) = anchor(pattern);
            let mut matcher = Matcher::new(text, pattern, || host.check().ok());
            let Some(whole) = matcher.search(from, None, anchored)? else {
                ffi::lua_pushnil(l);
                return Ok(1);
            };
            if !places {
                return push_captures(l, &matcher, text, whole);
            }
            value::push_int(l, whole.0 as i64 + 1);
            value::push_int(l, whole.1 as i64);
            if matcher.count() == 0 {
                return Ok(2);
            }
            Ok(2 + push_captures(l, &matcher, text, whole)?)
        })
    }
}

/// `string.gmatch(text, pattern, init)`: a function over the text, the pattern, the place and where the last match ended.
unsafe extern "C-unwind" fn match_each(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; nothing is to be dropped where an error is raised.
    unsafe {
        let (text, _) = (argument(l, 1), argument(l, 2));
        let from = start(l, 3, text.len());
        ffi::lua_settop(l, 2);
        ffi::lua_pushnumber(l, from as f64);
        ffi::lua_pushnumber(l, -1.0);
        ffi::lua_pushcclosure(l, match_next, 4);
        1
    }
}

unsafe extern "C-unwind" fn match_next(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; nothing is to be dropped where an error is raised.
    unsafe {
        ffi::lua_settop(l, 0);
        ffi::luaL_checkstack(l, 40, std::ptr::null());
        let (text, pattern) =
            (argument(l, ffi::lua_upvalueindex(1)), argument(l, ffi::lua_upvalueindex(2)));
        let from = ffi::lua_tonumber(l, ffi::lua_upvalueindex(3)) as usize;
        let last = ffi::lua_tonumber(l, ffi::lua_upvalueindex(4));
        let last = (last >= 0.0).then_some(last as usize);
        host::native(l, |host, l| {
            let mut matcher = Matcher::new(text, pattern, || host.check().ok());
            let Some(whole) = matcher.search(from, last, false)? else {
                ffi::lua_pushnumber(l, text.len() as f64 + 1.0);
                ffi::lua_replace(l, ffi::lua_upvalueindex(3));
                ffi::lua_pushnil(l);
                return Ok(1);
            };
            for upvalue in [3, 4] {
                ffi::lua_pushnumber(l, whole.1 as f64);
                ffi::lua_replace(l, ffi::lua_upvalueindex(upvalue));
            }
            push_captures(l, &matcher, text, whole)
        })
    }
}

/// `step(text, pattern, from, last)`: where the next match starts, the place behind it, and its captures.
unsafe extern "C-unwind" fn step(l: *mut lua_State) -> c_int {
    // SAFETY: called by a function of ours.
    unsafe {
        ffi::luaL_checkstack(l, 40, std::ptr::null());
        let (text, pattern) = (argument(l, 1), argument(l, 2));
        let from = (ffi::lua_tonumber(l, 3) - 1.0) as usize;
        let last = (ffi::lua_tonumber(l, 4) as usize).checked_sub(1);
        host::native(l, |host, l| {
            let (pattern, anchored) = anchor(pattern);
            let mut matcher = Matcher::new(text, pattern, || host.check().ok());
            let Some(whole) = matcher.search(from, last, anchored)? else {
                ffi::lua_pushnil(l);
                return Ok(1);
            };
            value::push_int(l, whole.0 as i64 + 1);
            value::push_int(l, whole.1 as i64 + 1);
            Ok(2 + push_captures(l, &matcher, text, whole)?)
        })
    }
}

/// Raises an error at the script's own place.
unsafe extern "C-unwind" fn fail(l: *mut lua_State) -> c_int {
    // SAFETY: called by a function of ours.
    unsafe { host::native(l, |_, l| Err(Raise::Error(value::text(l, 1).unwrap_or_default()))) }
}

/// `string.gsub(text, pattern, by, most)`.
unsafe extern "C-unwind" fn substitute(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; nothing is to be dropped where an error is raised.
    unsafe {
        let (text, pattern) = (argument(l, 1), argument(l, 2));
        let kind = ffi::lua_type(l, 3);
        let most = if ffi::lua_type(l, 4) > ffi::LUA_TNIL {
            ffi::luaL_checkinteger(l, 4) as i64
        } else {
            i64::MAX
        };
        make_room(l, 0);
        match kind {
            ffi::LUA_TSTRING | ffi::LUA_TNUMBER => {
                let by = argument(l, 3);
                host::native(l, |host, l| by_text(host, l, text, pattern, by, most))
            }
            ffi::LUA_TTABLE | ffi::LUA_TFUNCTION => {
                ffi::lua_settop(l, 3);
                ffi::lua_pushnumber(l, most as f64);
                ffi::lua_pushvalue(l, ffi::lua_upvalueindex(1));
                ffi::lua_insert(l, 1);
                ffi::lua_call(l, 4, 2);
                2
            }
            _ => {
                ffi::luaL_argerror(l, 3, c"string/function/table expected".as_ptr());
                0
            }
        }
    }
}

unsafe fn by_text(
    host: &Host,
    l: *mut lua_State,
    text: &[u8],
    pattern: &[u8],
    by: &[u8],
    most: i64,
) -> Result<c_int, Raise> {
    let (pattern, anchored) = anchor(pattern);
    let mut matcher = Matcher::new(text, pattern, || host.check().ok());
    let mut out = Vec::new();
    let (mut count, mut from, mut last, mut gone) = (0, 0, None, 0);
    while count < most
        && let Some(whole) = matcher.search(from, last, anchored)?
    {
        out.extend_from_slice(&text[from..whole.0]);
        let mut at = 0;
        while at < by.len() {
            gone += 1;
            if gone % CHECKS == 0 {
                host.check()?;
            }
            if by[at] != b'%' {
                out.push(by[at]);
                at += 1;
                continue;
            }
            match by.get(at + 1) {
                Some(b'%') => out.push(b'%'),
                Some(b'0') => out.extend_from_slice(&text[whole.0..whole.1]),
                Some(digit @ b'1'..=b'9') => {
                    match matcher.capture(usize::from(digit - b'1'), whole) {
                        Ok(Capture::Place(place)) => {
                            out.extend_from_slice(place.to_string().as_bytes());
                        }
                        Ok(Capture::Text(from, to)) => out.extend_from_slice(&text[from..to]),
                        Err(Fault::Capture(number)) => {
                            let message =
                                format!("invalid capture index %{number} in replacement string");
                            return Err(Raise::Error(message));
                        }
                        Err(fault) => return Err(fault.into()),
                    }
                }
                _ => {
                    let message = "invalid use of '%' in replacement string";
                    return Err(Raise::Error(message.into()));
                }
            }
            bound(host, &out)?;
            at += 2;
        }
        bound(host, &out)?;
        (from, last, count) = (whole.1, Some(whole.1), count + 1);
        if anchored {
            break;
        }
    }
    out.extend_from_slice(&text[from..]);
    bound(host, &out)?;
    // SAFETY: pushes two values.
    unsafe {
        ffi::lua_pushlstring(l, out.as_ptr().cast(), out.len());
        dialect::push_int(l, count);
    }
    Ok(2)
}

/// The text is made beside the state, and copied into it: it must have room twice.
fn bound(host: &Host, out: &[u8]) -> Result<(), Raise> {
    if out.len().saturating_mul(2) > host.room() {
        host.stop(Stop::Memory);
        return Err(Raise::Stopped);
    }
    Ok(())
}
