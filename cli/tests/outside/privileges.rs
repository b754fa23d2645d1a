//! What a run gives up on this machine, and what works under what is left.
//!
//! It needs root; without root it says so and proves nothing, but fails where `REACTANT_ROOT_TESTS` is set.

#![allow(clippy::print_stderr, reason = "a test that proves nothing says so")]

use std::fs;

use crate::{
    control::Live,
    support::{Case, command, executions, lines, of_type, on_execution, text},
};

/// Numbers of Linux capabilities (linux/capability.h).
const CHOWN: u32 = 0;
const DAC_OVERRIDE: u32 = 1;
const KILL: u32 = 5;
const SETUID: u32 = 7;
const NET_ADMIN: u32 = 12;
const SYS_MODULE: u32 = 16;
const SYS_ADMIN: u32 = 21;
const SYS_BOOT: u32 = 22;
const SYS_TIME: u32 = 25;
const MKNOD: u32 = 27;

fn is_root() -> bool {
    let root = rustix::process::geteuid().is_root();
    if !root {
        assert!(std::env::var_os("REACTANT_ROOT_TESTS").is_none(), "root is needed");
        eprintln!("ignored: only root has capabilities to give up");
    }
    root
}

/// What a run holds, once it answers; the same in each of its threads and each set that counts.
fn held(case: &Case, more: &[&str]) -> u64 {
    let _ = fs::remove_dir_all(case.path("state"));
    let mut live = Live::start(case, &case.path("state"), more);
    live.says();
    let of = |status: &str, name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        u64::from_str_radix(line.trim(), 16).unwrap()
    };
    let mut all = Vec::new();
    for task in fs::read_dir(format!("/proc/{}/task", live.pid())).unwrap() {
        let status = fs::read_to_string(task.unwrap().path().join("status")).unwrap();
        let permitted = of(&status, "CapPrm:");
        for set in ["CapEff:", "CapBnd:"] {
            assert_eq!(of(&status, set), permitted, "{set} {status}");
        }
        assert_eq!((of(&status, "CapInh:"), of(&status, "CapAmb:")), (0, 0), "{status}");
        assert!(status.contains("NoNewPrivs:\t1"), "{status}");
        all.push(permitted);
    }
    assert!(all.len() > 1, "it has threads");
    assert!(all.iter().all(|one| *one == all[0]), "{all:x?}");
    all[0]
}

#[test]
fn what_the_granted_set_does_not_need_is_given_up_in_every_thread() {
    if !is_root() {
        return;
    }
    let case = Case::new(&on_execution("idle", &["function process() {}"]), "");
    let enforce = ["--enforce", "--yes"];
    let with = |more: &[&str]| held(&case, &[&enforce, more].concat());
    let has = |held: u64, which: u32| held >> which & 1 == 1;
    let all = with(&[]);
    for kept in [DAC_OVERRIDE, KILL, NET_ADMIN, SYS_ADMIN] {
        assert!(has(all, kept), "{kept} of {all:x}");
    }
    for gone in [CHOWN, SETUID, SYS_MODULE, SYS_BOOT, SYS_TIME, MKNOD] {
        assert!(!has(all, gone), "{gone} of {all:x}");
    }
    let no_kill = with(&["--revoke", "process.kill"]);
    assert_eq!(all ^ no_kill, 1 << KILL, "{no_kill:x}");
    let no_block = with(&["--revoke", "net.block"]);
    assert!(!has(no_block, NET_ADMIN) && !has(no_block, SYS_ADMIN), "{no_block:x}");
    let power = with(&["--grant", "system.power", "--emergency", "armed"]);
    assert_eq!(all ^ power, 1 << SYS_BOOT, "{power:x}");
    let dry = held(&case, &[]);
    for gone in [KILL, NET_ADMIN, SYS_ADMIN] {
        assert!(!has(dry, gone), "{gone} of {dry:x}");
    }
    let none = ["fs.read", "fs.write", "fs.temp", "process.kill", "net.block"];
    let none: Vec<&str> = none.iter().flat_map(|name| ["--revoke", *name]).collect();
    assert_eq!(with(&none), 1 << DAC_OVERRIDE, "what writes the folder that was named");
}

#[test]
fn a_shell_reaction_works_under_what_is_left() {
    if !is_root() {
        return;
    }
    let case = Case::new("", &executions(1));
    let script = case.path("s.sh");
    fs::write(
        &script,
        "chown 65534 \"$PWD\" && echo owned\nWriteFile /tmp/none/x y || Errno\ngrep -c '^NoNewPrivs:.1' /proc/self/status\nread -r pid rest </proc/self/stat; echo small $((pid < 100))\n",
    )
    .unwrap();
    let state = case.path("state");
    let output =
        command(&["exec", "--output", "json", "--enforce", "--yes", "--grant", "exec.shell", "-q"])
            .arg("--data")
            .arg(&state)
            .arg(&script)
            .output()
            .unwrap();
    let told = lines(&output);
    let said: Vec<&str> =
        of_type(&told, "log").iter().map(|log| log["message"].as_str().unwrap()).collect();
    assert_eq!(output.status.code(), Some(0), "{told:?}");
    let expected = ["owned", "/tmp/none/x: no such file or directory", "1", "small 1"];
    assert_eq!(said, expected, "in a pid namespace of its own, as what the grant names");
}

#[test]
fn a_start_that_acts_tells_what_it_kept_and_which_helpers_fail() {
    let case = Case::new(&on_execution("idle", &["function process() {}"]), &executions(1));
    let run = |more: &[&str]| {
        let _ = fs::remove_dir_all(case.path("state"));
        let recipes = case.path("recipes.yaml");
        let output =
            command(&["run", "--no-timings", "--enforce", "--yes", "--revoke", "net.block"])
                .args(more)
                .arg("-r")
                .args([&recipes, std::path::Path::new("--data"), &case.path("state")])
                .arg(case.path("events.jsonl"))
                .output()
                .unwrap();
        assert_eq!(output.status.code(), Some(0));
        text(&output.stderr).to_owned()
    };
    let said = run(&[]);
    assert!(
        said.contains("net.block     will fail: net.block is not granted (NetBlockIp "),
        "{said}"
    );
    assert!(said.contains("fs.write      act"), "{said}");
    assert_eq!(run(&["-q"]), "");
    let json = run(&["--output", "json"]);
    let json: Vec<serde_json::Value> =
        json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let rows = of_type(&json, "helpers");
    assert_eq!(rows.len(), 8);
    let blocks = rows.iter().find(|row| row["capability"] == "net.block").unwrap();
    assert_eq!(
        (&blocks["acts"], &blocks["why"]),
        (&"no".into(), &"net.block is not granted".into())
    );
    assert_eq!(of_type(&json, "given_up")[0]["no_new_privs"], true);
    if rustix::process::geteuid().is_root() {
        assert!(said.contains("  CAP_KILL             process.kill: "), "{said}");
        assert!(!said.contains("CAP_NET_ADMIN"), "{said}");
    }
}
