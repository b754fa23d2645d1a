//! `math.random` and `math.randomseed`: seeded anew for each invocation, as the run's seed wants it.

#![allow(unsafe_code, reason = "called by Lua")]

use std::ffi::c_int;

use mlua_sys::{self as ffi, lua_State};
use reactant_core::seed::mix;

use super::{set_function, tables::push_library};
use crate::{
    host::{self, Host, Raise},
    value,
};

/// Puts the functions in their places; the globals are on the top.
///
/// # Safety
///
/// The host is at work.
pub(super) unsafe fn install(l: *mut lua_State) {
    // SAFETY: the library that is pushed is popped.
    unsafe {
        push_library(l, c"math");
        set_function(l, c"random", random);
        set_function(l, c"randomseed", seed);
        ffi::lua_settop(l, -2);
    }
}

/// SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014).
fn draw(host: &Host) -> u64 {
    let state = host.random.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
    host.random.set(state);
    let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// A whole number from `low` to `high`.
fn between(host: &Host, low: i64, high: i64) -> i64 {
    let span = (high.wrapping_sub(low) as u64).wrapping_add(1);
    // What exceeds the widest multiple of the span would favour small numbers; a span of 0 is all of 64 bits.
    let place = if span == 0 {
        draw(host)
    } else {
        ((u128::from(draw(host)) * u128::from(span)) >> 64) as u64
    };
    low.wrapping_add(place as i64)
}

/// `math.random()`: from 0 to below 1; `math.random(high)`, `math.random(low, high)`: a whole number.
unsafe extern "C-unwind" fn random(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua with its arguments on the stack.
    unsafe {
        host::native(l, |host, l| {
            let (low, high) = match ffi::lua_gettop(l) {
                0 => {
                    ffi::lua_pushnumber(l, (draw(host) >> 11) as f64 / (1_u64 << 53) as f64);
                    return Ok(1);
                }
                1 => (1, whole(l, 1)?),
                2 => (whole(l, 1)?, whole(l, 2)?),
                _ => return Err(Raise::Error("wrong number of arguments".into())),
            };
            if low > high {
                let place = ffi::lua_gettop(l);
                return Err(Raise::Error(format!(
                    "invalid argument #{place} to 'random' (interval is empty)"
                )));
            }
            value::push_int(l, between(host, low, high));
            Ok(1)
        })
    }
}

unsafe fn whole(l: *mut lua_State, index: c_int) -> Result<i64, Raise> {
    // SAFETY: `index` is valid.
    unsafe {
        let mut is_number = 0;
        let number = ffi::lua_tonumberx(l, index, &mut is_number);
        if is_number == 0 || !number.is_finite() {
            return Err(Raise::Error(format!(
                "invalid argument #{index} to 'random' (number expected)"
            )));
        }
        Ok(number as i64)
    }
}

/// `math.randomseed(number)`.
unsafe extern "C-unwind" fn seed(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua with its arguments on the stack.
    unsafe {
        host::native(l, |host, l| {
            let number = if ffi::lua_gettop(l) == 0 { 0 } else { whole(l, 1)? };
            host.random.set(mix(0, number as u64));
            Ok(0)
        })
    }
}
