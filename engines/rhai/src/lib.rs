//! Reactions in Rhai.
//!
//! A script is compiled once a machine; its top level is evaluated when it loads, and each invocation begins with what that left (`machine.rs`). The event is
//! read in place (`level.rs`). What the engine's callbacks need of the invocation that is running lies in one place (`state.rs`), where the host's door is
//! lent for its duration (`lend.rs`).
//!
//! # Limits
//!
//! Every operation asks whether the script must end (`State::over`): for time, for the host's verdict, for memory, for the stack. No script can catch that. Rhai takes
//! its memory from the program's allocator: where that is a [`Meter`], every byte counts, and a script outgrows its limit by no more than one operation can
//! take, since the size of each value is bounded and natives that would allocate by argument are replaced (`natives.rs`). Without a meter only the size of each
//! value is bounded, not how many there are; [`ReactionEngine::overruns`](reactant_core::engine::ReactionEngine::overruns) says so.
//!
//! Machines belong to one thread, and bring the stack that scripts run on.

mod definitions;
mod engine;
mod error;
mod globals;
mod helpers;
mod json;
mod language;
mod lend;
mod level;
mod machine;
mod meter;
mod natives;
mod stack;
mod state;
mod value;

pub use engine::Engine;
pub use meter::Meter;

#[cfg(test)]
#[global_allocator]
static METER: Meter = Meter::system();
