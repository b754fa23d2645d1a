//! The stack that scripts run on.
//!
//! Rust copies and drops nested values by recursion, and a script decides how deep they nest. What it can afford of that under its memory limit must
//! fit the stack, so scripts run on one whose size follows from the limit. It is address space; only what is touched is memory.

use corosensei::stack::{DefaultStack, Stack as _};

/// For each byte of the memory limit: a link of a chain of closures takes 150 bytes or more, and dropping it up to 400 of stack.
const PER_BYTE: usize = 4;
/// What evaluation may use; the rest is for copies and drops, which ask nobody.
const WORK: usize = 8 << 20;

/// A stack for a machine.
pub(crate) struct Stack {
    stack: DefaultStack,
    size: usize,
}

impl Stack {
    /// A stack for scripts with at most this much memory.
    ///
    /// # Errors
    ///
    /// The system's, where there is no room for it.
    pub(crate) fn new(memory: usize) -> std::io::Result<Stack> {
        let size = memory.saturating_mul(PER_BYTE).saturating_add(WORK);
        Ok(Stack { stack: DefaultStack::new(size)?, size })
    }

    /// Gives back what was touched.
    pub(crate) fn renew(&mut self) {
        if let Ok(stack) = DefaultStack::new(self.size) {
            self.stack = stack;
        }
    }

    /// The address below which evaluation must not go.
    pub(crate) fn floor(&self) -> usize {
        self.stack.base().get().saturating_sub(WORK)
    }

    /// Runs on this stack; a panic goes on in the caller.
    pub(crate) fn run<T>(&mut self, body: impl FnOnce() -> T) -> T {
        corosensei::on_stack(&mut self.stack, body)
    }
}

/// About where the caller's stack ends.
#[inline]
pub(crate) fn here() -> usize {
    let marker = 0_u8;
    std::ptr::from_ref(std::hint::black_box(&marker)).addr()
}
