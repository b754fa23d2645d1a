//! The three reactions as plain Rust functions over the event as it lies in memory: what no language can beat.

use std::collections::HashMap;

use reactant_core::packed::{Indent, Key, Node, Packed};

/// What the functions have in common.
pub(crate) type Reaction = fn(&Packed, &mut HashMap<String, String>) -> Option<String>;

/// The function of that name.
pub(crate) fn reaction(name: &str) -> Reaction {
    match name {
        "early_exit" => early_exit,
        "typical" => typical,
        "whole_event" => whole_event,
        _ => panic!("no function for {name}"),
    }
}

fn text<'a>(node: Node<'a>, key: Key) -> &'a str {
    node.get(key).and_then(Node::as_str).unwrap_or_default()
}

/// R1: looks at one field and leaves.
fn early_exit(data: &Packed, _: &mut HashMap<String, String>) -> Option<String> {
    let cmd = text(data.root().get(Key::PROCESS)?, Key::CMD);
    cmd.contains("wget").then(|| format!("wget: {cmd}"))
}

/// R2: collects remote addresses, filters private ranges, counts in the store, serialises the process.
fn typical(data: &Packed, store: &mut HashMap<String, String>) -> Option<String> {
    let root = data.root();
    let mut remotes = Vec::new();
    for protocol in root.get(Key::BACKGROUND)?.get(Key::FLOWS)?.get(Key::PROTOCOLS)?.items() {
        for pair in protocol.get(Key::PAIRS)?.items() {
            let remote = pair.get(Key::NODES)?.get(Key::REMOTE)?;
            let address = text(remote, Key::ADDRESS);
            if ["10.", "192.168.", "127."].iter().any(|range| address.starts_with(range)) {
                continue;
            }
            let names = remote.get(Key::NAMES).and_then(Node::as_list);
            let label = match names.and_then(|names| names.get(0)).and_then(Node::as_str) {
                Some(name) => name.to_lowercase(),
                None => text(remote, Key::NAME).to_lowercase(),
            };
            remotes.push(format!("{}/{address}({label})", text(protocol, Key::PROTO)));
        }
    }
    if remotes.is_empty() {
        return None;
    }
    let process = root.get(Key::PROCESS)?;
    let uid = process.get(Key::UID)?.as_int()?;
    let key = format!("seen:{}:{uid}", text(process, Key::COMM));
    let count = store.get(&key).and_then(|count| count.parse().ok()).map_or(1, |n: u64| n + 1);
    store.insert(key, (count % 1000).to_string());
    let cmd: String = text(process, Key::CMD).chars().take(60).collect();
    let process = process.to_json(Indent::None);
    Some(format!("net-drop|{}|{}|{process}", remotes.join(","), cmd.trim()))
}

/// R3: the whole event as JSON.
fn whole_event(data: &Packed, _: &mut HashMap<String, String>) -> Option<String> {
    Some(data.root().to_json(Indent::By("  ")))
}
