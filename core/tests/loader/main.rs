//! Loading recipes, through the public interface: every rule of the recipe format has a test of its name here.

#![allow(clippy::unwrap_used, dead_code, reason = "in tests a panic is the report")]
mod mistakes;
mod seed;
mod support;
