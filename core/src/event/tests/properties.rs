use proptest::prelude::*;
use serde_json::json;

use super::*;

pub(super) fn json_values() -> impl Strategy<Value = Js> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Js::from),
        any::<i64>().prop_map(Js::from),
        // Never whole: a whole one is read as an integer.
        any::<i32>().prop_map(|number| Js::from(f64::from(number) + 0.5)),
        ".{0,8}".prop_map(Js::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Js::from),
            prop::collection::vec(("x_[a-z0-9]{1,3}", inner), 0..4)
                .prop_map(|fields| fields.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    })
}

/// Fields that no version of the page names.
fn own() -> impl Strategy<Value = Js> {
    prop::collection::vec(("x_[a-z]{1,3}|[0-9]{1,2}|__proto__", json_values()), 0..3)
        .prop_map(|fields| fields.into_iter().collect::<serde_json::Map<_, _>>().into())
}

fn merged(mut one: Js, other: Js) -> Js {
    if let (Some(one), Js::Object(other)) = (one.as_object_mut(), other) {
        one.extend(other);
    }
    one
}

fn process() -> impl Strategy<Value = Js> {
    let words = || prop::collection::vec("[a-z /é=-]{0,6}", 0..4);
    (any::<u32>(), "[a-z]{1,5}", "/[a-z/]{1,9}", words(), words(), own()).prop_map(
        |(pid, comm, exe, args, envs, own)| {
            let process = json!({
                "pid": pid, "ppid": 1, "comm": comm, "exe": exe, "args": args, "envs": envs,
                "cmd": args.join(" "), "start": "2026-11-24T10:15:00.123456789Z",
                "namespaces": {"mnt_ns": pid},
            });
            merged(process, own)
        },
    )
}

fn phase() -> impl Strategy<Value = Js> {
    (
        prop::sample::select(vec!["", "ingress", "egress", "both"]),
        prop::sample::select(vec!["", "local", "remote", "both"]),
        prop::sample::select(vec!["", "started", "ongoing", "ended"]),
        prop::sample::select(vec!["", "local", "remote", "both"]),
    )
        .prop_map(|(direction, initiated_by, status, ended_by)| {
            json!({"direction": direction, "initiated_by": initiated_by, "status": status, "ended_by": ended_by})
        })
}

/// The flags of a phase, written down a second time from the page.
fn flags(phase: &Js) -> Js {
    let is = |field: &str, value: &str| {
        phase[field] == value
            || (phase[field] == "both"
                && value != "started"
                && value != "ongoing"
                && value != "ended")
    };
    json!({
        "ingress": is("direction", "ingress"), "egress": is("direction", "egress"),
        "incoming": is("initiated_by", "remote"), "outgoing": is("initiated_by", "local"),
        "started": is("status", "started"), "ongoing": is("status", "ongoing"), "ended": is("status", "ended"),
        "terminator": is("ended_by", "local"), "terminated": is("ended_by", "remote"),
    })
}

fn peer() -> impl Strategy<Value = Js> {
    (any::<[u8; 4]>(), "[a-z.]{0,8}", any::<u16>(), own()).prop_map(|(ip, name, port, own)| {
        let address = std::net::Ipv4Addr::from(ip).to_string();
        merged(json!({"address": address, "name": name, "names": [name], "port": port}), own)
    })
}

fn actions() -> impl Strategy<Value = Vec<&'static str>> {
    let names: Vec<&str> = Action::ALL.iter().map(|action| action.name()).collect();
    prop::sample::subsequence(names, 0..=15)
}

