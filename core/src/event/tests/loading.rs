//! The sentences of `events.md`, one by one.

use serde_json::json;

use super::*;

/// Reads an event of the fields that matter to a test, about a file unless they say otherwise.
fn with(fields: Js) -> Event {
    let mut all = json!({"file": {"file": "/etc/passwd", "actions": ["open"]}});
    for (name, value) in fields.as_object().unwrap() {
        all[name] = value.clone();
    }
    event(&all.to_string())
}

fn process(fields: Js) -> Js {
    read(with(json!({"process": fields})).packed(), "process")
}

fn file(fields: Js) -> Event {
    with(json!({"file": fields}))
}

fn flow(fields: Js) -> Event {
    with(json!({"flow": fields}))
}

#[test]
fn the_page_comes_out_as_it_went_in() {
    assert_eq!(loaded(PAGE), serde_json::from_str::<Js>(PAGE).unwrap());
}

#[test]
fn the_type_follows_from_the_parts() {
    let exec = json!({"file": "/bin/ls", "execve": true});
    for (text, want) in [
        (json!({"flow": {}}), EventType::NetworkPeer),
        (json!({"flow": {}, "file": {"file": "/x"}}), EventType::NetworkPeer),
        (json!({"file": exec, "process": {"exe": "/bin/ls"}}), EventType::Execution),
        (json!({"file": exec, "process": {"exe": "/bin/cat"}}), EventType::FileAccess),
        (json!({"file": exec}), EventType::FileAccess),
        (
            json!({"file": {"file": "/bin/ls"}, "process": {"exe": "/bin/ls"}}),
            EventType::FileAccess,
        ),
        (
            json!({"file": {"path": "/bin/ls", "actions": {"exec": true}}, "process": {"exe": "/bin/ls"}}),
            EventType::Execution,
        ),
        (json!({"file": {"file": "/x"}, "event_type": null}), EventType::FileAccess),
        (json!({"file": {"file": "/x"}, "event_type": "execution"}), EventType::Execution),
        (json!({"event_type": "execution"}), EventType::Execution),
    ] {
        let event = event(&text.to_string());
        assert_eq!(event.event_type(), want, "{text}");
        assert_eq!(read(event.packed(), "event_type"), want.name());
    }
}

#[test]
fn what_an_event_is_about_is_required() {
    for (text, want) in [
        (json!({}), "not an event: it has neither `file` nor `flow`, and no `event_type`"),
        (
            json!({"process": {"pid": 1}}),
            "not an event: it has neither `file` nor `flow`, and no `event_type`",
        ),
        (
            json!({"file": null}),
            "not an event: it has neither `file` nor `flow`, and no `event_type`",
        ),
        (
            json!({"event_type": "file_access"}),
            "file: missing, and file_access events are about it",
        ),
        (json!({"file": {}}), "file.file: missing, and file_access events are about it"),
        (
            json!({"event_type": "network_peer"}),
            "flow: missing, and network_peer events are about it",
        ),
        (json!({"event_type": "dropip"}), "flow: missing, and dropip events are about it"),
        (
            json!({"event_type": "drop"}),
            "event_type: expected file_access, execution, network_peer, dropip or dropdomain, got \"drop\"",
        ),
        (json!([]), "not an event: expected an object, got a list"),
        (json!("x"), "not an event: expected an object, got text"),
    ] {
        assert_eq!(fault(&text.to_string()), want);
    }
}

#[test]
fn null_means_absent_anywhere() {
    let event = with(json!({
        "note": null, "process": {"exit": null, "args": ["a", null, "b"], "own": {"x": null}},
        "background": {"flows": null}, "own": null, "list": [1, null],
    }));
    let out = written(event.packed());
    assert_eq!(out["process"], json!({"args": ["a", "b"], "own": {}}));
    assert_eq!(out["background"], json!({"ancestry": []}));
    assert!(out.get("own").is_none() && out.get("note").is_none());
    // In a list of one's own the place of an item may be what it means.
    assert_eq!(out["list"], json!([1, null]));
}

