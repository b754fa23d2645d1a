//! Blocking: from the call to its effect, and what a packet costs beside how many blocks, for each back end.
//!
//! `cargo bench -p reactant-benches --bench block`, as root. It runs on two machines made of namespaces, with a cable between them, as the tests of
//! the blocks do. The times from a call to the last byte are printed as a distribution.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a bench fails by panicking, and prints"
)]

#[path = "../../helpers/tests/blocks/machine.rs"]
#[allow(dead_code, reason = "shared with the tests")]
mod machine;
#[path = "../../helpers/src/effects/block/netlink.rs"]
#[allow(dead_code, unused_imports, reason = "shared with the helpers' inside")]
mod netlink;
#[path = "../../helpers/tests/blocks/remote.rs"]
#[allow(dead_code, reason = "shared with the tests")]
mod remote;
#[path = "../../helpers/tests/blocks/resolver.rs"]
#[allow(dead_code, reason = "shared with the tests")]
mod resolver;
mod scenarios;
#[path = "../../helpers/tests/blocks/wire.rs"]
#[allow(dead_code, reason = "shared with the tests")]
mod wire;

use std::process::ExitCode;

fn main() -> ExitCode {
    if let Some(done) = machine::inside() {
        return done;
    }
    // As `cargo test --benches` starts it: that it runs at all is enough then, and it takes root.
    if !std::env::args().any(|argument| argument == "--bench") {
        return ExitCode::SUCCESS;
    }
    for part in scenarios::PARTS {
        if let Err(why) = machine::run(part) {
            eprintln!("{part}: {why}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
