//! The sentences of `recipes.md` on `arbitrary`.

use regex::Regex;
use serde_json::{Value as Json, json};

use super::build::{fires, with};
use crate::recipe::{Comparison, Group, Item, Join, Mechanism, Recipe, Test, What, Which};

use Which::{Irrelevant, Pertinent};

/// One requirement: a number for attributes that are one, else a pattern.
pub(super) fn pertinent(what: &str, value: &str) -> Vec<Group> {
    let test = match value.parse() {
        Ok(number) => Test::Number(Comparison::Equal, number),
        Err(_) => pattern(value),
    };
    vec![group(Join::And, Pertinent, vec![item(what, Pertinent, test)])]
}

fn pattern(text: &str) -> Test {
    Test::Pattern(Regex::new(text).unwrap())
}

fn contains(text: &str) -> Test {
    Test::Contains(text.to_owned())
}

fn item(what: &str, which: Which, test: Test) -> Item {
    Item { what: What::from_name(what).unwrap(), which, tests: vec![test] }
}

fn group(how: Join, which: Which, items: Vec<Item>) -> Group {
    Group { how, which, items }
}

fn filtered(groups: Vec<Group>) -> Recipe {
    with(Mechanism::Execution, |recipe| recipe.arbitrary = groups)
}

fn event() -> Json {
    json!({"event_type": "execution", "timestamp": "2026-11-24T10:15:00Z",
        "process": {"pid": 42, "ppid": 41, "uid": 1000, "retcode": 3, "start": "2026-11-24T10:14:00Z", "exit": "2026-11-24T10:14:30Z",
            "comm": "long-command-na", "exe": "/usr/bin/long-command-name", "prev_exe": "/bin/bash",
            "cmd": "/usr/bin/long-command-name -l -o out.txt", "args": ["-l", "-o", "out.txt"], "envs": ["HOME=/root", "LANG=C"]},
        "file": {"file": "/usr/bin/long-command-name", "actions": ["execve"]},
        "background": {"ancestry": [
            {"pid": 1, "exe": "/sbin/init", "comm": "init", "cmd": "/sbin/init splash", "args": ["splash"], "envs": []},
            {"pid": 41, "ppid": 1, "exe": "/bin/bash", "comm": "bash", "cmd": "-bash", "args": [], "envs": ["TERM=xterm"]},
            {"pid": 42, "ppid": 41, "exe": "/usr/bin/long-command-name", "comm": "long-command-na",
                "cmd": "/usr/bin/long-command-name -l -o out.txt", "args": ["-l", "-o", "out.txt"], "envs": []}]}})
}

fn passes(what: &str, test: Test) -> bool {
    let groups = vec![group(Join::And, Pertinent, vec![item(what, Pertinent, test)])];
    fires(&filtered(groups), &event())
}

/// Verdict of a group over items that match (`true`) or not, each with its own verdict.
fn judged(how: Join, own: Which, items: &[(bool, Which)]) -> bool {
    let items = items.iter().map(|(matches, which)| {
        item("uid", *which, Test::Number(Comparison::Equal, if *matches { 1000 } else { 7 }))
    });
    fires(&filtered(vec![group(how, own, items.collect())]), &event())
}

#[test]
fn no_groups_are_no_filter_and_every_group_must_pass() {
    assert!(fires(&filtered(vec![]), &event()));
    let uid = |uid| item("uid", Pertinent, Test::Number(Comparison::Equal, uid));
    let groups = |second| {
        vec![
            group(Join::And, Pertinent, vec![uid(1000)]),
            group(Join::And, Pertinent, vec![uid(second)]),
        ]
    };
    assert!(fires(&filtered(groups(1000)), &event()));
    assert!(!fires(&filtered(groups(7)), &event()));
}

#[test]
fn a_group_without_items_is_its_own_verdict() {
    for how in [Join::And, Join::Or] {
        assert!(judged(how, Pertinent, &[]));
        assert!(!judged(how, Irrelevant, &[]));
    }
}

#[test]
fn items_of_one_verdict_decide_by_their_join() {
    for own in [Pertinent, Irrelevant] {
        assert!(judged(Join::And, own, &[(true, Pertinent), (true, Pertinent)]));
        assert!(!judged(Join::And, own, &[(true, Pertinent), (false, Pertinent)]));
        assert!(judged(Join::Or, own, &[(true, Pertinent), (false, Pertinent)]));
        assert!(!judged(Join::Or, own, &[(false, Pertinent), (false, Pertinent)]));
        assert!(!judged(Join::And, own, &[(true, Irrelevant), (true, Irrelevant)]));
        assert!(judged(Join::And, own, &[(true, Irrelevant), (false, Irrelevant)]));
        assert!(!judged(Join::Or, own, &[(true, Irrelevant), (false, Irrelevant)]));
        assert!(judged(Join::Or, own, &[(false, Irrelevant), (false, Irrelevant)]));
    }
}

