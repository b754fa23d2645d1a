//! Events from any text, and packed trees from any bytes.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| reactant_fuzz::event::parse(bytes));
