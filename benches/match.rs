//! Matching: what an event costs through 1, 60 and 1,000 recipes, and one that no recipe wants.
//!
//! `cargo bench -p reactant-benches --bench match`. One element is one event, from the parsed event to the verdict.

#![allow(missing_docs, reason = "criterion's macros write functions without them")]

use std::fmt::Write as _;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use reactant_core::{
    capability::Grants,
    engine::{Halt, Language, Source},
    event::{Event, Line},
    helper::Registry,
    limits::Limits,
    matcher::{Matcher, Options, State},
    recipe::{self, load, load::Scripts},
};

/// Recipes without reactions need no language.
struct NoScripts;

impl Scripts for NoScripts {
    fn language(&self, _format: &str) -> Option<&Language> {
        None
    }

    fn check(&self, _: &Language, _: &Source, _: &Limits) -> Result<(), Halt> {
        Ok(())
    }
}

fn matcher(yaml: &str) -> Matcher {
    let options = load::Options {
        scripts: &NoScripts,
        helpers: &Registry::default(),
        grants: &Grants::default(),
        limits: Limits::default(),
    };
    let loaded = recipe::load_text("bench.yaml", yaml, &options);
    assert!(!loaded.has_errors(), "{:#?}", loaded.diagnostics);
    Matcher::new(&loaded.recipes, Options::default())
}

/// Recipes in the proportions of published collections: most watch files, some executions, some the network.
fn collection(count: usize) -> String {
    let mut yaml = String::new();
    for n in 0..count {
        let (mechanism, breed) = match n % 10 {
            0..6 => ("file_access", "file_access"),
            6..8 => ("execution", "execution"),
            8 => ("network_peers", "remote_domains"),
            _ => ("network_peers", "remote_cidrs"),
        };
        let _ = write!(
            yaml,
            "- {{kind: bench, name: n{n}, version: 1, description: bench, importance: low, breed: {breed}, mechanism: {mechanism}, "
        );
        let _ = match n % 10 {
            0 => writeln!(
                yaml,
                "bases: [{{dir: /etc/app{n}}}, {{dir: /etc, base: shadow{n}}}], file_actions: modify_related}}"
            ),
            1 => writeln!(
                yaml,
                "base: secret{n}.key, file_actions: [open, read], file_actions_how: all}}"
            ),
            2 => {
                writeln!(yaml, "dir: /root/.ssh, regex: 'id_[a-z0-9]+{n}$', file_actions: [open]}}")
            }
            3 => writeln!(
                yaml,
                "regex: '^/(usr/)?lib{n}/systemd/.*\\.service$', file_actions: [create, write]}}"
            ),
            4 => writeln!(
                yaml,
                "dir: /var/spool/cron{n}, file_actions: modify_related, file_actions_excl: [execve]}}"
            ),
            5 => writeln!(
                yaml,
                "bases: [{{dir: /proc, base: mem{n}}}, {{base: kcore{n}}}], file_actions: [open]}}"
            ),
            6 => writeln!(
                yaml,
                "arbitrary: [{{how: OR, items: [{{what: cmd, pattern: '^(nc|ncat){n}$'}}, {{what: args, pattern: '\\s-e{n}\\s'}}]}}]}}"
            ),
            7 => writeln!(
                yaml,
                "base: tool{n}, arbitrary: [{{items: [{{what: uid, number: 0}}, {{what: parent_exe, pattern: 'sh$'}}]}}]}}"
            ),
            8 => writeln!(
                yaml,
                "remote_domains: [bad{n}.example, onion{n}], remote_domains_type: suffix, flow_actions: [egress]}}"
            ),
            _ => writeln!(
                yaml,
                "remote_cidrs: [198.51.{}.0/24, 203.0.113.{}/32], protocol: tcp}}",
                n % 256,
                n % 256
            ),
        };
    }
    yaml
}

fn parse(json: &str) -> Event {
    match Line::parse(json.as_bytes(), 1) {
        Ok(Line::Event(event)) => event,
        other => panic!("{json}: {other:?}"),
    }
}

const PROCESS: &str = r#""process":{"pid":4242,"ppid":4200,"uid":1000,"retcode":0,"start":"2026-11-24T10:14:00Z","comm":"curl","exe":"/usr/bin/curl",
    "cmd":"curl -s http://x","args":["-s","http://x"],"envs":["HOME=/root"]},
    "background":{"ancestry":[{"pid":1,"exe":"/sbin/init","cmd":"/sbin/init","args":[]},{"pid":4200,"ppid":1,"exe":"/bin/bash","cmd":"bash","args":[]},
    {"pid":4242,"ppid":4200,"exe":"/usr/bin/curl","cmd":"curl -s http://x","args":["-s","http://x"]}]}"#;

