//! Values in and out of a script in Rhai.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| reactant_fuzz::values::cross("rhai", bytes));
