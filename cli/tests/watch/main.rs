//! What `reactant watch` does beside telling of events: acting, recording, following its recipes, ending, being measured.
//!
//! Programs in the kernel need root. Without it, or where the kernel takes none of them, the tests are ignored and say so, but fail where
//! `REACTANT_ROOT_TESTS` is set. Recipes match programs in the test's own folder only.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says what it ignores"
)]

mod acting;
mod hostile;
mod metrics;
mod policy;
mod process;
mod reload;
mod samples;
mod scene;
mod service;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

type Test = (&'static str, fn());

fn main() -> ExitCode {
    let must = std::env::var_os("REACTANT_ROOT_TESTS").is_some();
    let why = reactant_sensor::Live::start(&reactant_core::interest::Interest::default())
        .err()
        .map(|error| error.to_string());
    if let Some(why) = &why {
        eprintln!("ignored: these tests run programs in the kernel: {why}");
    }
    let trials = [
        acting::TESTS,
        hostile::TESTS,
        metrics::TESTS,
        policy::TESTS,
        process::TESTS,
        reload::TESTS,
        samples::TESTS,
        service::TESTS,
    ]
    .concat()
    .into_iter()
    .map(|(name, test)| {
        let trial = Trial::test(name, move || {
            test();
            Ok(())
        });
        trial.with_ignored_flag(why.is_some() && !must)
    });
    // One after another: each sees what the others do.
    let arguments = Arguments { test_threads: Some(1), ..Arguments::from_args() };
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}
