//! Messages of the domain name system from any bytes.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| reactant_fuzz::dns::answer(bytes));
