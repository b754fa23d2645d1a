//! Counts what a thread has allocated, so that a script's memory can be held to its limit.
//!
//! Rhai takes its memory from the program's allocator, which is the program's to choose: one whose allocator is a [`Meter`] has every byte of a script counted.

#![allow(unsafe_code, reason = "an allocator is unsafe by its interface; this one only counts")]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    hint::black_box,
    sync::LazyLock,
};

thread_local! {
    /// Without a destructor and constant from the start: reading it allocates nothing, at any time of a thread's life.
    static LIVE: Cell<isize> = const { Cell::new(0) };
}

/// An allocator that counts, for each thread, the bytes that it took less those that it gave back.
#[derive(Debug, Clone, Copy, Default)]
pub struct Meter<A = System>(A);

impl Meter {
    /// A meter of the system's allocator.
    #[must_use]
    pub const fn system() -> Meter {
        Meter(System)
    }
}

impl<A> Meter<A> {
    /// A meter of another allocator.
    #[must_use]
    pub const fn of(allocator: A) -> Meter<A> {
        Meter(allocator)
    }
}

fn count(bytes: isize) {
    LIVE.with(|live| live.set(live.get().wrapping_add(bytes)));
}

// SAFETY: every call is handed on as it is; counting neither allocates nor unwinds. A layout's size fits `isize` (its own guarantee).
unsafe impl<A: GlobalAlloc> GlobalAlloc for Meter<A> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's.
        let block = unsafe { self.0.alloc(layout) };
        if !block.is_null() {
            count(layout.size() as isize);
        }
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's.
        unsafe { self.0.dealloc(block, layout) };
        count(-(layout.size() as isize));
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's.
        let block = unsafe { self.0.alloc_zeroed(layout) };
        if !block.is_null() {
            count(layout.size() as isize);
        }
        block
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller's.
        let moved = unsafe { self.0.realloc(block, layout, size) };
        if !moved.is_null() {
            count(size as isize - layout.size() as isize);
        }
        moved
    }
}

/// What this thread holds, in bytes; only differences mean anything, since other threads may free what this one took.
#[inline]
pub(crate) fn live() -> isize {
    LIVE.with(Cell::get)
}

/// Whether the program's allocator is a meter: a program has one from its start, so that is found out once.
pub(crate) fn installed() -> bool {
    static INSTALLED: LazyLock<bool> = LazyLock::new(|| {
        let before = live();
        let block = black_box(Box::new(0_u64));
        let counted = live() != before;
        drop(block);
        counted
    });
    *INSTALLED
}
