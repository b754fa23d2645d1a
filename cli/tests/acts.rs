//! The command acting on processes, in a pid namespace that the test makes.
//!
//! That needs root. Without it the tests are ignored, but fail where `REACTANT_ROOT_TESTS` is set.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says why it is ignored"
)]

use std::{
    fs,
    path::Path,
    process::{Command, ExitCode, Output},
};

use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::Value;

fn main() -> ExitCode {
    // Root owns what others cannot write.
    let can =
        fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    let must = std::env::var_os("REACTANT_ROOT_TESTS").is_some();
    if !can && !must {
        eprintln!("ignored: these tests make namespaces, which needs root");
    }
    let tests: [(&str, fn()); 1] = [(
        "a_recipe_that_would_kill_every_process_stops_at_its_budget",
        a_recipe_that_would_kill_every_process_stops_at_its_budget,
    )];
    let trials = tests.map(|(name, test)| {
        let run = move || -> Result<(), Failed> {
            test();
            Ok(())
        };
        Trial::test(name, run).with_ignored_flag(!can && !must)
    });
    libtest_mimic::run(&Arguments::from_args(), trials.into()).exit_code()
}

/// Runs a shell script as the first process of a pid namespace, in a folder; `$REACTANT` is the command.
fn inside(folder: &Path, script: &str) -> Output {
    Command::new("unshare")
        .args([
            "--mount",
            "--pid",
            "--fork",
            "--kill-child",
            "--mount-proc",
            "--",
            "sh",
            "-c",
            script,
        ])
        .env("REACTANT", env!("CARGO_BIN_EXE_reactant"))
        .current_dir(folder)
        .output()
        .unwrap()
}

fn a_recipe_that_would_kill_every_process_stops_at_its_budget() {
    let folder = tempfile::tempdir().unwrap();
    let recipe = "\
- kind: test
  name: typo
  version: 1
  description: kills whatever has a number
  breed: execution
  mechanism: execution
  importance: low
  file_actions: [execve]
  reactions:
    - format: js
      code: |
        function process() {
          for (let pid = 1; pid < 500; pid++) KillProcess(pid);
        }
";
    fs::write(folder.path().join("recipe.yaml"), recipe).unwrap();
    // Every process started before the event.
    let time = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(1);
    let event = format!("{{\"event_type\":\"execution\",\"timestamp\":\"{time}\"}}\n");
    fs::write(folder.path().join("events.jsonl"), event).unwrap();
    let script = "\
for i in $(seq 60); do sleep 300 & done
alive() { readlink /proc/[0-9]*/exe | grep -c sleep; }
run() { \"$REACTANT\" run -q --output json --no-timings --enforce --yes --data state --protect-pids-below 0 -r recipe.yaml events.jsonl; }
while [ $(alive) -lt 60 ]; do :; done
alive; run > first; alive; run > second; alive
\"$REACTANT\" budget reset typo --data state > /dev/null; run > third; alive
\"$REACTANT\" audit verify --data state > /dev/null && echo whole";
    let output = inside(folder.path(), script);
    let said = String::from_utf8_lossy(&output.stdout);
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(said.lines().collect::<Vec<_>>(), ["60", "40", "40", "20", "whole"], "{told}");
    // What the second run did it only simulated, by its own account too.
    let second = fs::read_to_string(folder.path().join("second")).unwrap();
    let lines = second.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut acts = lines.filter(|line| line["type"] == "action" && line["result"] == 0).peekable();
    assert!(acts.peek().is_some() && acts.all(|act| act["dry_run"] == true));
}
