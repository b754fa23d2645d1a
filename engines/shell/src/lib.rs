//! Reactions as scripts for `/bin/sh`, whose commands are the helpers.
//!
//! Each invocation is a process tree of its own in an empty folder, with an environment made from nothing and one descriptor that reaches the host. It is
//! gone, whole, when the invocation ends (`launch.rs`); what holds it depends on what this machine allows this user, is tried out once
//! (`confinement.rs`), and is told by [`ReactionEngine::confinement`](reactant_core::engine::ReactionEngine::confinement).
//!
//! Where effects are simulated the script is confined as well: no network and no sockets, nothing writable but its own folder. Where that cannot be had
//! it is not started.

mod cgroup;
mod confinement;
mod engine;
mod exchange;
mod folder;
mod invocation;
mod launch;
mod lines;
mod machine;
mod prelude;
mod session;

pub use engine::Engine;