#[test]
fn mixed_items_start_from_the_groups_own_verdict() {
    for own in [Pertinent, Irrelevant] {
        let is_own = own == Pertinent;
        assert_eq!(judged(Join::Or, own, &[(false, Pertinent), (false, Irrelevant)]), is_own);
        assert_eq!(judged(Join::And, own, &[(true, Pertinent), (false, Irrelevant)]), is_own);
        assert!(judged(
            Join::Or,
            own,
            &[(false, Irrelevant), (true, Pertinent), (true, Irrelevant)]
        ));
        assert!(!judged(Join::Or, own, &[(true, Irrelevant), (true, Pertinent)]));
        assert!(judged(Join::And, own, &[(true, Irrelevant), (true, Pertinent)]));
        assert!(!judged(Join::And, own, &[(true, Pertinent), (true, Irrelevant)]));
    }
}

#[test]
fn several_tests_of_one_item_must_all_hold() {
    let between = |low, high| {
        let tests = vec![Test::Number(Comparison::Bigger, low), Test::Numbers(vec![high, 1000])];
        let item = Item { what: What::Uid, which: Pertinent, tests };
        fires(&filtered(vec![group(Join::And, Pertinent, vec![item])]), &event())
    };
    assert!(between(999, 5));
    assert!(!between(1000, 5));
}

#[test]
fn numbers_compare_as_asked() {
    use Comparison::{Bigger, Equal, Smaller};
    for (what, value) in [("uid", 1000), ("pid", 42), ("retcode", 3), ("parent_pid", 41)] {
        let held = |than| [Smaller, Equal, Bigger].map(|how| passes(what, Test::Number(how, than)));
        assert_eq!(held(value), [false, true, false], "{what}");
        assert_eq!(held(value + 1), [true, false, false], "{what}");
        assert_eq!(held(value - 1), [false, false, true], "{what}");
        assert!(passes(what, Test::Numbers(vec![7, value])), "{what}");
        assert!(!passes(what, Test::Numbers(vec![7])), "{what}");
    }
}

#[test]
fn times_compare_with_the_start_and_the_exit() {
    let time = |how, text: &str| Test::Time(how, text.parse().unwrap());
    assert!(passes("start_time", time(Comparison::Smaller, "2026-11-24T10:14:00.000000001Z")));
    assert!(passes("start_time", time(Comparison::Equal, "2026-11-24T11:14:00+01:00")));
    assert!(passes("exit_time", time(Comparison::Bigger, "2026-11-24T10:14:00Z")));
    let mut running = event();
    running["process"]["exit"] = Json::Null;
    let any = vec![group(
        Join::And,
        Pertinent,
        vec![item("exit_time", Pertinent, time(Comparison::Bigger, "1970-01-01T00:00:00Z"))],
    )];
    assert!(!fires(&filtered(any), &running));
}

#[test]
fn the_command_is_its_name_for_a_pattern_and_the_line_for_a_substring() {
    assert!(passes("cmd", pattern("^long-command-name$")), "not cut as `comm` is");
    assert!(!passes("cmd", pattern("out")));
    assert!(passes("cmd", contains("name -l -o")));
    assert!(passes("parent_cmd", pattern("^-bash$")));
    assert!(passes("ancient_cmd", pattern("^init$")));
    assert!(!passes("parent_cmd", pattern("^init$")));
}

#[test]
fn a_commands_name_may_hold_spaces_where_the_arguments_tell() {
    let name = |process: Json| {
        let mut event = event();
        event["process"] = process;
        let name = |text: &str| {
            let groups =
                vec![group(Join::And, Pertinent, vec![item("cmd", Pertinent, pattern(text))])];
            fires(&filtered(groups), &event)
        };
        ["^cat$", "^my cat$", "^my$", "^$"].iter().position(|text| name(text))
    };
    assert_eq!(name(json!({"cmd": "/bin/cat x", "args": ["x"]})), Some(0));
    assert_eq!(name(json!({"cmd": "/opt/my cat x", "args": ["x"]})), Some(1));
    assert_eq!(name(json!({"cmd": "/opt/my cat", "exe": "/opt/my cat"})), Some(1));
    assert_eq!(name(json!({"cmd": "/opt/my cat x"})), Some(2), "nothing tells where the name ends");
    assert_eq!(name(json!({"cmd": "cat", "args": ["x"]})), Some(0), "a name alone");
    assert_eq!(name(json!({"cmd": "cat x", "args": ["cat", "x"]})), Some(0), "argv in `args`");
    assert_eq!(name(json!({"cmd": ""})), Some(3));
    assert_eq!(name(json!({})), None);
}

#[test]
fn arguments_are_tried_alone_in_the_line_and_between_spaces() {
    assert!(passes("args", pattern(r"\s-l\s")), "published patterns");
    assert!(passes("args", pattern(r"\sout\.txt\s")));
    assert!(passes("args", pattern("^-l -o out.txt$")));
    assert!(passes("args", pattern("^/usr/bin/long-command-name -l")));
    assert!(!passes("args", pattern(r"\s-x\s")));
    assert!(passes("args", contains(" -l ")));
    assert!(passes("ancient_args", pattern("^splash$")));
    assert!(!passes("parent_args", pattern("splash")));
}