#[test]
fn some_parts_are_always_there_and_some_only_if_given() {
    let out = loaded(r#"{"flow":{}}"#);
    assert_eq!(out["process"], json!({}));
    assert_eq!(out["background"], json!({"ancestry": []}));
    for absent in ["file", "containers", "note", "lost", "uuid", "timestamp"] {
        assert!(out.get(absent).is_none(), "{absent}");
    }
}

#[test]
fn timestamps_are_read_in_every_place() {
    let event = with(json!({
        "timestamp": "2026-11-24 10:15:00.25",
        "process": {"start": "0001-01-01T00:00:00Z", "exit": "Running"},
        "background": {"ancestry": [{"start": "2026-11-24T08:00:00+01:00", "exit": ""}]},
    }));
    assert_eq!(event.timestamp().unwrap().to_string(), "2026-11-24T10:15:00.25Z");
    assert_eq!(read(event.packed(), "timestamp"), "2026-11-24T10:15:00.25Z");
    assert_eq!(read(event.packed(), "process"), json!({}));
    assert_eq!(
        read(event.packed(), "background.ancestry"),
        json!([{"start": "2026-11-24T08:00:00+01:00"}])
    );
    let identity = Identity::of(event.ancestry().next().unwrap());
    assert_eq!(identity.start, Some(1_795_503_600_000_000_000));
    assert_eq!(
        fault(r#"{"flow":{},"process":{"start":"soon"}}"#),
        "process.start: expected a timestamp (RFC 3339), got \"soon\""
    );
}

#[test]
fn arguments_in_one_text_are_split_and_may_be_the_command_line() {
    for (given, want) in [
        (json!({"args": "-s  http://x "}), json!({"args": ["-s", "http://x"]})),
        (json!({"args": ""}), json!({"args": []})),
        (
            json!({"comm": "curl", "args": "curl -s x"}),
            json!({"comm": "curl", "args": ["-s", "x"], "cmd": "curl -s x"}),
        ),
        (json!({"cmd": "curl", "args": "curl -s"}), json!({"cmd": "curl -s", "args": ["-s"]})),
        (
            json!({"exe": "/bin/bash", "args": "-bash -l"}),
            json!({"exe": "/bin/bash", "args": ["-l"], "cmd": "-bash -l"}),
        ),
        (
            json!({"exe": "/bin/ls", "args": "/bin/ls"}),
            json!({"exe": "/bin/ls", "args": [], "cmd": "/bin/ls"}),
        ),
        (json!({"comm": "", "args": "- x"}), json!({"comm": "", "args": ["-", "x"]})),
        (json!({"comm": "ls", "args": ["ls", "-l"]}), json!({"comm": "ls", "args": ["ls", "-l"]})),
        (
            json!({"envs": "A=1 B=2", "prev_args": "a b", "prev_envs": "C=3"}),
            json!({"envs": ["A=1", "B=2"], "prev_args": ["a", "b"], "prev_envs": ["C=3"]}),
        ),
        // Escapes make the text an owned one.
        (
            json!({"comm": "é\n", "args": "é\n \"q\""}),
            json!({"comm": "é\n", "args": ["\"q\""], "cmd": "é\n \"q\""}),
        ),
    ] {
        assert_eq!(process(given.clone()), want, "{given}");
        let ancestor = with(json!({"background": {"ancestry": [given]}}));
        assert_eq!(read(ancestor.packed(), "background.ancestry.0"), want);
    }
}

#[test]
fn a_path_gives_directory_and_name() {
    for (path, dir, base) in [
        ("/etc/passwd", "/etc", "passwd"),
        ("/passwd", "/", "passwd"),
        ("/", "/", "/"),
        ("/etc/", "/", "etc"),
        ("passwd", "", "passwd"),
        ("/a\nb/c\"d", "/a\nb", "c\"d"),
    ] {
        let event = file(json!({"file": path}));
        assert_eq!(read(event.packed(), "file.dir"), dir, "{path:?}");
        assert_eq!(read(event.packed(), "file.basename"), base, "{path:?}");
        assert_eq!(event.path(), path);
    }
    let names: Vec<String> =
        written(file(json!({"type": "regular", "file": "/a/b"})).packed())["file"]
            .as_object()
            .unwrap()
            .keys()
            .take(4)
            .cloned()
            .collect();
    assert_eq!(names, ["type", "file", "dir", "basename"]);
    assert_eq!(file(json!({"dir": "/etc", "basename": "passwd"})).path(), "/etc/passwd");
    assert_eq!(read(file(json!({"file": ""})).packed(), "file.dir"), Js::Null);
}

#[test]
fn the_newer_spelling_of_a_path_is_the_page_s() {
    let (newer, page) = (file(json!({"path": "/a/b"})), file(json!({"file": "/a/b"})));
    assert_eq!(newer.packed(), page.packed());
    assert_eq!(read(page.packed(), "file.path"), "/a/b");
    assert_eq!(written(page.packed())["file"].get("path"), None);
    assert_eq!(file(json!({"path": "/a", "file": "/a"})).path(), "/a");
    assert_eq!(file(json!({"path": "", "file": "/a"})).path(), "/a");
    assert_eq!(
        fault(r#"{"file":{"file":"/a","path":"/b"}}"#),
        "file.path: differs from `file`, which is another spelling of it"
    );
}

#[test]
fn actions_are_a_list_and_truth_values() {
    let both: ActionSet = [Action::Open, Action::Llseek].into_iter().collect();
    for given in [
        json!({"file": "/x", "actions": ["open", "llseek"]}),
        json!({"file": "/x", "actions": ["open", "seek"]}),
        json!({"file": "/x", "open": true, "llseek": true, "read": false}),
        json!({"file": "/x", "actions": ["open"], "llseek": true}),
        json!({"file": "/x", "actions": {"open": true, "seek": true, "async": false}}),
        json!({"file": "/x", "actions": {"actions": ["open", "llseek"], "exec": false}}),
        json!({"file": "/x", "actions": {"actions": ["open"], "seek": true}}),
        json!({"file": "/x", "actions": {"actions": null, "seek": true, "open": true}}),
        json!({"file": "/x", "actions": ["open"], "seek": true}),
    ] {
        let event = file(given.clone());
        assert_eq!(event.actions(), both, "{given}");
        let out = written(event.packed());
        let mut names: Vec<&str> =
            out["file"]["actions"].as_array().unwrap().iter().filter_map(Js::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["llseek", "open"], "{given}");
        for action in Action::ALL {
            let done = both.contains(*action);
            assert_eq!(out["file"][action.name()], done);
            assert_eq!(read(event.packed(), &format!("file.actions.{}", action.name())), done);
        }
        for (newer, done) in [("exec", false), ("seek", true), ("async", false)] {
            assert_eq!(read(event.packed(), &format!("file.actions.{newer}")), done);
            assert_eq!(read(event.packed(), &format!("file.{newer}")), done);
            assert_eq!(out["file"].get(newer), None);
        }
        assert_eq!(read(event.packed(), "file.actions.actions"), out["file"]["actions"]);
    }
}

#[test]
fn an_execution_carries_execve() {
    let event = event(r#"{"event_type":"execution","file":{"file":"/bin/ls","execve":false}}"#);
    assert!(event.actions().contains(Action::Execve));
    assert_eq!(read(event.packed(), "file.actions"), json!(["execve"]));
    assert_eq!(read(event.packed(), "file.execve"), true);
    assert_eq!(read(event.packed(), "file.actions.exec"), true);
}

#[test]
fn actions_without_a_name_here_are_kept() {
    let event = file(json!({"file": "/x", "actions": {"actions": ["chmod", "open"], "own": [1]}}));
    assert_eq!(read(event.packed(), "file.actions"), json!(["chmod", "open"]));
    assert_eq!(read(event.packed(), "file.own"), json!([1]));
    assert_eq!(
        fault(r#"{"file":{"file":"/x","own":1,"actions":{"own":2}}}"#),
        "file.actions.own: differs from `own`, which is another spelling of it"
    );
}

#[test]
fn flags_and_phase_derive_from_each_other() {
    for (flags, phase) in [
        (["egress", "outgoing", "started"].as_slice(), ["egress", "local", "started", ""]),
        (&["ingress", "incoming", "ongoing"], ["ingress", "remote", "ongoing", ""]),
        (&["ingress", "egress", "ended", "terminator"], ["both", "", "ended", "local"]),
        (&["ended", "terminated"], ["", "", "ended", "remote"]),
        (&["incoming", "outgoing", "terminator", "terminated"], ["", "both", "", "both"]),
        (&[], ["", "", "", ""]),
    ] {
        let flags: Js = Flag::ALL
            .iter()
            .map(|flag| (flag.name().to_owned(), json!(flags.contains(&flag.name()))))
            .collect::<serde_json::Map<_, _>>()
            .into();
        let [direction, initiated_by, status, ended_by] = phase;
        let phase = json!({
            "direction": direction, "initiated_by": initiated_by, "status": status, "ended_by": ended_by,
        });
        for given in [
            json!({"flags": flags}),
            json!({"phase": phase}),
            json!({"properties": flags}),
            json!({"settings": phase}),
            json!({"properties": flags, "settings": phase}),
            json!({"flags": flags, "phase": {}}),
        ] {
            let event = flow(given.clone());
            assert_eq!(
                read(event.packed(), "flow"),
                json!({"flags": flags, "phase": phase}),
                "{given}"
            );
            assert_eq!(read(event.packed(), "flow.properties"), flags);
            assert_eq!(read(event.packed(), "flow.settings"), phase);
            for flag in Flag::ALL {
                assert_eq!(flags[flag.name()], event.flags().contains(*flag));
            }
        }
    }
}

#[test]
fn a_flow_that_began_and_ended_is_over() {
    let event = flow(json!({"flags": {"started": true, "ended": true}}));
    assert_eq!(read(event.packed(), "flow.phase.status"), "ended");
    let local = flow(json!({"phase": {"direction": "local"}}));
    assert!(local.flags().is_empty());
    let given = json!({"flags": {"egress": true}, "phase": {"direction": "ingress"}});
    assert_eq!(read(flow(given.clone()).packed(), "flow"), given);
    assert_eq!(read(flow(json!({})).packed(), "flow"), json!({}));
}

#[test]
fn two_spellings_of_flags_add_up() {
    let event = flow(json!({
        "flags": {"egress": true, "ingress": false}, "properties": {"ingress": true, "own": 1},
        "phase": {"status": ""}, "settings": {"status": "ended"},
    }));
    assert_eq!(
        read(event.packed(), "flow.flags"),
        json!({"egress": true, "ingress": true, "own": 1})
    );
    assert_eq!(read(event.packed(), "flow.phase"), json!({"status": "ended"}));
    assert_eq!(
        fault(r#"{"flow":{"phase":{"status":"started"},"settings":{"status":"ended"}}}"#),
        "flow.settings.status: differs from `status`, which is another spelling of it"
    );
}

#[test]
fn transports_are_in_lower_case() {
    for (proto, lower, want) in [
        ("TCP", "tcp", Some(Protocol::Tcp)),
        ("Udp", "udp", Some(Protocol::Udp)),
        ("ICMPv6", "icmpv6", Some(Protocol::Icmp)),
        ("SCTP", "sctp", None),
    ] {
        let event = with(json!({
            "flow": {"proto": proto},
            "background": {"flows": {"protocols": [{"proto": proto, "name": proto}]}},
        }));
        assert_eq!(event.protocol(), want);
        assert_eq!(read(event.packed(), "flow.proto"), lower);
        assert_eq!(
            read(event.packed(), "background.flows.protocols.0"),
            json!({"proto": lower, "name": proto})
        );
    }
}

#[test]
fn flows_are_built_from_a_list_and_the_list_from_flows() {
    let node = |address: &str| json!({"address": address, "name": "", "names": []});
    let end = |address: &str, port: u16| {
        let mut end = node(address);
        end["port"] = json!(port);
        end
    };
    let flags = |true_ones: &[&str]| -> Js {
        Flag::ALL
            .iter()
            .map(|flag| (flag.name().to_owned(), json!(true_ones.contains(&flag.name()))))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let phase = json!({"direction": "egress", "initiated_by": "local", "status": "started", "ended_by": ""});
    let known = flags(&["egress", "outgoing", "started"]);
    let listed = with(json!({"background": {"flow_list": [
        {"ip_version": 4, "proto": "TCP", "local": end("10.0.0.5", 1000), "remote": end("1.2.3.4", 443), "settings": phase},
        {"ip_version": 4, "proto": "udp", "local": end("10.0.0.5", 1001), "remote": end("1.2.3.4", 53), "own": 7},
        {"ip_version": 6, "proto": "tcp", "local": end("10.0.0.5", 1002), "remote": end("1.2.3.4", 80)},
    ]}}));
    let flows = json!({"ip_version": 4, "protocols": [
        {"proto": "tcp", "name": "tcp", "pairs": [{
            "nodes": {"local": node("10.0.0.5"), "remote": node("1.2.3.4")},
            "port_matrix": [
                {"src_port": 1000, "dst_port": 443, "phase": phase, "flags": known},
                {"src_port": 1002, "dst_port": 80, "ip_version": 6},
            ]}], "icmps": []},
        {"proto": "udp", "name": "udp", "pairs": [{
            "nodes": {"local": node("10.0.0.5"), "remote": node("1.2.3.4")},
            "port_matrix": [{"src_port": 1001, "dst_port": 53, "own": 7}]}], "icmps": []},
    ]});
    let out = written(listed.packed());
    assert_eq!(out["background"], json!({"ancestry": [], "flows": flows}));
    let list = json!([
        {"ip_version": 4, "proto": "tcp", "local": end("10.0.0.5", 1000), "remote": end("1.2.3.4", 443), "phase": phase, "flags": known},
        {"ip_version": 6, "proto": "tcp", "local": end("10.0.0.5", 1002), "remote": end("1.2.3.4", 80)},
        {"ip_version": 4, "proto": "udp", "local": end("10.0.0.5", 1001), "remote": end("1.2.3.4", 53), "own": 7},
    ]);
    assert_eq!(read(listed.packed(), "background.flow_list"), list);
    assert_eq!(read(listed.packed(), "background.flow_list.0.properties"), known);
    assert_eq!(read(listed.packed(), "background.flow_list.0.settings"), phase);
    let remotes: Vec<String> =
        listed.remotes().filter_map(|end| Some(end.address()?.to_string())).collect();
    assert_eq!(remotes, ["1.2.3.4", "1.2.3.4"]);

    let page = event(PAGE);
    assert_eq!(
        read(page.packed(), "background.flow_list.0.remote"),
        json!({"address": "203.0.113.7", "name": "evil.example", "names": ["evil.example"], "port": 443})
    );
    assert_eq!(read(page.packed(), "background.flow_list.0.flags"), known);
    assert_eq!(written(page.packed())["background"].get("flow_list"), None);
}

#[test]
fn files_are_built_from_a_list_and_the_list_from_files() {
    let listed = with(json!({"background": {"file_list": [
        "/etc/passwd", {"path": "/etc/ssh/sshd_config", "own": 1}, {"file": "/etc/group"}, {"own": 2}, "/x",
    ]}}));
    let leaf = |path: &str, base: &str| json!({"path": path, "base": base});
    let mut config = leaf("/etc/ssh/sshd_config", "sshd_config");
    config["own"] = json!(1);
    assert_eq!(
        written(listed.packed())["background"],
        json!({"ancestry": [], "files": {"root": {"path": "/", "base": "/",
            "dirs": [{"path": "/etc", "base": "etc",
                "dirs": [{"path": "/etc/ssh", "base": "ssh", "dirs": [], "files": [config]}],
                "files": [leaf("/etc/passwd", "passwd"), leaf("/etc/group", "group")]}],
            "files": [{"own": 2}, leaf("/x", "x")]}}})
    );
    assert_eq!(
        read(listed.packed(), "background.file_list"),
        json!([config, leaf("/etc/passwd", "passwd"), leaf("/etc/group", "group"), {"own": 2}, leaf("/x", "x")])
    );
    let tree = with(json!({"background": {"files": {"root": {"path": "/", "dirs": [
        {"path": "/etc", "files": ["passwd", "/etc/group", {"base": "shadow"}]}]}}}}));
    assert_eq!(
        read(tree.packed(), "background.file_list"),
        json!([{"path": "/etc/passwd"}, {"path": "/etc/group"}, {"path": "/etc/shadow", "base": "shadow"}])
    );
}

#[test]
fn where_tree_and_list_are_given_both_stay() {
    let event = with(json!({"background": {
        "flows": {"protocols": []}, "flow_list": [{"proto": "TCP", "properties": {"egress": true}}],
        "files": {"root": {}}, "file_list": ["/x"],
    }}));
    assert_eq!(
        written(event.packed())["background"],
        json!({"ancestry": [], "flows": {"protocols": []}, "files": {"root": {}}})
    );
    assert_eq!(read(event.packed(), "background.flow_list.0.proto"), "tcp");
    assert_eq!(read(event.packed(), "background.flow_list.0.flags.egress"), true);
    assert_eq!(read(event.packed(), "background.file_list"), json!(["/x"]));
}

#[test]
fn unknown_fields_stay_where_they_are() {
    let own =
        json!({"z": 1, "a": [{"k": 1.5}, [], {}], "__proto__": {"x": 1}, "0": "zero", "": true});
    let event = with(json!({
        "own": own, "process": own, "flow": own, "background": {"own": own, "ancestry": [own]},
    }));
    let out = event.packed();
    for place in ["own", "process", "flow", "background.own", "background.ancestry.0"] {
        let read = read(out, place);
        assert_eq!(read, own, "{place}");
        assert!(read.as_object().unwrap().keys().eq(own.as_object().unwrap().keys()));
    }
}

#[test]
fn what_only_base_says_is_the_event_s() {
    let event = with(json!({"base": {
        "uuid": "u-1", "timestamp": "2026-11-24T10:15:00Z", "score": {"n": 1}, "own": 1,
        "background": {"ancestry": [{"pid": 1}]},
    }}));
    assert_eq!(event.uuid(), "u-1");
    assert_eq!(read(event.packed(), "background.ancestry.0.pid"), 1);
    assert_eq!(read(event.packed(), "score.n"), 1);
    assert_eq!(read(event.packed(), "base"), json!({"own": 1}));
}

#[test]
fn the_parent_is_found_by_its_pid() {
    let page = event(PAGE);
    assert_eq!(page.parent().and_then(|parent| parent.get(Key::PID)?.as_int()), Some(4200));
    assert_eq!(page.process_identity().pid, Some(4242));
    assert_eq!(page.process_identity().start_ticks, Some(123_456));
    let parent = |pid: i64, ppid: i64, ancestry: &[(i64, &str)]| {
        let ancestry: Vec<_> =
            ancestry.iter().map(|(pid, exe)| json!({"pid": pid, "exe": exe})).collect();
        let event = with(
            json!({"process": {"pid": pid, "ppid": ppid}, "background": {"ancestry": ancestry}}),
        );
        event.parent().and_then(|parent| parent.get(Key::EXE)?.as_str().map(str::to_owned))
    };
    // A pid that an ancestor had before: the nearest one is meant.
    let reused = [(1, "init"), (7, "old"), (8, "between"), (7, "near"), (9, "own")];
    assert_eq!(parent(9, 7, &reused).as_deref(), Some("near"));
    assert_eq!(parent(9, 7, &reused[..4]).as_deref(), Some("near"));
    assert_eq!(parent(9, 7, &reused[..3]).as_deref(), Some("old"));
    // The process itself closes the ancestry, and is never its own parent.
    assert_eq!(parent(7, 7, &[(7, "old"), (8, "between"), (7, "own")]).as_deref(), Some("old"));
    assert_eq!(parent(7, 7, &[(7, "own")]), None);
    let orphan = with(json!({"process": {"ppid": 9}, "background": {"ancestry": [{"pid": 1}]}}));
    assert!(orphan.parent().is_none());
}

#[test]
fn ends_of_flows_have_addresses_and_names() {
    let event = flow(json!({
        "local": {"address": "fe80::1%eth0", "port": 70},
        "remote": {"address": "::ffff:1.2.3.4", "name": "a.example", "names": ["", "1.2.3.4", "::1", "[::1]", "b.example."], "port": 443},
    }));
    assert_eq!(event.remote(), Some(Peer { address: Some("1.2.3.4".parse().unwrap()), port: 443 }));
    assert_eq!(event.local(), Some(Peer { address: Some("fe80::1".parse().unwrap()), port: 70 }));
    let names: Vec<&str> = event.remote_end().unwrap().names().collect();
    assert_eq!(names, ["a.example", "b.example."]);
    assert_eq!(
        flow(json!({"remote": {"address": "n/a"}})).remote(),
        Some(Peer { address: None, port: 0 })
    );
    assert_eq!(flow(json!({})).remote(), None);
}

#[test]
fn a_header_is_no_event() {
    let Ok(Line::Header(header)) =
        Line::parse(br#"{"type":"header","version":1,"boot_id":"b"}"#, 1)
    else {
        panic!("no header");
    };
    assert_eq!(header.to_json(), json!({"type": "header", "version": 1, "boot_id": "b"}));
    assert_eq!(read(with(json!({"type": "header"})).packed(), "type"), "header");
}

/// A hash or an inode of 64 bits, wherever an unknown field stands.
#[test]
fn unsigned_numbers_come_out_with_every_digit() {
    let text = r#"{"event_type":"execution","uuid":"u","big":18446744073709551615,
        "process":{"pid":1,"hash":9223372036854775808},"background":{"own":[12345678901234567890,9007199254740993]}}"#;
    let event = event(text);
    let exact = event.packed().root().to_json_exact();
    for number in
        ["18446744073709551615", "9223372036854775808", "12345678901234567890", "9007199254740993"]
    {
        assert!(exact.contains(number), "{number} in {exact}");
    }
    assert_eq!(loaded(&exact), written(event.packed()));
    // What a script reads is the nearest double.
    let seen = event.packed().root().get(Key::of("process").unwrap()).unwrap();
    let seen = seen.as_map().unwrap().get_text("hash").unwrap();
    assert!(matches!(seen.view(), View::Float(double) if double == 9_223_372_036_854_775_808.0));
    assert_eq!(
        fault(r#"{"event_type":"execution","process":{"pid":18446744073709551615}}"#),
        "process.pid: expected a whole number, got the number 18446744073709551615"
    );
}

#[test]
fn a_pair_whose_ports_nobody_knows_is_in_the_list_too() {
    let nodes = json!({"local": {"address": "10.0.0.5"}, "remote": {"address": "1.2.3.4"}});
    let pairs = json!([
        {"nodes": nodes},
        {"nodes": nodes, "port_matrix": [], "own": 1},
        {"nodes": nodes, "port_matrix": [{"src_port": 1, "dst_port": 2}]},
        {"own": 2},
    ]);
    let flows = json!({"ip_version": 4, "protocols": [{"proto": "tcp", "pairs": pairs}]});
    let event = with(json!({"background": {"flows": flows}}));
    let bare = json!({"ip_version": 4, "proto": "tcp", "local": nodes["local"], "remote": nodes["remote"]});
    let mut ported = bare.clone();
    ported["local"]["port"] = 1.into();
    ported["remote"]["port"] = 2.into();
    assert_eq!(read(event.packed(), "background.flow_list"), json!([bare, bare, ported]));
    assert_eq!(written(event.packed())["background"]["flows"], flows);
}

#[test]
fn newer_names_in_a_list_of_actions_count() {
    let event = with(json!({"file": {"file": "/x", "actions": ["exec", "seek", "unheard_of"]}}));
    let names: Vec<&str> = event.actions().iter().map(Action::name).collect();
    assert_eq!(names, ["llseek", "execve"]);
    let out = written(event.packed());
    assert_eq!(out["file"]["actions"], json!(["execve", "llseek", "unheard_of"]));
}
