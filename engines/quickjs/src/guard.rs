//! The deadline of what runs now, where the interrupt check and the watchdog find it.

#![allow(unsafe_code, reason = "owns a structure of the C shim, and reads the system's clock")]

use std::{ptr::NonNull, sync::atomic::Ordering, time::Duration};

use crate::{shim, watchdog::Watch};

/// A machine's guard. Whoever holds it keeps the structure alive.
#[derive(Debug)]
pub(crate) struct Guard(NonNull<shim::Guard>);

// SAFETY: what Rust sees of the structure are atomics; the rest is only touched by the thread that runs guarded code.
unsafe impl Send for Guard {}
// SAFETY: as above.
unsafe impl Sync for Guard {}

impl Guard {
    /// A guard for an engine that counts down to its next interrupt check at `polls`, which is null or lives as long as anything runs guarded.
    /// `None` where the system has no memory.
    pub(crate) fn new(polls: *mut i32) -> Option<Guard> {
        // SAFETY: gives a structure or null; the pointer is only followed while guarded code runs.
        NonNull::new(unsafe { shim::reactant_guard_new(polls) }).map(Guard)
    }

    /// For the shim's functions.
    pub(crate) fn as_ptr(&self) -> *mut shim::Guard {
        self.0.as_ptr()
    }

    /// What Rust sees of it.
    pub(crate) fn get(&self) -> &shim::Guard {
        // SAFETY: lives as long as `self`, and is only read and written through atomics.
        unsafe { self.0.as_ref() }
    }

    /// Sets the deadline and tells the watchdog; both end with what this returns.
    pub(crate) fn arm<'a>(&'a self, timeout: Duration, watch: Option<&Watch>) -> Armed<'a> {
        let deadline = deadline(timeout);
        self.get().deadline.store(deadline, Ordering::SeqCst);
        if let Some(watch) = watch {
            self.get().active.store(1, Ordering::SeqCst);
            watch.expect(deadline);
        }
        Armed(self)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // SAFETY: came from `reactant_guard_new`, and nobody holds it any more.
        unsafe { shim::reactant_guard_free(self.0.as_ptr()) }
    }
}

/// A guard whose deadline the watchdog minds.
#[derive(Debug)]
pub(crate) struct Armed<'a>(&'a Guard);

impl Drop for Armed<'_> {
    fn drop(&mut self) {
        // The deadline stays: the watchdog looks again when it passes, so that a busy worker need not wake it for each run.
        self.0.get().active.store(0, Ordering::Release);
    }
}

/// Nanoseconds of `CLOCK_MONOTONIC`.
pub(crate) fn monotonic() -> u64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writes the structure; this clock always exists.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut now) };
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}

fn deadline(timeout: Duration) -> u64 {
    let nanos = u64::try_from(timeout.as_nanos()).unwrap_or(u64::MAX);
    monotonic().saturating_add(nanos).max(1)
}
