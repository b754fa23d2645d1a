//! Loading recipes, through the public interface: every rule of the recipe format has a test of its name here.

#![allow(clippy::unwrap_used, reason = "in tests a panic is the report")]

mod fields;
mod files;
mod filters;
mod mistakes;
mod properties;
mod scripts;
mod seed;
mod support;
mod warnings;
mod yaml;