/// An event in the page's spelling, and the same in the newer one.
fn events() -> impl Strategy<Value = (Js, Js)> {
    let parts = (
        process(),
        prop::collection::vec(process(), 0..3),
        "/[a-z]{1,4}(/[a-z]{1,4}){0,3}",
        actions(),
        phase(),
        peer(),
        peer(),
        own(),
        own(),
    );
    parts.prop_map(|(process, ancestry, path, actions, phase, local, remote, own_file, own_event)| {
        let (dir, base) = super::file::split(&path);
        let (mut bools, mut newer_bools) = (json!({}), json!({}));
        for action in Action::ALL {
            let done = actions.contains(&action.name());
            bools[action.name()] = json!(done);
            let newer = match action.name() {
                "execve" => "exec",
                "llseek" => "seek",
                "fasync" => "async",
                name => name,
            };
            newer_bools[newer] = json!(done);
        }
        let file = |spelled: Js| merged(merged(spelled, json!({"dir": dir, "basename": base})), own_file.clone());
        let flow = |spelled: Js| merged(spelled, json!({"local": local, "remote": remote, "service_port": 1}));
        let background = json!({"ancestry": ancestry});
        let event = |file: Js, flow: Js| {
            let event = json!({
                "uuid": "u", "timestamp": "2026-11-24T10:15:00Z", "event_type": "file_access", "note": "",
                "process": process, "file": file, "flow": flow, "background": background, "lost": 0,
            });
            merged(event, own_event.clone())
        };
        let page = event(
            merged(file(json!({"file": path, "actions": actions})), bools),
            flow(json!({"proto": "tcp", "flags": flags(&phase), "phase": phase})),
        );
        newer_bools["actions"] = json!(actions);
        let newer = event(
            file(json!({"path": path, "actions": newer_bools})),
            flow(json!({"proto": "TCP", "properties": flags(&phase), "settings": phase})),
        );
        (page, newer)
    })
}

fn mutated(text: &str, edits: &[(prop::sample::Index, u8, u8)]) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for (index, how, byte) in edits {
        let at = index.index(bytes.len());
        match how % 4 {
            0 => bytes[at] = *byte,
            1 => bytes.insert(at, *byte),
            2 if bytes.len() > 1 => drop(bytes.remove(at)),
            // A piece of the text in another place makes other structures, still likely to be JSON.
            _ => {
                let end = (at + usize::from(*byte)).min(bytes.len());
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
        }
    }
    bytes
}

/// Replaces some value of a tree.
pub(super) fn replaced(tree: &mut Js, mut at: usize, new: &Js) {
    fn walk(node: &mut Js, at: &mut usize, new: &Js) -> bool {
        if *at == 0 {
            *node = new.clone();
            return true;
        }
        *at -= 1;
        match node {
            Js::Array(items) => items.iter_mut().any(|item| walk(item, at, new)),
            Js::Object(fields) => fields.values_mut().any(|value| walk(value, at, new)),
            _ => false,
        }
    }
    walk(tree, &mut at, new);
}

proptest! {
    #[test]
    fn the_page_s_spelling_comes_out_unchanged((page, _) in events()) {
        prop_assert_eq!(loaded(&page.to_string()), page);
    }

    #[test]
    fn the_newer_spelling_gives_the_same_event((page, newer) in events()) {
        let (page, newer) = (event(&page.to_string()), event(&newer.to_string()));
        prop_assert_eq!(written(newer.packed()), written(page.packed()));
        prop_assert_eq!(newer.actions(), page.actions());
        prop_assert_eq!(newer.flags(), page.flags());
        for path in ["file.path", "file.actions.exec", "file.actions.actions", "file.async", "flow.properties", "flow.settings"] {
            let value = read(page.packed(), path);
            prop_assert_ne!(&value, &Js::Null);
            prop_assert_eq!(&read(newer.packed(), path), &value);
        }
    }

    #[test]
    fn reading_what_was_written_gives_the_same_tree((_, newer) in events()) {
        let once = event(&newer.to_string());
        let twice = event(&once.packed().root().to_json_exact());
        prop_assert_eq!(once.packed(), twice.packed());
    }

    #[test]
    fn broken_text_never_panics(edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), any::<u8>()), 1..5)) {
        if let Ok(Line::Event(event)) = Line::parse(&mutated(PAGE, &edits), 1) {
            prop_assert!(Packed::from_bytes(event.packed().as_bytes()).is_ok());
        }
    }

    /// Any value in any place: refused with its path, or read, and then stable.
    #[test]
    fn misplaced_values_are_refused_or_read(at in 0usize..220, value in json_values(), null in any::<bool>()) {
        let mut page: Js = serde_json::from_str(PAGE).unwrap();
        replaced(&mut page, at, if null { &Js::Null } else { &value });
        if let Ok(Line::Event(once)) = Line::parse(page.to_string().as_bytes(), 1) {
            let data = once.data(&Packed::of(&crate::value::Value::Null), once.actions());
            prop_assert!(Packed::from_bytes(data.as_bytes()).is_ok());
            let twice = event(&once.packed().root().to_json_exact());
            prop_assert_eq!(written(twice.packed()), written(once.packed()));
        }
    }
}
