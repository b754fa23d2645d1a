//! A Lua state whose memory is counted as it is allocated.

#![allow(unsafe_code, reason = "owns the state and answers its allocations")]

use std::{
    alloc::{Layout, alloc, dealloc, realloc},
    ffi::c_void,
    ptr::null_mut,
};

use crate::host::Host;
use mlua_sys::{self as ffi, lua_State};

/// What the C library's `malloc` gives on these machines, and Lua relies on.
const ALIGN: usize = 16;

/// A state and the host that it allocates from; the host keeps its address.
pub(crate) struct State {
    pub(crate) raw: *mut lua_State,
    host: *mut Host,
}

impl State {
    /// An empty state; `None` where there is no memory.
    pub(crate) fn new(host: Host) -> Option<State> {
        let host = Box::into_raw(Box::new(host));
        // SAFETY: the host outlives the state, which is closed first.
        let raw = unsafe { ffi::lua_newstate(allocate, host.cast()) };
        // SAFETY: made above, and only ever borrowed shared.
        unsafe { (*host).main.set(raw) };
        let state = State { raw, host };
        (!raw.is_null()).then_some(state)
    }

    pub(crate) fn host(&self) -> &Host {
        // SAFETY: made in `new`, freed on drop, and only ever borrowed shared.
        unsafe { &*self.host }
    }
}

impl Drop for State {
    fn drop(&mut self) {
        // SAFETY: the state is ours, and nothing of it is used again.
        unsafe {
            if !self.raw.is_null() {
                ffi::lua_close(self.raw);
            }
            drop(Box::from_raw(self.host));
        }
    }
}

/// Refuses to grow past the limit, except while the host is at work: what it adds is judged when it is done.
unsafe extern "C" fn allocate(
    host: *mut c_void,
    block: *mut c_void,
    old: usize,
    new: usize,
) -> *mut c_void {
    // SAFETY: the state passes its host, a block of ours with its true size, and the size that it wants.
    unsafe {
        let host = &*host.cast_const().cast::<Host>();
        // For what is new, some dialects tell a kind in the place of a size.
        let old = if block.is_null() { 0 } else { old };
        let used = host.used.get() - old + new;
        #[cfg(not(feature = "luau"))]
        if new > crate::plain::LONG {
            host.long.set(true);
        }
        if new > old && !host.at_work.get() && !host.admits(used, new - old) {
            return null_mut();
        }
        let layout = Layout::from_size_align_unchecked(old, ALIGN);
        let given = if new == 0 {
            if old > 0 {
                dealloc(block.cast(), layout);
            }
            host.used.set(used);
            return null_mut();
        } else if old == 0 {
            match Layout::from_size_align(new, ALIGN) {
                Ok(layout) => alloc(layout),
                Err(_) => null_mut(),
            }
        } else {
            realloc(block.cast(), layout, new)
        };
        if !given.is_null() {
            host.used.set(used);
        }
        given.cast()
    }
}