fn file(path: &str, actions: &str, kind: &str) -> Event {
    parse(
        &format!(r#"{{"event_type":"{kind}","timestamp":"2026-11-24T10:15:00Z",{PROCESS},"file":{{"file":"{path}","actions":{actions}}}}}"#)
            .replace('\n', ""),
    )
}

fn flow(address: &str, name: &str) -> Event {
    parse(
        &format!(
            r#"{{"event_type":"network_peer","timestamp":"2026-11-24T10:15:00Z",{PROCESS},"flow":{{"uuid":"{address}","proto":"tcp","ip_version":4,
            "local":{{"address":"10.0.0.5","port":51234,"name":"","names":[]}},"remote":{{"address":"{address}","port":443,"name":"{name}","names":["{name}"]}},
            "flags":{{"egress":true,"started":true}}}}}}"#
        )
        .replace('\n', ""),
    )
}

/// A hundred events as a server gives them: mostly libraries and logs, some of interest.
fn recording() -> Vec<Event> {
    let mut events = Vec::new();
    for n in 0..100 {
        events.push(match n % 10 {
            0..5 => file(
                &format!("/usr/lib/x86_64-linux-gnu/lib{n}.so.6"),
                r#"["open","read","mmap"]"#,
                "file_access",
            ),
            5 => file(&format!("/var/log/app/{n}.log"), r#"["open","write"]"#, "file_access"),
            6 => file(&format!("/etc/app/{n}.conf"), r#"["open","read"]"#, "file_access"),
            7 => file("/usr/bin/curl", r#"["execve"]"#, "execution"),
            8 => flow(&format!("192.0.2.{n}"), "cdn.example.com"),
            _ => flow(&format!("203.0.113.{n}"), "bad8.example"),
        });
    }
    events
}

fn run(matcher: &Matcher, state: &mut State, events: &[Event]) -> usize {
    let mut fired = 0;
    for event in events {
        let candidates = matcher.candidates(event);
        fired += matcher.judge(state, event, candidates).fired.len();
    }
    fired
}

fn matching(criterion: &mut Criterion) {
    let events = recording();
    let mut group = criterion.benchmark_group("match");
    group.throughput(Throughput::Elements(events.len() as u64));
    for count in [1, 60, 1000] {
        let matcher = matcher(&collection(count));
        group.bench_function(format!("{count} recipes"), |bencher| {
            bencher.iter_batched_ref(
                || matcher.state(),
                |state| run(&matcher, state, &events),
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

fn one_event(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("one event");
    group.throughput(Throughput::Elements(1));
    let mut bench = |name: &str, yaml: &str, event: Event| {
        let matcher = matcher(yaml);
        let mut state = matcher.state();
        group.bench_function(name, |bencher| {
            bencher.iter(|| run(&matcher, &mut state, std::slice::from_ref(&event)));
        });
    };
    let files = "- {kind: k, name: n, version: 1, description: d, importance: low, breed: file_access, mechanism: file_access, dir: /etc}\n";
    bench("nothing wants it", files, file("/usr/lib/libc.so.6", r#"["open"]"#, "file_access"));
    bench(
        "nothing of 60 wants it",
        &collection(60),
        file("/usr/lib/libc.so.6", r#"["open"]"#, "file_access"),
    );
    bench("a file fires", files, file("/etc/passwd", r#"["open"]"#, "file_access"));
    bench(
        "an execution through 60",
        &collection(60),
        file("/usr/bin/curl", r#"["execve"]"#, "execution"),
    );
    let mut cidrs = "- {kind: k, name: n, version: 1, description: d, importance: low, breed: remote_cidrs, mechanism: network_peers, remote_cidrs: [".to_owned();
    for n in 0..10_000 {
        let _ = write!(cidrs, "100.{}.{}.0/25, ", n / 250, n % 250);
    }
    cidrs.push_str("192.0.2.0/24]}\n");
    bench("an address among 10,000 CIDRs", &cidrs, flow("192.0.2.7", "cdn.example.com"));
    group.finish();
}

criterion_group!(benches, matching, one_event);
criterion_main!(benches);
