//! `os`: the run's clock, in UTC, and nothing else of the operating system.

#![allow(unsafe_code, reason = "called by Lua")]

use std::ffi::c_int;

use jiff::{Timestamp, civil, fmt::strtime::BrokenDownTime, tz::Offset};
use mlua_sys::{self as ffi, lua_State};

use super::set_function;
use crate::{
    host::{self, Host, Raise},
    value,
};

/// The longest format of a date, in bytes.
const LONGEST: usize = 4 << 10;

/// Conversions that depend on a place or want a zone with a name, as the C locale has them.
const WORDED: [(&str, &str); 4] =
    [("%c", "%a %b %e %H:%M:%S %Y"), ("%x", "%m/%d/%y"), ("%X", "%H:%M:%S"), ("%Z", "UTC")];

/// Puts the library in its place; the globals are on the top.
///
/// # Safety
///
/// The host is at work.
pub(super) unsafe fn install(l: *mut lua_State) {
    // SAFETY: the table that is made is popped.
    unsafe {
        ffi::lua_createtable(l, 0, 4);
        set_function(l, c"clock", clock);
        set_function(l, c"time", time);
        set_function(l, c"date", date);
        set_function(l, c"difftime", difference);
        ffi::lua_setfield(l, -2, c"os".as_ptr());
    }
}

/// `os.clock()`: seconds of the run's clock; a difference of two of them is what it is for.
unsafe extern "C-unwind" fn clock(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua.
    unsafe {
        host::native(l, |host, l| {
            ffi::lua_pushnumber(l, host.now() as f64 / 1000.0);
            Ok(1)
        })
    }
}

/// `os.time(fields)`: seconds since 1970, of the run's clock or of a date in UTC.
unsafe extern "C-unwind" fn time(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua with its arguments on the stack.
    unsafe {
        host::native(l, |host, l| {
            ffi::lua_settop(l, 1);
            let seconds = match ffi::lua_type(l, 1) {
                ffi::LUA_TNIL => host.now().div_euclid(1000),
                ffi::LUA_TTABLE => of_fields(host, l)?,
                _ => return Err(Raise::Error("os.time takes a table of date fields".into())),
            };
            value::push_int(l, seconds);
            Ok(1)
        })
    }
}

unsafe fn of_fields(host: &Host, l: *mut lua_State) -> Result<i64, Raise> {
    // SAFETY: there is a table at 1; what is pushed is popped.
    let field = |name: &str, otherwise: Option<f64>| unsafe {
        crate::view::fill(host, l, 1)?;
        value::push_text(l, name);
        ffi::lua_rawget(l, 1);
        let mut is_number = 0;
        let number = ffi::lua_tonumberx(l, -1, &mut is_number);
        ffi::lua_settop(l, 1);
        match (is_number, otherwise) {
            (0, None) => Err(Raise::Error(format!("field '{name}' missing in date table"))),
            (0, Some(otherwise)) => Ok(otherwise as i64),
            _ if number.abs() < 1e15 => Ok(number as i64),
            _ => Err(Raise::Error(format!("field '{name}' is out of bounds"))),
        }
    };
    let (year, month, day) = (field("year", None)?, field("month", None)?, field("day", None)?);
    let (hour, minute, second) =
        (field("hour", Some(12.0))?, field("min", Some(0.0))?, field("sec", Some(0.0))?);
    // As C's `mktime` does, fields beyond their ranges are carried on.
    let year = year + (month - 1).div_euclid(12);
    let month = (month - 1).rem_euclid(12) + 1;
    let first = i16::try_from(year)
        .ok()
        .and_then(|year| civil::Date::new(year, month as i8, 1).ok())
        .ok_or_else(|| Raise::Error("the date is out of bounds".into()))?;
    let epoch = civil::date(1970, 1, 1);
    let days = first.since((jiff::Unit::Day, epoch)).map_or(0, |span| i64::from(span.get_days()));
    Ok((days + day - 1) * 86_400 + hour * 3600 + minute * 60 + second)
}

/// `os.difftime(later, earlier)`: seconds.
unsafe extern "C-unwind" fn difference(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua with its arguments on the stack.
    unsafe {
        host::native(l, |_, l| {
            ffi::lua_settop(l, 2);
            ffi::lua_pushnumber(l, ffi::lua_tonumber(l, 1) - ffi::lua_tonumber(l, 2));
            Ok(1)
        })
    }
}

/// `os.date(format, time)`: text, or fields for `*t`; always in UTC.
unsafe extern "C-unwind" fn date(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua with its arguments on the stack.
    unsafe {
        host::native(l, |host, l| {
            ffi::lua_settop(l, 2);
            let format = match ffi::lua_type(l, 1) {
                ffi::LUA_TNIL => "%c".to_owned(),
                _ => value::text(l, 1)
                    .ok_or_else(|| Raise::Error("os.date takes a format".into()))?,
            };
            if format.len() > LONGEST {
                return Err(Raise::Error("the format is too long".into()));
            }
            let seconds = match ffi::lua_type(l, 2) {
                ffi::LUA_TNIL => host.now().div_euclid(1000),
                _ => ffi::lua_tonumber(l, 2) as i64,
            };
            let at = Timestamp::from_second(seconds)
                .map_err(|_| Raise::Error("the time is out of bounds".into()))?;
            let at = Offset::UTC.to_datetime(at);
            let format = format.strip_prefix('!').unwrap_or(&format);
            if !format.starts_with("*t") {
                let mut parts = BrokenDownTime::from(at);
                parts.set_offset(Some(Offset::UTC));
                let named = format.split("%%").map(|part| {
                    let each = |part: String, (from, to): &(&str, &str)| part.replace(from, to);
                    WORDED.iter().fold(part.to_owned(), each)
                });
                let text = parts.to_string(named.collect::<Vec<_>>().join("%%"));
                let wrong = |_| Raise::Error(format!("invalid conversion specifier '{format}'"));
                value::push_text(l, &text.map_err(wrong)?);
                return Ok(1);
            }
            let weekday = i64::from(at.weekday().to_sunday_one_offset());
            ffi::lua_createtable(l, 0, 9);
            for (name, number) in [
                ("year", i64::from(at.year())),
                ("month", at.month().into()),
                ("day", at.day().into()),
                ("hour", at.hour().into()),
                ("min", at.minute().into()),
                ("sec", at.second().into()),
                ("wday", weekday),
                ("yday", at.day_of_year().into()),
            ] {
                value::push_text(l, name);
                value::push_int(l, number);
                ffi::lua_rawset(l, -3);
            }
            value::push_text(l, "isdst");
            ffi::lua_pushboolean(l, 0);
            ffi::lua_rawset(l, -3);
            Ok(1)
        })
    }
}
