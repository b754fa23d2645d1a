//! What `shim.c` offers, as Rust sees it.

#![allow(unsafe_code, reason = "declares the functions of the C shim")]

use std::{
    ffi::{c_char, c_int, c_void},
    sync::atomic::AtomicU32,
    sync::atomic::AtomicU64,
};

use reactant_quickjs_sys::{JSClassExoticMethods, JSContext, JSRuntime, JSValue};

/// The beginning of the C structure.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct Guard {
    /// Nanoseconds of `CLOCK_MONOTONIC`; 0: none.
    pub(crate) deadline: AtomicU64,
    /// 1 while the watchdog should look at it.
    pub(crate) active: AtomicU32,
    /// How many trampolines into host code are open.
    pub(crate) in_host: AtomicU32,
}

/// Why a guarded call was left by a jump.
pub(crate) const LEAVE_TIMEOUT: c_int = 1;
/// The arena had no room.
pub(crate) const LEAVE_MEMORY: c_int = 2;

#[repr(C)]
pub(crate) struct Run {
    pub(crate) ctx: *mut JSContext,
    pub(crate) process: JSValue,
}

#[repr(C)]
pub(crate) struct Load {
    pub(crate) ctx: *mut JSContext,
    pub(crate) text: *const c_char,
    pub(crate) len: usize,
    pub(crate) name: *const c_char,
    pub(crate) compiler_slot: *mut *mut c_void,
    pub(crate) compiler: *mut c_void,
    /// 1: compile it, and no more.
    pub(crate) only_compile: c_int,
}

/// A function for `JS_NewCFunction2`; its true type depends on how it is registered.
pub(crate) type Native = unsafe extern "C" fn();

unsafe extern "C" {
    pub(crate) fn reactant_guard_new(polls: *mut i32) -> *mut Guard;
    pub(crate) fn reactant_guard_free(guard: *mut Guard);
    pub(crate) fn reactant_run(guard: *mut Guard, run: *mut Run) -> c_int;
    pub(crate) fn reactant_load(guard: *mut Guard, load: *mut Load) -> c_int;
    pub(crate) fn reactant_leave_host();
    fn reactant_refused() -> c_int;
    fn reactant_overdue() -> c_int;

    pub(crate) fn reactant_claim_signal(number: c_int, start: usize, end: usize) -> c_int;
    pub(crate) fn reactant_release_signal(number: c_int, ignored: c_int);
    pub(crate) fn reactant_signal_ignored(number: c_int) -> c_int;

    pub(crate) fn reactant_interrupt(rt: *mut JSRuntime, opaque: *mut c_void) -> c_int;
    pub(crate) fn reactant_rejection(
        ctx: *mut JSContext,
        promise: JSValue,
        reason: JSValue,
        handled: bool,
        opaque: *mut c_void,
    );
    pub(crate) static reactant_view_methods: JSClassExoticMethods;

    pub(crate) fn reactant_helper();
    pub(crate) fn reactant_constructor();
    pub(crate) fn reactant_random();
    pub(crate) fn reactant_early();
    pub(crate) fn reactant_late();
    pub(crate) fn reactant_stringify();
    pub(crate) fn reactant_date();
    pub(crate) fn reactant_date_now();
    pub(crate) fn reactant_date_parse();
    pub(crate) fn reactant_date_string();
    pub(crate) fn reactant_date_alias();
    pub(crate) fn reactant_date_set_year();
}

/// Ends the invocation because the arena has no room: by a jump from engine code, which does not return. True where host code runs,
/// which may go on until it returns.
pub(crate) fn refused() -> bool {
    // SAFETY: callers are the allocator's functions, whose frames hold nothing that a jump would skip.
    unsafe { reactant_refused() != 0 }
}

/// Whether the invocation is to be left as soon as host code returns, since its deadline has passed or for another reason.
///
/// # Safety
///
/// Called inside a trampoline: elsewhere it would be left at once.
pub(crate) unsafe fn overdue() -> bool {
    // SAFETY: the caller's.
    unsafe { reactant_overdue() != 0 }
}
