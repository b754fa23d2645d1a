//! What the helpers do for real, in namespaces that the tests make: nothing outside of them is touched.
//!
//! Making namespaces needs root. Without it the tests are ignored and say so, but fail where `REACTANT_ROOT_TESTS` is set.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test fails by panicking, and tells its seed"
)]

mod journal;
mod kill;
mod namespace;
mod power;
mod reuse;
#[path = "../../src/testing.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared with the tests inside of the crate")]
mod testing;
mod victim;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
// As the shared module names them.
use reactant_helpers::{Standard, store};

use namespace::Kind;

/// What a test's choices derive from: this time's, or the one that is to be seen again.
fn seed() -> u64 {
    let seed = std::env::var("REACTANT_SEED").ok().map(|seed| seed.parse().unwrap());
    let seed = seed.unwrap_or_else(|| jiff::Timestamp::now().as_nanosecond() as u64);
    println!("REACTANT_SEED={seed}");
    seed
}

/// A test, and the namespaces that it runs in.
type Test = (&'static str, Kind, fn());

fn main() -> ExitCode {
    let tests: Vec<Test> = [journal::TESTS, kill::TESTS, power::TESTS, reuse::TESTS].concat();
    if let Some(how) = victim::asked_for() {
        return victim::be(&how);
    }
    if let Some(name) = namespace::inside() {
        let (.., test) = tests.iter().find(|(known, ..)| *known == name).unwrap();
        test();
        return ExitCode::SUCCESS;
    }
    let can = rustix::process::geteuid().is_root();
    let must = std::env::var_os("REACTANT_ROOT_TESTS").is_some();
    if !can && !must {
        eprintln!("ignored: these tests make namespaces, which needs root");
    }
    let trials = tests.into_iter().map(|(name, kind, test)| {
        let run = move || namespace::run(name, kind, test).map_err(Failed::from);
        Trial::test(name, run).with_ignored_flag(kind != Kind::Here && !can && !must)
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}
