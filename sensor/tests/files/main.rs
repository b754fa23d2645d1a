//! What is done to files, with real system calls, and what is told of it: each action, and each way to do it.
//!
//! Programs in the kernel need root. Without it, or where the kernel takes none of them, the tests are ignored and say so, but fail where
//! `REACTANT_ROOT_TESTS` is set. Whatever else runs on the machine meanwhile is not of interest, or looked past.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says what it ignores"
)]

mod acts;
mod calls;
mod filters;
mod paths;
mod watch;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    if std::env::var_os(acts::REMOVES_ITSELF).is_some() {
        return match std::env::current_exe().and_then(std::fs::remove_file) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        };
    }
    if watch::be_one() {
        return ExitCode::SUCCESS;
    }
    let must = std::env::var_os("REACTANT_ROOT_TESTS").is_some();
    let why = reactant_sensor::Live::start(&reactant_core::interest::Interest::default()).err();
    if let Some(why) = &why {
        eprintln!("ignored: these tests run programs in the kernel: {why}");
    }
    let tests = [acts::TESTS, paths::TESTS, filters::TESTS].concat();
    let trials = tests.into_iter().map(|(name, test)| {
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
