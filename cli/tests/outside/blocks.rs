//! Blocking for real, in a network of the test's own, with the state in a folder of the test's own.
//!
//! It needs root and unshare(1); without root it says so and proves nothing, but fails where `REACTANT_ROOT_TESTS` is set.

#![allow(clippy::print_stderr, reason = "a test that proves nothing says so")]

use std::{fs, process::Command};

use serde_json::{Value, json};

use crate::support::{Case, executions, lines, of_type, on_execution, text};

/// Whether a network namespace can be made.
fn can_be_tried() -> bool {
    if !is_root() {
        assert!(std::env::var_os("REACTANT_ROOT_TESTS").is_none(), "root is needed");
        eprintln!("ignored: it makes a network namespace, which needs root");
    }
    is_root()
}

/// Runs a shell script in a network of its own, with the command as `$R`, its flags for the folder as `$A`, and `$CASE`. Gives what it wrote.
fn scripted(case: &Case, script: &str) -> Option<String> {
    if !can_be_tried() {
        return None;
    }
    fs::write(case.path("config.yaml"), "blocks: {by: nftables}\n").unwrap();
    let prelude = r#"mount -t tmpfs none /sys/fs/bpf || exit 9
        A="--data $CASE/state --config $CASE/config.yaml"
        live() {
            mkfifo "$CASE/in"
            "$R" run --enforce --yes -q --output json --no-timings $A "$@" -r "$CASE/recipes.yaml" - <"$CASE/in" >"$CASE/out" &
            exec 3>"$CASE/in"
            until [ -S "$CASE/state/control.sock" ]; do sleep 0.02; done
        }
        event() {
            cat "$CASE/events.jsonl" >&3
            until [ "$(grep -c '"type":"outcome"' "$CASE/out")" -ge "$1" ]; do sleep 0.02; done
        }
        ends() { exec 3>&-; wait; }
        "#;
    let output = Command::new("unshare")
        .args(["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--"])
        .args(["sh", "-c", &format!("{prelude}\n{script}")])
        .env("R", env!("CARGO_BIN_EXE_reactant"))
        .env("CASE", case.folder.path())
        .output()
        .unwrap();
    let said = format!("{}{}", text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{said}");
    Some(said)
}

/// Result and `Errno()` of each act of a run in a network of its own; nothing where such a network cannot be made.
fn acts(case: &Case) -> Option<Vec<(Value, Value)>> {
    if !can_be_tried() {
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
    let refused = (json!(-1), json!("127.0.0.2 is never blocked: loopback"));
    let done = (json!(0), json!(""));
    assert_eq!(first, [done.clone(), done.clone(), refused.clone(), done.clone()]);
    // The namespace went with the blocks; the leases are what was kept.
    let already = (json!(1), json!("already blocked"));
    let second = acts(&case).unwrap();
    assert_eq!(second, [already.clone(), already.clone(), refused, already]);

    fs::write(&config, "blocks: {by: nftables}\nblocks_on_exit: remove\n").unwrap();
    acts(&case).unwrap();
    assert_eq!(acts(&case).unwrap()[0], done, "they went with the run that was to remove them");
}

const BLOCKS: &str = r#"
    "$R" blocks add 203.0.113.7 --for 10m $A || exit 1
    "$R" blocks add 203.0.113.7 $A || exit 2
    "$R" blocks add 2001:db8::/32 $A || exit 3
    "$R" blocks add 127.0.0.1 $A; [ $? = 1 ] || exit 4
    "$R" blocks add 10.0.0.0/8 --protect 10.1.1.1 $A; [ $? = 2 ] || exit 5
    "$R" blocks add "not a name" $A; [ $? = 2 ] || exit 6
    "$R" blocks list $A --output json || exit 7
    "$R" blocks remove 2001:db8::/32 $A || exit 8
    "$R" blocks remove 2001:db8::/32 $A; [ $? = 1 ] || exit 9
    "$R" blocks remove 203.0.113.7 --recipe other $A; [ $? = 1 ] || exit 10
    "$R" blocks flush $A || exit 11
    "$R" blocks list $A || exit 12
    "$R" audit show --recipe "" --output json $A || exit 13
    "$R" audit verify $A || exit 14"#;

fn is_as_told(said: &str) {
    for told in [
        "203.0.113.7: blocked\n",
        "203.0.113.7: already blocked\n",
        "2001:db8::/32: blocked\n",
        "127.0.0.1 is never blocked: loopback",
        "`not a name` is no address, CIDR or domain name",
        "2001:db8::/32: not blocked any more, 1 lease ended\n",
        "2001:db8::/32: not blocked, 0 leases ended\n",
        "203.0.113.7: still blocked by the operator, 0 leases ended\n",
        "all blocks: not blocked any more, 2 leases ended\n",
        "whole: ",
    ] {
        assert!(said.contains(told), "{told:?} in {said}");
    }
    let json: Vec<Value> =
        said.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let blocks = of_type(&json, "block");
    assert_eq!(blocks.len(), 3, "{said}");
    let timers = blocks.iter().filter(|block| block["left_ms"].as_u64().is_some());
    let left: Vec<u64> = timers.map(|block| block["left_ms"].as_u64().unwrap()).collect();
    assert!(matches!(left[..], [500_000..=600_000]), "{left:?}");
    let results: Vec<String> = of_type(&json, "act")
        .iter()
        .map(|act| {
            format!("{} {}", act["helper"].as_str().unwrap(), act["result"].as_str().unwrap())
        })
        .collect();
    let expected = [
        "blocks add done",
        "blocks add already",
        "blocks add done",
        "blocks add failed",
        "blocks remove done",
        "blocks remove already",
        "blocks remove already",
        "blocks flush done",
    ];
    assert_eq!(results, expected);
    assert!(of_type(&json, "act").iter().all(|act| act["args"]["by"]["uid"] == 0));
}

#[test]
fn an_operator_blocks_and_unblocks_where_nobody_runs() {
    let case = Case::new("", "");
    let Some(said) = scripted(&case, BLOCKS) else { return };
    is_as_told(&said);
}

#[test]
fn an_operator_blocks_and_unblocks_beside_a_run_that_acts() {
    let case = Case::new(&on_execution("idle", &["function process() {}"]), &executions(1));
    let script = format!("live\n event 1\n{BLOCKS}\n ends");
    let Some(said) = scripted(&case, &script) else { return };
    is_as_told(&said);
}

/// It acts on nothing, so it lends the journal and the blocks to whoever does.
#[test]
fn an_operator_blocks_and_unblocks_beside_a_dry_run_that_holds_the_folder() {
    let case = Case::new(&on_execution("idle", &["function process() {}"]), &executions(1));
    let live = r#"mkfifo "$CASE/in"
        "$R" run -q --output json $A -r "$CASE/recipes.yaml" - <"$CASE/in" >"$CASE/out" &
        exec 3>"$CASE/in"
        until [ -S "$CASE/state/control.sock" ]; do sleep 0.02; done"#;
    let Some(said) = scripted(&case, &format!("{live}\n event 1\n{BLOCKS}\n ends")) else { return };
    is_as_told(&said);
}

#[test]
fn listing_blocks_without_a_run_touches_nothing() {
    let case = Case::new("", "");
    let script = r#""$R" blocks add 203.0.113.7 --for 1h $A || exit 1
        before=$(ls -l --time-style=full-iso "$CASE/state"; nft list ruleset 2>/dev/null | sed "s/expires.*//")
        "$R" blocks list $A || exit 2
        after=$(ls -l --time-style=full-iso "$CASE/state"; nft list ruleset 2>/dev/null | sed "s/expires.*//")
        [ "$before" = "$after" ] || { echo "$before"; echo "$after"; exit 3; }
        "$R" blocks list --data "$CASE/none"; [ $? = 2 ] || exit 4
        [ ! -e "$CASE/none" ] || exit 5"#;
    let Some(said) = scripted(&case, script) else { return };
    assert!(said.contains("203.0.113.7 59m 59s left  (the operator, "), "{said}");
}

#[test]
fn what_was_blocked_and_unblocked_can_be_undone_beside_the_run() {
    let code = r#"function process(data) {
        switch (Number(DataIncr("n"))) {
            case 1: NetBlockIp("203.0.113.1"); NetBlockIpTimer("203.0.113.2", 600); NetBlockIp("203.0.113.2"); break;
            case 2: NetUnblockIp("203.0.113.2"); break;
        }
    }"#;
    let case = Case::new(&on_execution("blocks", &[code]), &executions(1));
    let script = r#"live; event 1
        "$R" audit undo --helper NetBlockIp $A; [ $? = 0 ] || exit 1
        echo "-- one"; "$R" blocks list $A
        "$R" audit undo --helper NetBlockIp $A; [ $? = 1 ] || exit 2
        event 2
        echo "-- two"; "$R" blocks list $A
        "$R" blocks add 203.0.113.9 --for 1h $A
        "$R" blocks remove 203.0.113.9 $A
        "$R" audit undo --recipe "" $A; [ $? = 0 ] || exit 3
        echo "-- three"; "$R" blocks list $A
        ends
        echo "-- four"; "$R" blocks add 203.0.113.8 --for 1h $A
        "$R" blocks remove 203.0.113.8 $A
        "$R" audit undo --helper "blocks remove" --since 2020-01-01T00:00:00Z $A
        "$R" blocks list $A
        "$R" audit verify $A"#;
    let Some(said) = scripted(&case, script) else { return };
    let part = |from: &str, to: &str| {
        let begins = said.find(from).unwrap_or_else(|| panic!("{from} in {said}"));
        let rest = &said[begins + from.len()..];
        rest[..rest.find(to).unwrap_or_else(|| panic!("{to} in {said}"))].to_owned()
    };
    // All three were one event's: the lease of one address that was blocked twice is one.
    assert!(said.contains("-- one\n6 NetBlockIp"), "{said}");
    assert!(said.contains("it was undone already (line"), "{said}");
    let one = &said[..said.find("-- one").unwrap()];
    assert!(one.contains("NetBlockIp 203.0.113.1 undone"), "{one}");
    assert!(one.contains("NetBlockIp 203.0.113.2 undone"), "{one}");
    // What was removed holds again, and then the block itself ends.
    let undone = part("-- two\n", "-- three");
    let again = undone.find("blocks remove 203.0.113.9 undone").unwrap();
    assert!(again < undone.find("blocks add 203.0.113.9 undone").unwrap(), "{undone}");
    assert_eq!(part("-- three\n", "-- four"), "", "{said}");
    let last = &said[said.find("-- four").unwrap()..];
    assert!(last.contains("203.0.113.8 59m 59s left  (the operator"), "{last}");
    assert!(last.contains("whole: "), "{last}");
}

#[test]
fn blocks_go_with_the_run_that_was_told_so() {
    let code = "function process() { NetBlockIp('203.0.113.1'); }";
    let case = Case::new(&on_execution("blocks", &[code]), &executions(1));
    let script = r#"live --blocks-on-exit remove; event 1
        "$R" blocks list $A || exit 1
        ends
        echo "-- then"; "$R" blocks list $A || exit 2"#;
    let Some(said) = scripted(&case, script) else { return };
    let (before, after) = said.split_once("-- then\n").unwrap();
    assert!(before.contains("203.0.113.1 for good  (blocks, "), "{said}");
    assert_eq!(after, "", "{said}");
}

#[test]
fn who_may_not_block_is_told_so() {
    if !can_be_tried() {
        return;
    }
    let case = Case::new("", "");
    let folder = case.folder.path();
    let nobody = 65534;
    std::os::unix::fs::chown(folder, Some(nobody), Some(nobody)).unwrap();
    let run = |args: &[&str]| {
        Command::new("setpriv")
            .args(["--reuid=65534", "--regid=65534", "--clear-groups", "--"])
            .arg(env!("CARGO_BIN_EXE_reactant"))
            .args(args)
            .arg("--data")
            .arg(folder.join("state"))
            .output()
            .unwrap()
    };
    let refused = run(&["blocks", "add", "203.0.113.7"]);
    assert_eq!(refused.status.code(), Some(1), "{}", text(&refused.stderr));
    assert!(
        text(&refused.stderr).contains("nothing blocks addresses here"),
        "{}",
        text(&refused.stderr)
    );
    let listed = run(&["blocks", "list"]);
    assert_eq!((listed.status.code(), text(&listed.stdout)), (Some(0), ""));
}
