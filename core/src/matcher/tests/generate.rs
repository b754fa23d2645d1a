//! Recipes and events from small alphabets, so that they meet often.

use std::{sync::LazyLock, time::Duration};

use proptest::{
    collection::vec,
    option,
    prelude::*,
    sample::{Index, select},
};
use regex::Regex;
use serde_json::{Value as Json, json};

use super::build::{base, recipe};
use crate::{
    event::{Action, ActionSet, Flag, Protocol},
    recipe::{
        Base, Comparison, CountedBy, DomainMatch, FileCondition, FlowCondition, Group, How, Item,
        Join, Mechanism, NoiseLimit, PeerCondition, Recipe, Test, What, Which,
    },
};

/// Second 0 of the runs.
const START: i64 = 1_790_000_000;

fn time(second: i64) -> String {
    jiff::Timestamp::from_second(START + second).unwrap().to_string()
}

// Recipes.

/// Compiled once: expressions are most of the cost of a case.
fn regex(pattern: &'static str) -> Regex {
    static ALL: LazyLock<std::sync::Mutex<std::collections::HashMap<&'static str, Regex>>> =
        LazyLock::new(Default::default);
    let mut all = ALL.lock().unwrap();
    all.entry(pattern).or_insert_with(|| Regex::new(pattern).unwrap()).clone()
}

fn how() -> impl Strategy<Value = How> {
    select(How::ALL)
}

fn action() -> impl Strategy<Value = Action> {
    select(vec![Action::Open, Action::Read, Action::Write, Action::Close, Action::Execve])
}

fn bases() -> impl Strategy<Value = Base> {
    let dir = option::of(select(vec!["/", "/etc", "/etc/a", "/a", "/etc/passwd", "/etcetera"]));
    let name = option::of(select(vec!["passwd", "a", "etc"]));
    let pattern = option::weighted(
        0.4,
        select(vec!["^/etc", "passwd$", "a", "etc/.*a", "(?i)PASSWD", "^/etc/passwd$", "//"]),
    );
    (dir, name, pattern).prop_map(|(dir, name, pattern)| Base {
        regex: pattern.map(regex),
        ..base(dir.unwrap_or_default(), name.unwrap_or_default(), "")
    })
}

fn file_condition() -> impl Strategy<Value = FileCondition> {
    (vec(action(), 0..3), how(), vec(action(), 0..2), vec(bases(), 0..3)).prop_map(
        |(actions, how, excluded, bases)| FileCondition {
            actions: actions.into_iter().collect(),
            how,
            excluded: excluded.into_iter().collect(),
            bases,
        },
    )
}

fn flag() -> impl Strategy<Value = Flag> {
    select(vec![Flag::Egress, Flag::Started, Flag::Ended])
}

const CIDRS: &[&str] = &[
    "10.0.0.0/24",
    "10.0.0.77/24",
    "10.0.0.1/32",
    "10.0.0.0/8",
    "10.0.0.0/31",
    "0.0.0.0/0",
    "::/0",
    "fd00::/112",
    "fd00::/16",
    "fd00::1/128",
    "::ffff:10.0.0.0/120",
    "::ffff:0.0.0.0/96",
    "::/80",
];

fn peer_condition() -> impl Strategy<Value = PeerCondition> {
    let cidrs = prop_oneof![2 => Just(vec![]), 1 => vec(select(CIDRS), 1..3)];
    let ips = prop_oneof![4 => Just(vec![]), 1 => vec(select(ADDRESSES), 1..3)];
    let domains = prop_oneof![
        2 => Just(vec![]),
        1 => vec(select(vec!["onion", "example", "evil.example", "www.example", "com"]), 1..3)
    ];
    let port = prop_oneof![2 => Just(0), 1 => select(vec![22, 443])];
    (cidrs, ips, port, domains, select(DomainMatch::ALL)).prop_map(
        |(cidrs, ips, port, domains, domain_match)| PeerCondition {
            cidrs: cidrs.into_iter().map(|cidr| cidr.parse().unwrap()).collect(),
            ips: ips.into_iter().map(|ip| ip.parse::<std::net::IpAddr>().unwrap().into()).collect(),
            port,
            domains: domains.into_iter().map(str::to_owned).collect(),
            domain_match,
        },
    )
}

