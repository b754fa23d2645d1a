//! The memory of one machine: everything that the engine allocates lies here, with the allocator's own state, so that restoring bytes restores a world.
//!
//! The engine keeps small objects in 4 KiB slabs of its own; what it asks for here is slabs and everything larger. Blocks are found by two-level
//! segregated fit (Masmano et al., "TLSF", 2004): constant time, and neighbours that are free are joined, so that a script that
//! builds strings or grows arrays uses what it let go of.

#![allow(
    unsafe_code,
    reason = "hands out raw memory of a mapping; the engine calls it through function pointers"
)]

use std::{
    ffi::c_void,
    io,
    ptr::{self, NonNull},
};

use reactant_quickjs_sys as sys;

use crate::shim;

/// What host code may take beyond the limit, so that converting a value never meets an allocation failure in the middle; the
/// invocation then ends with [`Stop::Memory`](reactant_core::limits::Stop::Memory) as soon as the host returns.
pub(crate) const SLACK: usize = 1 << 20;

const ALIGN: usize = 16;
/// The head of a block: its size with a flag, and the block before it.
const HEAD: usize = 16;
/// A free block holds two links.
const SMALLEST: usize = 16;
const FREE: usize = 1;
/// Second-level lists per power of two.
const SPLITS: usize = 8;
/// Powers of two, from 16 bytes.
const LEVELS: usize = 40;

/// Lies at the start of the mapping.
#[repr(C)]
struct State {
    /// The first byte behind the last block.
    brk: usize,
    /// The last block, 0 if there is none.
    last: usize,
    /// Where blocks must end.
    limit: usize,
    /// The largest `brk` since it was last reset.
    peak: usize,
    /// Which levels have a free block.
    levels: u64,
    /// Which lists of a level have one.
    splits: [u8; LEVELS],
    /// The first free block of each list.
    free: [[usize; SPLITS]; LEVELS],
}

#[repr(C)]
struct Block {
    /// Bytes behind the head, and [`FREE`].
    size: usize,
    /// The block that ends where this one begins, 0 for the first.
    before: usize,
    /// Links of the list of free blocks; content while in use.
    next: usize,
    previous: usize,
}

/// A mapping with an allocator in it.
#[derive(Debug)]
pub(crate) struct Arena {
    base: NonNull<u8>,
    len: usize,
}

impl Arena {
    /// Reserves address space; pages are taken as they are touched.
    pub(crate) fn new(len: usize) -> io::Result<Arena> {
        // SAFETY: an anonymous mapping at an address of the kernel's choice touches no memory of ours.
        let base = unsafe {
            libc::mmap(
                ptr::null_mut(),
                len,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
                -1,
                0,
            )
        };
        if base == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let base = NonNull::new(base.cast::<u8>()).ok_or(io::ErrorKind::OutOfMemory)?;
        let arena = Arena { base, len };
        let start = arena.address() + size_of::<State>().next_multiple_of(ALIGN);
        // SAFETY: the mapping is page-aligned, writable, larger than the state, and zero, which is a valid state.
        let state = unsafe { &mut *arena.state() };
        (state.brk, state.peak, state.limit) = (start, start, arena.address() + len);
        Ok(arena)
    }

    fn state(&self) -> *mut State {
        self.base.as_ptr().cast()
    }

    fn address(&self) -> usize {
        self.base.as_ptr() as usize
    }

    /// What the engine's allocation functions get as their first argument.
    pub(crate) fn opaque(&self) -> *mut c_void {
        self.base.as_ptr().cast()
    }

    /// The start of the mapping.
    pub(crate) fn base(&self) -> *mut u8 {
        self.base.as_ptr()
    }

    /// Bytes from the start of the mapping to behind the last block.
    pub(crate) fn used(&self) -> usize {
        // SAFETY: `state` was made in `new` and is only ever replaced by a copy of itself.
        unsafe { (*self.state()).brk - self.address() }
    }

    /// Lets the heap grow to so many bytes from the start of the mapping, at most to its end.
    pub(crate) fn set_limit(&mut self, bytes: usize) {
        // SAFETY: as in `used`.
        let state = unsafe { &mut *self.state() };
        state.limit = self.address() + bytes.min(self.len.saturating_sub(SLACK));
        state.peak = state.brk;
    }

