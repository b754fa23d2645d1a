//! What `doctor` finds, for root and for others, and that it leaves nothing behind.
//!
//! As root it is tried in namespaces of its own; without root that part says so, but fails where `REACTANT_ROOT_TESTS` is set.

#![allow(clippy::print_stderr, reason = "a test that proves nothing says so")]

use std::{fs, process::Command};

use serde_json::Value;

use crate::support::{Case, command, executions, lines, of_type, on_execution, text};

fn found<'a>(findings: &'a [Value], section: &str, name: &str) -> &'a Value {
    let of = of_type(findings, "finding");
    of.into_iter()
        .find(|one| one["section"] == section && one["name"] == name)
        .unwrap_or_else(|| panic!("{section} {name} in {findings:#?}"))
}

#[test]
fn it_tells_root_what_works_and_leaves_nothing_behind() {
    if !rustix::process::geteuid().is_root() {
        assert!(std::env::var_os("REACTANT_ROOT_TESTS").is_none(), "root is needed");
        eprintln!("ignored: it makes namespaces, which needs root");
        return;
    }
    let case = Case::new("", "");
    fs::write(case.path("config.yaml"), "blocks: {by: nftables}\n").unwrap();
    let script = r#"mount -t tmpfs none /run
        umount /sys/fs/bpf 2>/dev/null
        look() { ls -lR --time-style=+ /run /sys/fs/bpf "$CASE"; nft list ruleset 2>/dev/null; cat /proc/self/mounts; }
        before=$(look)
        "$R" doctor --output json --config "$CASE/config.yaml" --data "$CASE/state"; code=$?
        after=$(look)
        [ "$before" = "$after" ] || { echo "$before"; echo "$after"; code=9; } >&2
        exit $code"#;
    let output = Command::new("unshare")
        .args(["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--"])
        .args(["sh", "-c", script])
        .env("R", env!("CARGO_BIN_EXE_reactant"))
        .env("CASE", case.folder.path())
        .env("TMPDIR", case.folder.path())
        .output()
        .unwrap();
    let findings = lines(&output);
    assert_eq!(output.status.code(), Some(0), "{} {findings:#?}", text(&output.stderr));
    assert_eq!(found(&findings, "blocks", "addresses")["text"], "by nftables");
    assert_eq!(found(&findings, "state", "folder")["found"], "ok");
    assert_eq!(found(&findings, "kernel", "pids")["found"], "missing", "it is in a namespace");
    assert_eq!(found(&findings, "sources", "watch")["found"], "missing");
    assert!(of_type(&findings, "kept").iter().any(|kept| kept["capability"] == "CAP_NET_ADMIN"));
    assert_eq!(of_type(&findings, "helpers").len(), 8);
}

/// Runs it as somebody who has no rights.
fn as_nobody(case: &Case, args: &[&str]) -> (Option<i32>, Vec<Value>, String) {
    let mut command = if rustix::process::geteuid().is_root() {
        std::os::unix::fs::chown(case.folder.path(), Some(65534), Some(65534)).unwrap();
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", "--"]);
        command.arg(env!("CARGO_BIN_EXE_reactant")).arg("doctor");
        command
    } else {
        command(&["doctor"])
    };
    command.args(["--output", "json", "--data"]).arg(case.path("state")).args(args);
    let output = command.output().unwrap();
    (output.status.code(), lines(&output), text(&output.stderr).to_owned())
}

#[test]
fn it_tells_others_what_they_may_and_why_not_more() {
    let case = Case::new("", "");
    let (code, findings, said) = as_nobody(&case, &[]);
    assert_eq!((code, &*said), (Some(0), ""), "what nobody asked for is no problem: {findings:#?}");
    assert_eq!(found(&findings, "blocks", "addresses")["found"], "missing");
    assert_eq!(found(&findings, "sources", "watch")["found"], "missing");
    assert!(of_type(&findings, "kept").is_empty());
    let rows = of_type(&findings, "helpers");
    let acts =
        |name: &str| rows.iter().find(|row| row["capability"] == name).unwrap()["acts"].clone();
    assert_eq!((acts("process.kill"), acts("net.block")), ("partly".into(), "no".into()));
}

#[test]
fn what_was_asked_for_and_will_not_work_is_a_problem() {
    let case = Case::new("", "");
    let problems = |args: &[&str]| {
        let (code, findings, said) = as_nobody(&case, args);
        let problems = of_type(&findings, "finding");
        let problems = problems.into_iter().filter(|one| one["found"] == "problem");
        let names = problems
            .map(|one| {
                format!("{} {}", one["section"].as_str().unwrap(), one["name"].as_str().unwrap())
            })
            .collect::<Vec<_>>();
        assert_eq!(code, Some(i32::from(!names.is_empty())), "{said}");
        names
    };
    assert_eq!(problems(&["--grant", "system.power"]), ["helpers system.power"]);
    assert_eq!(problems(&["--network-policy", "/nonexistent"]), ["policy network"]);
    let config = case.path("config.yaml");
    for (text, expected) in [
        ("blocks: {by: nftables}\n", &["blocks addresses"][..]),
        ("blocks: {cgroup: /nonexistent}\n", &["groups blocks", "blocks addresses"]),
        ("recipes: [r]\n", &["sources watch"]),
    ] {
        fs::write(&config, text).unwrap();
        assert_eq!(problems(&["--config", config.to_str().unwrap()]), expected, "{text}");
    }
}

#[test]
fn it_finds_what_is_wrong_with_a_data_folder() {
    let case = Case::new(
        &on_execution("r", &["function process() { WriteFile('/none/x', ''); }"]),
        &executions(2),
    );
    fs::write(case.path("config.yaml"), "budgets: {writes_per_minute: 0}\n").unwrap();
    let (state, config) = (case.path("state"), case.path("config.yaml"));
    let run = case.run(&[
        "--enforce",
        "--yes",
        "--data",
        state.to_str().unwrap(),
        "--config",
        config.to_str().unwrap(),
    ]);
    assert_eq!(run.status.code(), Some(0), "{}", text(&run.stderr));
    let look = || {
        let output =
            command(&["doctor", "--output", "json", "--data"]).arg(&state).output().unwrap();
        (output.status.code(), lines(&output))
    };
    let (code, findings) = look();
    assert_eq!(code, Some(1));
    assert!(
        found(&findings, "state", "budgets")["text"]
            .as_str()
            .unwrap()
            .contains("`r` only simulates")
    );
    assert!(found(&findings, "state", "journal")["text"].as_str().unwrap().starts_with("whole: "));
    let journal = fs::read_to_string(state.join("journal")).unwrap();
    fs::write(state.join("journal"), journal.replacen("start", "stort", 1)).unwrap();
    let (_, findings) = look();
    assert_eq!(found(&findings, "state", "journal")["found"], "problem");
    let human = command(&["doctor", "--data"]).arg(&state).output().unwrap();
    assert!(
        text(&human.stdout).contains("  PROBLEM journal      line 1: "),
        "{}",
        text(&human.stdout)
    );
    assert!(text(&human.stdout).contains("things that were asked for will not work"));
}
