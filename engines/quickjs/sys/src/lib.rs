//! QuickJS, and its C interface: what [rquickjs-sys] 0.14.0 holds, with one patch.
//!
//! QuickJS keeps the place of an operation only where its compiler says so, and says so for few: an error in a destructuring is placed at the first
//! line of its function, one of a call over several lines at its last argument. `positions.patch` has the compiler name the place of every
//! operation that can fail. The places are taken out of the code into a table that is read when an error is made, as before, so that
//! running costs the same.
//!
//! README.md says what each file is, how they are checked and how to move to the next release.
//!
//! [rquickjs-sys]: https://crates.io/crates/rquickjs-sys

#![no_std]
// Kept as they come.
#![allow(
    missing_docs,
    non_camel_case_types,
    non_snake_case,
    non_upper_case_globals,
    unsafe_code,
    unreachable_pub,
    clippy::all,
    clippy::undocumented_unsafe_blocks
)]

#[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
compile_error!("the bindings are those of 64-bit Linux, the same on each of its architectures");

use ::core::ptr;

include!("../bindings/linux_64.rs");
include!("../bindings/ptr_64.rs");
include!("../bindings/common.rs");