    /// Gives pages back to the system that lie more than `keep` bytes behind the first `used` ones.
    pub(crate) fn trim(&mut self, used: usize, keep: usize) {
        // SAFETY: as in `used`.
        let peak = unsafe { (*self.state()).peak } - self.address();
        const PAGE: usize = 4096;
        let (from, to) = ((used + keep).next_multiple_of(PAGE), peak.next_multiple_of(PAGE));
        if to > from {
            // SAFETY: the range lies in the mapping, and behind `used` there is nothing that is read again.
            unsafe {
                libc::madvise(self.base.as_ptr().add(from).cast(), to - from, libc::MADV_DONTNEED)
            };
        }
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours, and nothing that lies in it outlives the machine.
        unsafe { libc::munmap(self.base.as_ptr().cast(), self.len) };
    }
}

/// The list that a block of this size belongs to.
fn list_of(size: usize) -> (usize, usize) {
    let power = size.ilog2() as usize;
    (power - 4, (size >> power.saturating_sub(3)) & (SPLITS - 1))
}

/// The first list all of whose blocks have at least this size.
fn list_for(size: usize) -> (usize, usize) {
    let power = size.ilog2();
    // Round up to the next list's smallest block.
    list_of(size.saturating_add((1usize << power.saturating_sub(3)) - 1))
}

// None of the functions below holds anything that would have to be dropped: `shim::refused` may leave them by a jump.
impl State {
    unsafe fn block(at: usize) -> *mut Block {
        at as *mut Block
    }

    unsafe fn insert(&mut self, at: usize) {
        // SAFETY: `at` is a block of this arena that nobody uses.
        unsafe {
            let block = State::block(at);
            let (level, split) = list_of((*block).size);
            (*block).size |= FREE;
            let head = self.free[level][split];
            ((*block).next, (*block).previous) = (head, 0);
            if head != 0 {
                (*State::block(head)).previous = at;
            }
            self.free[level][split] = at;
            self.levels |= 1 << level;
            self.splits[level] |= 1 << split;
        }
    }

    unsafe fn remove(&mut self, at: usize) {
        // SAFETY: `at` is a block in one of the lists.
        unsafe {
            let block = State::block(at);
            (*block).size &= !FREE;
            let (level, split) = list_of((*block).size);
            let (next, previous) = ((*block).next, (*block).previous);
            if next != 0 {
                (*State::block(next)).previous = previous;
            }
            if previous != 0 {
                (*State::block(previous)).next = next;
            } else {
                self.free[level][split] = next;
                if next == 0 {
                    self.splits[level] &= !(1 << split);
                    if self.splits[level] == 0 {
                        self.levels &= !(1 << level);
                    }
                }
            }
        }
    }

    fn find(&self, size: usize) -> usize {
        let (level, split) = list_for(size);
        if level >= LEVELS {
            return 0;
        }
        let here = self.splits[level] & (0xffu8 << split);
        if here != 0 {
            return self.free[level][here.trailing_zeros() as usize];
        }
        let above = self.levels & u64::MAX.checked_shl(level as u32 + 1).unwrap_or(0);
        if above == 0 {
            return 0;
        }
        let level = above.trailing_zeros() as usize;
        self.free[level][self.splits[level].trailing_zeros() as usize]
    }

    /// Cuts what a block has beyond `size` off and frees it.
    unsafe fn split(&mut self, at: usize, size: usize) {
        // SAFETY: `at` is a block in use of at least `size` bytes.
        unsafe {
            let block = State::block(at);
            let rest = (*block).size - size;
            if rest < HEAD + SMALLEST {
                return;
            }
            (*block).size = size;
            let new = at + HEAD + size;
            (*State::block(new)).size = rest - HEAD;
            (*State::block(new)).before = at;
            if self.last == at {
                self.last = new;
            } else {
                (*State::block(new + rest)).before = new;
            }
            self.release(new);
        }
    }

    /// Frees a block, with its free neighbours.
    unsafe fn release(&mut self, mut at: usize) {
        // SAFETY: `at` is a block in use; blocks lie without gaps from the first to `last`.
        unsafe {
            let before = (*State::block(at)).before;
            if before != 0 && (*State::block(before)).size & FREE != 0 {
                self.remove(before);
                (*State::block(before)).size += HEAD + (*State::block(at)).size;
                if self.last == at {
                    self.last = before;
                }
                at = before;
            }
            if self.last != at {
                let after = at + HEAD + (*State::block(at)).size;
                if (*State::block(after)).size & FREE != 0 {
                    self.remove(after);
                    (*State::block(at)).size += HEAD + (*State::block(after)).size;
                    if self.last == after {
                        self.last = at;
                    }
                }
            }
            if self.last == at {
                self.brk = at;
                self.last = (*State::block(at)).before;
            } else {
                let after = at + HEAD + (*State::block(at)).size;
                (*State::block(after)).before = at;
                self.insert(at);
            }
        }
    }

