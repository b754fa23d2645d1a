//! Counts what a thread has allocated, so that a script's memory can be held to its limit.
//!
//! Rhai takes its memory from the program's allocator, which is the program's to choose: one whose allocator is a [`Meter`] has every byte of a script counted,
//! with what an allocator takes beside it for each block.

#![allow(unsafe_code, reason = "an allocator is unsafe by its interface; this one only counts")]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    hint::black_box,
    sync::LazyLock,
};

thread_local! {
    /// Without a destructor and constant from the start: reading it allocates nothing, at any time of a thread's life.
    static HELD: (Cell<isize>, Cell<isize>) = const { (Cell::new(0), Cell::new(0)) };
}

/// A block that is counted apart as well: one operation may copy it several times.
const LARGE: usize = 1 << 18;

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

/// What a block of so many bytes takes. The allocators of glibc and musl keep a word beside each block and round to 16 bytes, of which there are 32 at
/// least; others take about as much.
#[inline]
const fn cost(size: usize) -> isize {
    let whole = (size as isize + 23) & !15;
    if whole < 32 { 32 } else { whole }
}

#[inline]
fn count(size: usize, sign: isize) {
    HELD.with(|(live, large)| {
        live.set(live.get().wrapping_add(sign * cost(size)));
        if size >= LARGE {
            large.set(large.get().wrapping_add(sign * cost(size)));
        }
    });
}

// SAFETY: every call is handed on as it is; counting neither allocates nor unwinds. A layout's size fits `isize` (its own guarantee), and sums wrap.
unsafe impl<A: GlobalAlloc> GlobalAlloc for Meter<A> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's.
        let block = unsafe { self.0.alloc(layout) };
        if !block.is_null() {
            count(layout.size(), 1);
        }
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's.
        unsafe { self.0.dealloc(block, layout) };
        count(layout.size(), -1);
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's.
        let block = unsafe { self.0.alloc_zeroed(layout) };
        if !block.is_null() {
            count(layout.size(), 1);
        }
        block
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller's.
        let moved = unsafe { self.0.realloc(block, layout, size) };
        if !moved.is_null() {
            count(layout.size(), -1);
            count(size, 1);
        }
        moved
    }
}

/// What this thread holds, in bytes; only differences mean anything, since other threads may free what this one took.
#[inline]
pub(crate) fn live() -> isize {
    HELD.with(|(live, _)| live.get())
}

/// What of that are large blocks.
pub(crate) fn large() -> isize {
    HELD.with(|(_, large)| large.get())
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