#[test]
fn environments_are_joined_by_single_spaces() {
    assert!(passes("envs", pattern("^HOME=/root LANG=C$")));
    assert!(passes("envs", pattern(r"\sLANG=C\s")));
    assert!(!passes("envs", pattern("long-command")), "the command line is no environment");
    assert!(passes("parent_envs", pattern("^TERM=xterm$")));
    assert!(passes("ancient_envs", pattern("LANG=C")), "the process itself included");
    assert!(passes("task_or_parent_envs", pattern("TERM")));
}

#[test]
fn the_parent_is_found_by_ppid_wherever_it_stands() {
    let mut shuffled = event();
    shuffled["background"]["ancestry"].as_array_mut().unwrap().swap(0, 1);
    let parent = || filtered(pertinent("parent_exe", "^/bin/bash$"));
    assert!(fires(&parent(), &event()));
    assert!(fires(&parent(), &shuffled));
    let mut orphan = event();
    orphan["process"]["ppid"] = 99.into();
    assert!(!fires(&parent(), &orphan));
    assert!(fires(&filtered(pertinent("parent_pid", "99")), &orphan));
}

#[test]
fn an_image_before_the_last_execve_counts_where_asked() {
    assert!(passes("task_or_prev_exe", pattern("^/bin/bash$")));
    assert!(passes("task_or_prev_exe", pattern("long-command")));
    assert!(passes("parent_or_prev_exe", pattern("^/bin/bash$")));
    assert!(!passes("parent_or_prev_exe", pattern("long-command")));
    assert!(!passes("exe", pattern("bash")));
    assert!(passes("task_or_parent_exe", pattern("bash")));
    assert!(passes("task_or_parent_comm", pattern("^bash$")));
}

#[test]
fn an_ancient_is_any_of_the_ancestry_and_the_process_itself() {
    assert!(passes("ancient_exe", pattern("^/sbin/init$")));
    assert!(passes("ancient_exe", pattern("long-command")));
    let mut alone = event();
    alone["background"]["ancestry"] = json!([]);
    assert!(fires(&filtered(pertinent("ancient_exe", "long-command")), &alone));
}

#[test]
fn an_absent_attribute_matches_no_test() {
    for (what, test) in [
        ("remote", pattern("")),
        ("proto", pattern("")),
        ("family", pattern("")),
        ("local_ports", Test::Number(Comparison::Smaller, 70_000)),
        ("any_peers", Test::Cidr("0.0.0.0/0".parse().unwrap())),
    ] {
        assert!(!passes(what, test), "{what}");
    }
}

fn flow_passes(what: &str, test: Test) -> bool {
    let event = json!({"event_type": "network_peer", "process": {"pid": 1}, "flow": {"proto": "icmpv6", "ip_version": 6,
        "local": {"address": "fd00::1", "port": 0, "name": "me.local", "names": []},
        "remote": {"address": "2001:db8::7", "port": 443, "name": "", "names": ["evil.example", "cdn.example"]}}});
    let recipe = with(Mechanism::NetworkPeers, |recipe| {
        recipe.arbitrary = vec![group(Join::And, Pertinent, vec![item(what, Pertinent, test)])];
    });
    fires(&recipe, &event)
}

#[test]
fn a_flow_is_filtered_by_its_ends() {
    let cidr = |text: &str| Test::Cidr(text.parse().unwrap());
    assert!(flow_passes("remote", pattern("^2001:db8::7$")));
    assert!(flow_passes("remote", pattern("^cdn\\.example$")));
    assert!(!flow_passes("remote", pattern("me.local")));
    assert!(flow_passes("local", pattern("^me.local$")));
    assert!(flow_passes("any_peers", pattern("me.local")));
    assert!(flow_passes("remote", cidr("2001:db8::/32")));
    assert!(!flow_passes("local", cidr("2001:db8::/32")));
    assert!(flow_passes("any_peers", cidr("fd00::/8")));
}

#[test]
fn ports_are_numbers_and_with_addresses_text() {
    assert!(flow_passes("remote_ports", Test::Numbers(vec![443])));
    assert!(flow_passes("any_ports", Test::Number(Comparison::Bigger, 442)));
    assert!(
        !flow_passes("local_ports", Test::Number(Comparison::Smaller, 443)),
        "no port is no number"
    );
    assert!(flow_passes("any_peers_and_ports", pattern(r"^\[2001:db8::7\]:443$")));
}

#[test]
fn protocol_and_family_go_by_name_and_number() {
    assert!(flow_passes("proto", pattern("^icmp$")));
    assert!(flow_passes("proto", pattern("^icmpv6$")));
    assert!(flow_passes("proto", Test::Numbers(vec![58])));
    assert!(!flow_passes("proto", Test::Numbers(vec![6, 17])));
    assert!(flow_passes("family", pattern("^AF_INET6$")));
    assert!(!flow_passes("family", pattern("^AF_INET$")));
    for number in [10, 6] {
        assert!(flow_passes("family", Test::Number(Comparison::Equal, number)));
    }
    assert!(!flow_passes("family", Test::Numbers(vec![2, 4])));
}
