//! A test in namespaces of its own: this program once more, started by unshare(1), which ends all that is in them with it.

use std::{env, os::unix::process::ExitStatusExt, process::Command};

/// Says which test the program is to run inside.
const INSIDE: &str = "REACTANT_INSIDE";

/// What a test wants of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing: it needs no root.
    Here,
    /// A pid namespace, in which the test is the first process, and a `/proc` of it.
    Processes,
    /// The same; the test succeeds where the namespace is ended as by switching it off.
    Ended,
    /// The same, with the test as a later process.
    BelowInit,
}

/// The test that this process is to run, where it is the inner one.
pub(crate) fn inside() -> Option<String> {
    env::var(INSIDE).ok()
}

/// Runs a test in namespaces of its own.
pub(crate) fn run(name: &str, kind: Kind, test: fn()) -> Result<(), String> {
    if kind == Kind::Here {
        test();
        return Ok(());
    }
    let own = env::current_exe().map_err(|error| error.to_string())?;
    let mut command = Command::new("unshare");
    command.args(["--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--"]);
    if kind == Kind::BelowInit {
        command.args(["sh", "-c", "\"$0\"; exit $?"]);
    }
    let output = command.arg(own).env(INSIDE, name).output();
    let output = output.map_err(|error| format!("unshare: {error}"))?;
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    // Where the first process of a namespace switches it off, it is told by this signal (reboot(2)), of which unshare(1) dies then too.
    let off = kind == Kind::Ended && output.status.signal() == Some(2);
    if off || kind != Kind::Ended && output.status.success() {
        print!("{said}");
        return Ok(());
    }
    Err(format!("{}\n{said}", output.status))
}
