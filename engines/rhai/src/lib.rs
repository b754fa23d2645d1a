//! Reactions in Rhai.
//!
//! A script is compiled once a machine; its top level is evaluated when it loads, and each invocation begins with what that left (`machine.rs`). The event is
//! read in place (`level.rs`). What the engine's callbacks need of the invocation that is running lies in one place (`state.rs`), where the host's door is
//! lent for its duration (`lend.rs`).
//!
//! # Limits
//!
//! Every operation asks whether the script must end (`State::over`): for time, for the host's verdict, for memory, for the stack. A script that must end is left by
//! unwinding, which neither it nor a native can catch. Rhai takes its memory from the program's allocator. Where that is a [`Meter`], every byte counts, with what
//! the allocator takes beside it, and a script is ended before an operation that could take it past its limit: what one operation can take follows from
//! what there is (`State::tight`), and natives that would allocate by argument are replaced (`natives.rs`). So a script has less than its limit to keep: about
//! half of it in all, and a quarter in one text or list. Without a meter only the size of each value is bounded, not how many there are;
//! [`ReactionEngine::overruns`](reactant_core::engine::ReactionEngine::overruns) says so, and what a build whose panics abort cannot hold.
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
mod places;
mod stack;
mod state;
mod value;

pub use engine::Engine;
pub use meter::Meter;

#[cfg(test)]
#[global_allocator]
static METER: Meter = Meter::system();
