//! Blocking for real, in a network of the test's own, with the state in a folder of the test's own.
//!
//! It needs root and unshare(1); without root it says so and proves nothing, but fails where `REACTANT_ROOT_TESTS` is set.

#![allow(clippy::print_stderr, reason = "a test that proves nothing says so")]

use std::{fs, process::Command};

use serde_json::{Value, json};

use crate::support::{Case, executions, lines, of_type, on_execution, text};

/// Result and `Errno()` of each act of a run in a network of its own; nothing where such a network cannot be made.
fn acts(case: &Case) -> Option<Vec<(Value, Value)>> {
    if !is_root() {
        assert!(std::env::var_os("REACTANT_ROOT_TESTS").is_none(), "root is needed");
        eprintln!("ignored: it makes a network namespace, which needs root");
        return None;
    }
    let output = Command::new("unshare")
        .args(["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--"])
        // What this machine has pinned there is none of the test's business.
        .args([
            "sh",
            "-c",
            "mount -t tmpfs none /sys/fs/bpf && mount -t tmpfs none /run && exec \"$0\" \"$@\"",
        ])
        .args([env!("CARGO_BIN_EXE_reactant"), "run", "-q", "--output", "json", "--no-timings"])
        .args(["--enforce", "--yes", "--data"])
        .arg(case.path("state"))
        .arg("--config")
        .arg(case.path("config.yaml"))
        .arg("-r")
        .args([case.path("recipes.yaml"), case.path("events.jsonl")])
        .output()
        .unwrap();
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
    let lines = lines(&output);
    let actions = of_type(&lines, "action");
    assert!(actions.iter().all(|action| action["dry_run"] == false));
    Some(actions.iter().map(|a| (a["result"].clone(), a["errno"].clone())).collect())
}

fn is_root() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    status.lines().any(|line| line.starts_with("Uid:\t0\t0\t"))
}

#[test]
fn an_address_is_blocked_for_real_and_stays_so_for_the_next_run() {
    let code = r#"function process() {
        NetBlockIp("203.0.113.7");
        NetBlockIpTimer("2001:db8::/32", 600);
        NetBlockIp("127.0.0.2");
        NetBlockDomain("evil.example");
    }"#;
    let case = Case::new(&on_execution("blocks", &[code]), &executions(1));
    let config = case.path("config.yaml");
    fs::write(&config, "blocks: {by: nftables}\n").unwrap();
    let Some(first) = acts(&case) else { return };
    let refused = [
        (json!(-1), json!("127.0.0.2 is never blocked: loopback")),
        (
            json!(-1),
            json!(
                "this build blocks addresses only: a domain is blocked in a dry run and refused otherwise"
            ),
        ),
    ];
    let done = (json!(0), json!(""));
    assert_eq!(first, [&[done.clone(), done.clone()][..], &refused].concat());
    // The namespace went with the blocks; the leases are what was kept.
    let already = (json!(1), json!("already blocked"));
    let second = acts(&case).unwrap();
    assert_eq!(second, [&[already.clone(), already][..], &refused].concat());

    fs::write(&config, "blocks: {by: nftables}\nblocks_on_exit: remove\n").unwrap();
    acts(&case).unwrap();
    assert_eq!(acts(&case).unwrap()[0], done, "they went with the run that was to remove them");
}
