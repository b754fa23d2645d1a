//! The configuration file: what it says, what it leaves out, and what is wrong with it.

#![allow(clippy::unwrap_used, reason = "in tests a panic is the report")]

use std::{fmt::Write, fs, path::Path, time::Duration};

use proptest::prelude::*;
use reactant_core::{
    capability::Capability,
    config::{self, BlockBy, Blocks, BlocksOnExit, Config, Durability, Emergency, LogFormat},
    helper::Level,
    runtime::Full,
};

/// The example of `config.md`, in all its settings.
const PAGE: &str = "\
capabilities:            # --grant CAP[:GLOB]  --revoke CAP  (repeatable)
  grant: [fs.write:/var/log/reactant/**]
  revoke: [net.block]
protect:
  executables: [/usr/sbin/sshd, /usr/lib/systemd/*]
  pids_below: 600
  cidrs: [10.1.0.0/8]
  domains: [Corp.Example.]
  paths: [/etc/**]       # never written
limits:
  timeout: 4s
  memory: 32MiB
  output: 2MiB
  helper_calls: 9000
budgets:
  kills_per_minute: 2
  blocks_per_minute: 3
  writes_per_minute: 4
  total_factor: 6
emergency: armed
data: /var/lib/reactant
durability: disk
journal: {sync: 50ms, keep_replaced: 1MiB}
recipes: [/etc/reactant/recipes]
network_policy: /etc/reactant/netpolicy.yaml
blocks_on_exit: remove
blocks: {by: nftables, cgroup: /sys/fs/cgroup/guarded}
queue: {capacity: 100, full: block}
metrics: 127.0.0.1:9469
log: {level: warn, format: json}
";

fn problems(text: &str) -> String {
    let mut out = String::new();
    for found in config::load_text("config.yaml", text, &[]).unwrap_err() {
        let place = found.place.unwrap();
        write!(out, "{}:{} {}: {}", place.line, place.column, found.code, found.message).unwrap();
        writeln!(out, "{}", found.help.map_or(String::new(), |help| format!(" -- {help}")))
            .unwrap();
    }
    out
}

#[test]
fn every_setting_of_the_page_is_read() {
    let config = config::load_text("config.yaml", PAGE, &[]).unwrap();
    let grants = config.capabilities.grants();
    let scope = grants.check(&Capability::FS_WRITE).unwrap().scope().clone();
    assert!(scope.covers(b"/var/log/reactant/a/b") && !scope.covers(b"/var/log/x"));
    assert!(!grants.holds(&Capability::NET_BLOCK) && grants.holds(&Capability::LOG));
    assert_eq!(config.protect.executables[1].pattern(), "/usr/lib/systemd/*");
    assert_eq!((config.protect.pids_below, config.protect.paths.len()), (600, 1));
    assert_eq!(config.protect.cidrs, ["10.0.0.0/8".parse().unwrap()]);
    assert_eq!(config.protect.domains, ["corp.example"]);
    assert_eq!((config.limits.timeout, config.limits.memory), (Duration::from_secs(4), 32 << 20));
    assert_eq!((config.limits.output, config.limits.helper_calls), (2 << 20, 9000));
    let budgets = config.budgets;
    assert_eq!(
        (
            budgets.kills_per_minute,
            budgets.blocks_per_minute,
            budgets.writes_per_minute,
            budgets.total_factor
        ),
        (2, 3, 4, 6)
    );
    assert_eq!((config.emergency, config.durability), (Emergency::Armed, Durability::Disk));
    assert_eq!(config.data.as_deref(), Some(Path::new("/var/lib/reactant")));
    assert_eq!(config.journal.sync, Duration::from_millis(50));
    assert_eq!(config.journal.keep_replaced, Some(1 << 20));
    assert_eq!(config.recipes, [Path::new("/etc/reactant/recipes")]);
    assert_eq!(config.network_policy.as_deref(), Some(Path::new("/etc/reactant/netpolicy.yaml")));
    assert_eq!(config.blocks_on_exit, BlocksOnExit::Remove);
    let cgroup = Some("/sys/fs/cgroup/guarded".into());
    assert_eq!(config.blocks, Blocks { by: BlockBy::Nftables, cgroup });
    assert_eq!((config.queue.capacity, config.queue.full), (100, Full::Block));
    assert_eq!(config.metrics, Some("127.0.0.1:9469".parse().unwrap()));
    assert_eq!((config.log.level, config.log.format), (Level::Warn, LogFormat::Json));
}

#[test]
fn what_is_left_out_has_the_default_of_the_page() {
    for text in ["", "---\n", "# nothing\n", "capabilities:\nlimits: {}\nlog: null\n"] {
        assert_eq!(
            config::load_text("config.yaml", text, &[]).unwrap(),
            Config::default(),
            "{text:?}"
        );
    }
    let config = Config::default();
    assert_eq!(
        (config.protect.pids_below, config.queue.capacity, config.queue.full),
        (500, 8192, Full::Drop)
    );
    assert_eq!((config.budgets.kills_per_minute, config.budgets.total_factor), (20, 5));
    assert_eq!((config.emergency, config.durability), (Emergency::Disarmed, Durability::Process));
    let partly = config::load_text("config.yaml", "limits: {timeout: 1s}\n", &[]).unwrap();
    assert_eq!((partly.limits.timeout, partly.limits.memory), (Duration::from_secs(1), 64 << 20));
}

#[test]
fn everything_that_is_wrong_is_reported_at_its_place() {
    insta::assert_snapshot!(problems(
        "\
capabilities: {grant: [fs.wirte, fs.read:etc], revoke: [fs.write:/x, net.blok]}
protect: {executables: [sshd], pids_below: -1, cidrs: [10.0.0.0/40], domains: ['', '*.x'], path: [/x]}
limits: {timeout: 5, memory: 64MB, helper_calls: many}
budgets: {kills_per_minute: -1, total_factor: 0}
emergency: yes
data: ''
durabilty: disk
recipes: /etc/reactant
queue: {capacity: 0, full: wait}
metrics: localhost:9469
log: debug
log: {level: trace}
"
    ));
}

#[test]
fn a_file_is_one_map() {
    assert_eq!(problems("- a\n"), "1:1 wrong-type: the configuration takes a map, not a list\n");
    assert_eq!(
        problems("data: /x\n---\ndata: /y\n"),
        "3:1 second-document: a configuration is one document\n"
    );
    assert!(problems("data: [\n").starts_with("1:7 not-yaml: this is not YAML: "));
}

#[test]
fn a_library_users_own_capability_may_be_granted() {
    let text = "capabilities: {grant: [ticket.open]}\n";
    assert!(problems(text).contains("there is no capability `ticket.open`"));
    let own = [Capability::named("ticket.open")];
    assert!(config::load_text("c", text, &own).unwrap().capabilities.grants().holds(&own[0]));
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.yaml");
    let found = config::load(&path, &[]).unwrap_err();
    assert!(found[0].message.contains("config.yaml") && found[0].code == "unreadable");
    fs::write(&path, "emergency: armed\n").unwrap();
    assert_eq!(config::load(&path, &[]).unwrap().emergency, Emergency::Armed);
}

#[test]
fn the_schema_names_every_setting() {
    insta::assert_snapshot!(serde_json::to_string_pretty(&config::schema()).unwrap());
}

#[test]
fn a_protected_domain_that_could_protect_nothing_is_an_error() {
    let text = "protect: {domains: [xn--bcher-kva.example, bücher.example]}";
    let problems = config::load_text("c.yaml", text, &[]).unwrap_err();
    let [problem] = &problems[..] else { panic!("{problems:?}") };
    assert_eq!((problem.code, &*problem.message), ("bad-domain", "`bücher.example` is not ASCII"));
}

proptest! {
    #[test]
    fn any_text_is_read_or_diagnosed(at in 0..PAGE.len(), change in ".{0,6}") {
        let text = format!("{}{change}{}", &PAGE[..at], &PAGE[at..]);
        if let Err(found) = config::load_text("config.yaml", &text, &[]) {
            prop_assert!(!found.is_empty());
            for found in found {
                let place = found.place.unwrap();
                prop_assert!(place.file.text.get(place.offset..place.offset + place.len).is_some());
            }
        }
    }
}