fn flow_condition() -> impl Strategy<Value = FlowCondition> {
    let protocols = prop_oneof![2 => Just(vec![]), 1 => vec(select(Protocol::ALL), 1..3)];
    let flags =
        (vec(flag(), 0..3), any::<bool>(), how(), vec(flag(), 0..2), prop::bool::weighted(0.05));
    (flags, protocols, peer_condition(), peer_condition()).prop_map(
        |((flags, created, how, excluded, excluded_created), protocols, local, remote)| {
            FlowCondition {
                flags: flags.into_iter().collect(),
                created,
                how,
                excluded: excluded.into_iter().collect(),
                excluded_created,
                protocols,
                local,
                remote,
            }
        },
    )
}

fn comparison() -> impl Strategy<Value = Comparison> {
    select(vec![Comparison::Smaller, Comparison::Bigger, Comparison::Equal])
}

fn which() -> impl Strategy<Value = Which> {
    select(vec![Which::Pertinent, Which::Irrelevant])
}

const PATTERNS: &[&str] = &[
    "^cat$",
    "cat",
    r"\s-l\s",
    "^-l",
    "sh$",
    "^/bin",
    "A=1",
    "^$",
    "tcp|udp",
    "^AF_INET$",
    "icmp",
    "example",
    "^10\\.",
    r"^\[",
    ":443$",
    "onion",
];

fn tests(what: What) -> BoxedStrategy<Vec<Test>> {
    let number = || {
        prop_oneof![
            (comparison(), select(vec![0, 1, 2, 4, 6, 10, 22, 58]))
                .prop_map(|(how, number)| Test::Number(how, number)),
            vec(select(vec![0, 1, 2, 6, 17, 443]), 0..3).prop_map(Test::Numbers),
        ]
        .boxed()
    };
    let text = || {
        prop_oneof![
            3 => select(PATTERNS).prop_map(|pattern| Test::Pattern(regex(pattern))),
            1 => select(vec!["cat", " -l ", "/", "", "example"])
                .prop_map(|part| Test::Contains(part.to_owned())),
        ]
        .boxed()
    };
    let cidr = || select(CIDRS).prop_map(|cidr| Test::Cidr(cidr.parse().unwrap())).boxed();
    let one = match what {
        What::Uid | What::Pid | What::Retcode | What::ParentPid => number(),
        What::LocalPorts | What::RemotePorts | What::AnyPorts => number(),
        What::StartTime | What::ExitTime => (comparison(), 0i64..3)
            .prop_map(|(how, second)| Test::Time(how, time(second).parse().unwrap()))
            .boxed(),
        What::Proto | What::Family => prop_oneof![number(), text()].boxed(),
        What::Local | What::Remote | What::AnyPeers => prop_oneof![cidr(), text()].boxed(),
        _ => text(),
    };
    vec(one, 1..3).boxed()
}

fn item() -> impl Strategy<Value = Item> {
    select(What::ALL).prop_flat_map(|what| {
        (tests(what), which()).prop_map(move |(tests, which)| Item { what, which, tests })
    })
}

pub(super) fn groups() -> impl Strategy<Value = Vec<Group>> {
    let group = (select(vec![Join::And, Join::Or]), which(), vec(item(), 0..4))
        .prop_map(|(how, which, items)| Group { how, which, items });
    vec(group, 0..3)
}

pub(super) fn times() -> impl Strategy<Value = Vec<NoiseLimit>> {
    let window = option::of(select(vec![Duration::from_secs(2), Duration::from_secs(5)]));
    let limit = (select(CountedBy::ALL), 0u64..4, window)
        .prop_map(|(by, max, window)| NoiseLimit { by, max, window });
    vec(limit, 1..3)
}

pub(super) fn none<T: std::fmt::Debug + Clone>() -> impl Strategy<Value = Vec<T>> {
    Just(Vec::new())
}

fn restricted(
    mechanism: impl Strategy<Value = Mechanism>,
    arbitrary: impl Strategy<Value = Vec<Group>>,
    times: impl Strategy<Value = Vec<NoiseLimit>>,
    open: f64,
) -> impl Strategy<Value = Recipe> {
    let restricts = prop::bool::weighted(1.0 - open);
    let enabled = prop::bool::weighted(0.95);
    (mechanism, enabled, restricts, file_condition(), flow_condition(), arbitrary, times).prop_map(
        |(mechanism, enabled, restricts, file, flow, arbitrary, times)| {
            let mut recipe = Recipe { enabled, arbitrary, times, ..recipe(mechanism) };
            if restricts {
                (recipe.file, recipe.flow) = (file, flow);
            }
            recipe
        },
    )
}

