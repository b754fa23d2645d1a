//! The standard helpers of Reactant (`helpers.md`): what a reaction can say, remember and do.
//!
//! [`Standard`] wires them into a [`Registry`](reactant_core::helper::Registry). A helper's module holds its declarations and what it decides; what it
//! does to the system goes through [`effects`], and nothing else in this crate acts.

mod block;
pub mod budget;
mod clock;
pub mod control;
mod data;
pub mod effects;
mod errno;
mod file;
pub mod folder;
pub mod journal;
mod kill;
mod log;
mod power;
pub mod protect;
mod standard;
pub mod store;
mod temp;
pub mod texts;
mod verdict;

pub use log::{LogLimits, LogMeter};
pub use standard::Standard;

#[cfg(test)]
mod testing;