    /// Whether the heap may end at `end`.
    fn may_end_at(&self, end: usize) -> bool {
        // Host code is granted the slack and leaves afterwards; engine code does not come back from `refused`.
        end <= self.limit || (shim::refused() && end <= self.limit + SLACK)
    }

    unsafe fn allocate(&mut self, size: usize) -> usize {
        if size > isize::MAX as usize / 2 {
            shim::refused();
            return 0;
        }
        let size = size.max(SMALLEST).next_multiple_of(ALIGN);
        // SAFETY: what `find` gives is a free block of at least `size`; behind `brk` there is only unused mapping.
        unsafe {
            let found = self.find(size);
            if found != 0 {
                self.remove(found);
                self.split(found, size);
                return found + HEAD;
            }
            let (at, end) = (self.brk, self.brk + HEAD + size);
            if !self.may_end_at(end) {
                return 0;
            }
            ((*State::block(at)).size, (*State::block(at)).before) = (size, self.last);
            (self.last, self.brk, self.peak) = (at, end, self.peak.max(end));
            at + HEAD
        }
    }

    unsafe fn reallocate(&mut self, content: usize, size: usize) -> usize {
        if size > isize::MAX as usize / 2 {
            shim::refused();
            return 0;
        }
        let size = size.max(SMALLEST).next_multiple_of(ALIGN);
        let at = content - HEAD;
        // SAFETY: `content` came from `allocate` and is in use.
        unsafe {
            let old = (*State::block(at)).size;
            if size <= old {
                self.split(at, size);
                return content;
            }
            if self.last == at {
                let end = content + size;
                if !self.may_end_at(end) {
                    return 0;
                }
                (*State::block(at)).size = size;
                (self.brk, self.peak) = (end, self.peak.max(end));
                return content;
            }
            let after = content + old;
            let after_size = (*State::block(after)).size;
            if after_size & FREE != 0 && old + HEAD + (after_size & !FREE) >= size {
                self.remove(after);
                (*State::block(at)).size = old + HEAD + (*State::block(after)).size;
                // A free block is never the last: it would have been given back to the end.
                (*State::block(content + (*State::block(at)).size)).before = at;
                self.split(at, size);
                return content;
            }
            let new = self.allocate(size);
            if new != 0 {
                ptr::copy_nonoverlapping(content as *const u8, new as *mut u8, old);
                self.release(at);
            }
            new
        }
    }
}

// The functions that the engine calls. `opaque` is the arena's start, and pointers came from here.

unsafe extern "C" fn malloc(opaque: *mut c_void, size: sys::size_t) -> *mut c_void {
    // SAFETY: see above.
    unsafe { (*opaque.cast::<State>()).allocate(size as usize) as *mut c_void }
}

unsafe extern "C" fn calloc(
    opaque: *mut c_void,
    count: sys::size_t,
    size: sys::size_t,
) -> *mut c_void {
    let bytes = (count as usize).saturating_mul(size as usize);
    // SAFETY: see above; the block has at least so many bytes.
    unsafe {
        let content = (*opaque.cast::<State>()).allocate(bytes) as *mut c_void;
        if !content.is_null() {
            ptr::write_bytes(content.cast::<u8>(), 0, bytes);
        }
        content
    }
}

unsafe extern "C" fn free(opaque: *mut c_void, content: *mut c_void) {
    if !content.is_null() {
        // SAFETY: see above.
        unsafe { (*opaque.cast::<State>()).release(content as usize - HEAD) }
    }
}

unsafe extern "C" fn realloc(
    opaque: *mut c_void,
    content: *mut c_void,
    size: sys::size_t,
) -> *mut c_void {
    if content.is_null() {
        // SAFETY: see above.
        return unsafe { malloc(opaque, size) };
    }
    // SAFETY: see above.
    unsafe { (*opaque.cast::<State>()).reallocate(content as usize, size as usize) as *mut c_void }
}

unsafe extern "C" fn usable_size(content: *const c_void) -> sys::size_t {
    if content.is_null() {
        return 0;
    }
    // SAFETY: see above; a block in use has no flag set.
    unsafe { (*State::block(content as usize - HEAD)).size as sys::size_t }
}

/// The allocation functions for `JS_NewRuntime2`, with [`Arena::opaque`].
pub(crate) const FUNCTIONS: sys::JSMallocFunctions = sys::JSMallocFunctions {
    js_calloc: Some(calloc),
    js_malloc: Some(malloc),
    js_free: Some(free),
    js_realloc: Some(realloc),
    js_malloc_usable_size: Some(usable_size),
};

#[cfg(test)]
mod tests;
