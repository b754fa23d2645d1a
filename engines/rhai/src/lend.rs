//! Lends an invocation and the host's door to callbacks that outlive both.
//!
//! Rhai's callbacks are `'static`; what they reach belongs to one call of [`Machine::run`](reactant_core::engine::Machine::run).

#![allow(unsafe_code, reason = "hands borrows to callbacks whose type cannot carry their lifetime")]

use std::{cell::Cell, ptr::NonNull};

use reactant_core::engine::{Door, Invocation};

/// What is lent, and for how long is up to [`Lent::during`].
#[derive(Debug, Default)]
pub(crate) struct Lent {
    invocation: Cell<Option<NonNull<Invocation<'static>>>>,
    door: Cell<Option<NonNull<dyn Door>>>,
}

impl Lent {
    /// Lends both while `body` runs, however it ends.
    pub(crate) fn during<T>(
        &self,
        invocation: &Invocation<'_>,
        door: &mut dyn Door,
        body: impl FnOnce() -> T,
    ) -> T {
        struct Return<'a>(&'a Lent);
        impl Drop for Return<'_> {
            fn drop(&mut self) {
                self.0.invocation.set(None);
                self.0.door.set(None);
            }
        }
        let _return = Return(self);
        self.invocation.set(Some(NonNull::from(invocation).cast()));
        // SAFETY: only the lifetime changes; `_return` forgets the pointer before the borrow ends.
        let door = unsafe {
            std::mem::transmute::<NonNull<dyn Door + '_>, NonNull<dyn Door>>(NonNull::from(door))
        };
        self.door.set(Some(door));
        body()
    }

    /// Looks at the invocation; `None` while none runs.
    pub(crate) fn invocation<T>(&self, look: impl FnOnce(&Invocation<'_>) -> T) -> Option<T> {
        // SAFETY: set only inside of `during`, whose borrow is shared and outlives this call.
        self.invocation.get().map(|invocation| look(unsafe { invocation.as_ref() }))
    }

    /// Uses the door; `None` while none is lent, or while it is in use further up.
    pub(crate) fn door<T>(&self, body: impl FnOnce(&mut dyn Door) -> T) -> Option<T> {
        struct Back<'a>(&'a Lent, NonNull<dyn Door>);
        impl Drop for Back<'_> {
            fn drop(&mut self) {
                self.0.door.set(Some(self.1));
            }
        }
        let mut back = Back(self, self.door.take()?);
        // SAFETY: set only inside of `during`, which has the door to itself; it was taken out, so this is its only use.
        Some(body(unsafe { back.1.as_mut() }))
    }
}