/// Recipes for files, or for flows; `open` is the share that restricts neither.
pub(super) fn recipes(
    network: bool,
    arbitrary: impl Strategy<Value = Vec<Group>>,
    times: impl Strategy<Value = Vec<NoiseLimit>>,
    open: f64,
) -> impl Strategy<Value = Vec<Recipe>> {
    let mechanism = if network {
        select(vec![Mechanism::NetworkPeers, Mechanism::NetworkPeers, Mechanism::NetworkPolicy])
    } else {
        select(vec![Mechanism::FileAccess, Mechanism::Execution])
    };
    vec(restricted(mechanism, arbitrary, times, open), 1..8)
}

/// Recipes of every mechanism with everything at once.
pub(super) fn any_recipes() -> impl Strategy<Value = Vec<Recipe>> {
    let arbitrary = prop_oneof![2 => none().boxed(), 1 => groups().boxed()];
    let times = prop_oneof![2 => none().boxed(), 1 => times().boxed()];
    vec(restricted(select(Mechanism::ALL), arbitrary, times, 0.2), 1..10)
}

// Events.

const ADDRESSES: &[&str] = &[
    "10.0.0.1",
    "10.0.0.2",
    "10.0.1.1",
    "192.168.0.1",
    "::1",
    "fd00::1",
    "fd00::1:1",
    "::ffff:10.0.0.1",
];

fn process() -> impl Strategy<Value = Json> {
    let identity = (
        option::weighted(0.9, 1i64..3),
        option::of(0i64..3),
        (option::of(1i64..3), option::of(select(vec!["", "boot-a", "boot-b"]))),
        option::weighted(0.9, 1i64..4),
    );
    let program = (
        option::weighted(0.9, select(vec!["/bin/cat", "/bin/sh", "/opt/my cat"])),
        option::weighted(
            0.9,
            select(vec!["cat", "/bin/sh", "-sh", "/opt/my cat", "", "a/b/cat -l"]),
        ),
        option::weighted(0.9, vec(select(vec!["-l", "-la", "x", ""]), 0..3)),
        any::<bool>(),
    );
    let rest = (
        0i64..3,
        0i64..2,
        option::of(0i64..3),
        vec(select(vec!["A=1", "B=cat"]), 0..2),
        option::of(Just("/bin/cat")),
    );
    (identity, program, rest).prop_map(
        |(
            (pid, start, (ticks, boot), ppid),
            (exe, program, args, whole),
            (uid, retcode, exit, envs, prev),
        )| {
            let line =
                args.iter().flatten().fold(program.unwrap_or_default().to_owned(), |line, arg| {
                    if whole { line + " " + arg } else { line }
                });
            let mut process = json!({"uid": uid, "retcode": retcode, "comm": "cat", "envs": envs});
            let mut set = |name: &str, value: Option<Json>| {
                if let Some(value) = value {
                    process[name] = value;
                }
            };
            set("pid", pid.map(Json::from));
            set("start", start.map(|second| time(second).into()));
            set("start_ticks", ticks.map(Json::from));
            set("exit", exit.map(|second| time(second).into()));
            set("boot_id", boot.map(Json::from));
            set("ppid", ppid.map(Json::from));
            set("exe", exe.map(Json::from));
            set("cmd", program.map(|_| line.into()));
            set("args", args.map(Json::from));
            set("prev_exe", prev.map(Json::from));
            process
        },
    )
}

fn path() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => vec(select(vec!["etc", "passwd", "a", "etcetera"]), 1..4)
            .prop_map(|parts| format!("/{}", parts.join("/"))),
        2 => vec(select(vec!["etc", "passwd", "a", "", ""]), 0..4).prop_map(|parts| parts.join("/")),
    ]
}

fn peer() -> impl Strategy<Value = Json> {
    let name = || {
        select(vec![
            "evil.example",
            "www.example.com",
            "x.onion",
            "xonion",
            "ONION.",
            "10.0.0.1",
            "example",
            "",
            "www.examples.com",
            "Example.",
            "::1",
        ])
    };
    (
        option::weighted(0.9, select(ADDRESSES)),
        option::of(name()),
        vec(name(), 0..3),
        select(vec![0, 22, 443]),
    )
        .prop_map(|(address, name, names, port)| {
            let mut peer = json!({"names": names, "port": port});
            if let Some(address) = address {
                peer["address"] = address.into();
            }
            if let Some(name) = name {
                peer["name"] = name.into();
            }
            peer
        })
}

