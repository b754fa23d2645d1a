//! Programs under tight limits in Rhai.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| reactant_fuzz::program::run("rhai", bytes));
