//! Reactions in JavaScript, on QuickJS.
//!
//! Each invocation runs in a pristine world at the cost of a copy of memory: everything the engine allocates lies in one arena, whose bytes are
//! put back before each run (`arena.rs`, `image.rs`). The event is read in place through views (`view.rs`). Every limit ends a script by a jump out of the
//! engine that no script can catch (`shim.c`): the deadline at the engine's own interrupt check, or anywhere with the [`Signal`] of a
//! watchdog; memory at the allocation that exceeds it; the host's verdict when the helper returns.
//!
//! Machines belong to one thread, whose stack should have 2 MiB.

mod arena;
mod date;
mod definitions;
mod engine;
mod error;
mod guard;
mod host;
mod image;
mod machine;
mod place;
mod shim;
mod stack;
mod value;
mod view;
mod watchdog;
mod world;

pub use engine::{Builder, Engine};
pub use watchdog::{Signal, WatchdogError};
