//! How deep a script may go: what the calling thread's stack has left.

#![allow(unsafe_code, reason = "asks the C library for the thread's stack")]

use std::cell::Cell;

/// The most that scripts get.
const MOST: usize = 1 << 20;
/// What helpers, and the signal handler, keep.
const RESERVE: usize = 512 << 10;
/// Below this, ordinary scripts fail.
const LEAST: usize = 192 << 10;

/// Why there is no machine.
pub(crate) const TOO_SMALL: &str = "the thread's stack is too small: give worker threads 2 MiB";

/// Bytes that the engine may use below the caller's frame; `None` where that is too little.
pub(crate) fn budget() -> Option<usize> {
    thread_local!(static LOWEST: Cell<Option<usize>> = const { Cell::new(None) });
    let lowest = LOWEST.get().or_else(lowest_address)?;
    LOWEST.set(Some(lowest));
    let here = std::ptr::from_ref(&lowest) as usize;
    let left = here.checked_sub(lowest)?.checked_sub(RESERVE)?;
    (left >= LEAST).then_some(left.min(MOST))
}

/// Where the calling thread's stack ends.
fn lowest_address() -> Option<usize> {
    // SAFETY: the attributes are initialised by the first call, read by the second, and freed.
    unsafe {
        let mut attributes = std::mem::zeroed();
        if libc::pthread_getattr_np(libc::pthread_self(), &mut attributes) != 0 {
            return None;
        }
        let (mut address, mut size) = (std::ptr::null_mut(), 0);
        let found = libc::pthread_attr_getstack(&attributes, &mut address, &mut size);
        libc::pthread_attr_destroy(&mut attributes);
        (found == 0).then_some(address as usize)
    }
}
