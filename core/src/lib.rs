//! The language-neutral heart of Reactant: security events in, reactions out.
//!
//! The way of an event, once through: a source gives an [`event::Event`]; the [`matcher`] turns it into
//! [`detection::Detection`]s; the [`runtime`] hands each reaction to a worker; the worker's [`engine::Machine`] runs the script, which reaches
//! the world through one door, the [`host`], where limits, capabilities and the audit stand in front of every [`helper`].

pub mod audit;
pub mod capability;
pub mod clock;
pub mod config;
pub mod detection;
pub mod diagnostic;
pub mod dns;
mod document;
pub mod engine;
pub mod event;
pub mod helper;
pub mod host;
pub mod interest;
pub mod limits;
pub mod matcher;
pub mod packed;
pub mod policy;
pub mod recipe;
pub mod runtime;
pub mod seed;
pub mod units;
pub mod value;
pub mod verdict;
