//! The standard helpers.

pub mod store;