fn flow() -> impl Strategy<Value = Json> {
    let uuid = option::of(select(vec!["f1", "f2", ""]));
    let proto = option::weighted(0.95, select(vec!["tcp", "udp", "icmp", "icmpv6", "sctp"]));
    let version = option::of(select(vec![4, 6]));
    (uuid, proto, version, peer(), peer()).prop_map(|(uuid, proto, version, local, remote)| {
        let mut flow = json!({"local": local, "remote": remote, "flags": {"ongoing": false}});
        for (name, value) in [("uuid", uuid.map(Json::from)), ("proto", proto.map(Json::from))] {
            if let Some(value) = value {
                flow[name] = value;
            }
        }
        if let Some(version) = version {
            flow["ip_version"] = version.into();
        }
        flow
    })
}

/// What events of a run are about: one file, or one flow.
fn file() -> BoxedStrategy<Json> {
    path().prop_map(|path| json!({"file": {"file": path}})).boxed()
}

fn flows() -> BoxedStrategy<Json> {
    let kind = select(vec!["network_peer", "network_peer", "network_peer", "dropip", "dropdomain"]);
    (kind, flow()).prop_map(|(kind, flow)| json!({"event_type": kind, "flow": flow})).boxed()
}

/// One occurrence: which process and thing it is about, and what it brings.
#[derive(Debug, Clone)]
struct Occurrence {
    process: Index,
    thing: Index,
    executed: bool,
    actions: Vec<Action>,
    flags: Vec<Flag>,
    ancestry: Vec<Index>,
    uid: Option<i64>,
    step: i64,
    late: bool,
    timed: bool,
}

fn occurrence() -> impl Strategy<Value = Occurrence> {
    let about = (any::<Index>(), any::<Index>(), prop::bool::weighted(0.3));
    let brings = (vec(action(), 0..3), vec(flag(), 0..3));
    let rest = (vec(any::<Index>(), 0..3), option::weighted(0.2, 0i64..3));
    let time = (0i64..3, prop::bool::weighted(0.2), prop::bool::weighted(0.95));
    (about, brings, rest, time).prop_map(
        |((process, thing, executed), (actions, flags), (ancestry, uid), (step, late, timed))| {
            Occurrence {
                process,
                thing,
                executed,
                actions,
                flags,
                ancestry,
                uid,
                step,
                late,
                timed,
            }
        },
    )
}

/// Events about a few things by a few processes, in an order that time follows, but for one second now and then: less than any window.
fn run(thing: BoxedStrategy<Json>) -> impl Strategy<Value = Vec<Json>> {
    (vec(process(), 1..4), vec(thing, 1..4), vec(occurrence(), 1..24)).prop_map(
        |(processes, things, occurrences)| {
            let mut now = 2;
            let events = occurrences.into_iter().map(|occurrence| {
                let mut event = occurrence.thing.get(&things).clone();
                if event.get("flow").is_some() {
                    for flag in occurrence.flags {
                        event["flow"]["flags"][flag.name()] = true.into();
                    }
                } else {
                    let executed = occurrence.executed;
                    event["event_type"] = if executed { "execution" } else { "file_access" }.into();
                    let actions: ActionSet = occurrence.actions.into_iter().collect();
                    event["file"]["actions"] = actions.iter().map(Action::name).collect();
                }
                now += occurrence.step;
                if occurrence.timed {
                    event["timestamp"] = time(now - i64::from(occurrence.late)).into();
                }
                event["process"] = occurrence.process.get(&processes).clone();
                if let Some(uid) = occurrence.uid {
                    event["process"]["uid"] = uid.into();
                }
                let ancestry =
                    occurrence.ancestry.iter().map(|index| index.get(&processes).clone());
                event["background"] = json!({"ancestry": ancestry.collect::<Vec<_>>()});
                event
            });
            events.collect()
        },
    )
}

pub(super) fn file_events() -> impl Strategy<Value = Vec<Json>> {
    run(file())
}

pub(super) fn flow_events() -> impl Strategy<Value = Vec<Json>> {
    run(flows())
}

pub(super) fn any_events() -> impl Strategy<Value = Vec<Json>> {
    run(prop_oneof![file(), flows()].boxed())
}
