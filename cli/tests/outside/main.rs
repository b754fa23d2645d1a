//! The command from outside: what it prints, how it ends, and what it leaves behind.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bench;
mod blocks;
mod budget;
mod control;
mod determinism;
mod doctor;
mod enforce;
mod inputs;
mod interface;
mod languages;
mod loss;
mod netpolicy;
mod package;
mod policy;
mod privileges;
mod state;
mod support;
mod terminal;
