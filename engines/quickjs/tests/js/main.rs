//! JavaScript reactions on a fake host.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod behaviour;
mod host;
mod hostile;
mod isolation;
mod large;
mod positions;
mod views;
