//! Blocks of addresses, as both sides of a connection see them.
//!
//! Each test is two machines made of namespaces, with a cable between them: the runtime's, with processes, mounts and a network of its own, and
//! a remote one that it sees only through the cable. Both end with the test, and with them all that was made in them. Making them needs root and
//! unshare(1); without root the tests are ignored and say so, but fail where `REACTANT_ROOT_TESTS` is set.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test fails by panicking"
)]

mod machine;
#[path = "../../src/effects/block/netlink.rs"]
#[allow(dead_code, unused_imports, reason = "shared with the crate's inside")]
mod netlink;
mod remote;
mod resolver;
mod scenarios;
mod wire;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    if let Some(done) = machine::inside() {
        return done;
    }
    let can = rustix::process::geteuid().is_root();
    let must = std::env::var_os("REACTANT_ROOT_TESTS").is_some();
    if !can && !must {
        eprintln!("ignored: these tests make namespaces, which needs root");
    }
    let trials = scenarios::TESTS.iter().map(|(name, _)| {
        let run = move || machine::run(name).map_err(Failed::from);
        Trial::test(*name, run).with_ignored_flag(!can && !must)
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}
