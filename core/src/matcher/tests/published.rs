//! Recipes as they are published, from YAML to the verdict.

use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::build::event;
use crate::{
    capability::Grants,
    engine::{Halt, Language, Source},
    helper::Registry,
    limits::Limits,
    matcher::{Matcher, Options, State},
    recipe::load::{self, Scripts, load_text},
};

/// Recipes without reactions need no language.
struct NoScripts;

impl Scripts for NoScripts {
    fn language(&self, _: &str) -> Option<&Language> {
        None
    }

    fn check(&self, _: &Language, _: &Source, _: &Limits) -> Result<(), Halt> {
        Ok(())
    }
}

struct Run {
    names: Vec<Arc<str>>,
    matcher: Matcher,
    state: State,
}

impl Run {
    fn new(yaml: &str) -> Run {
        let (helpers, grants) = (Registry::default(), Grants::default());
        let options = load::Options {
            scripts: &NoScripts,
            helpers: &helpers,
            grants: &grants,
            limits: Limits::default(),
        };
        let loaded = load_text("published.yaml", yaml, &options);
        assert!(!loaded.has_errors(), "{:#?}", loaded.diagnostics);
        let names = loaded.recipes.iter().map(|recipe| recipe.name.clone()).collect();
        let matcher = Matcher::new(&loaded.recipes, Options::default());
        let state = matcher.state();
        Run { names, matcher, state }
    }

    /// The names of the recipes that fire.
    fn fired(&mut self, json: &Json) -> Vec<&str> {
        let event = event(json);
        let candidates = self.matcher.candidates(&event);
        let verdict = self.matcher.judge(&mut self.state, &event, candidates);
        verdict.fired.iter().map(|index| &*self.names[*index]).collect()
    }
}

const RECIPES: &str = r#"
- kind: credentials
  name: shadow_read
  version: 1.0
  description: The password file is read by something else than what may
  breed: file_access
  mechanism: file_access
  importance: high
  file_actions: read_related
  bases:
    - {dir: /etc, base: shadow}
    - {dir: /etc, base: gshadow}
  arbitrary:
    - how: OR
      which: pertinent
      items:
        - {what: exe, which: irrelevant, pattern: ^/usr/s?bin/(sshd|passwd)$}
        - {what: ancient_exe, which: irrelevant, pattern: /cron$}

- kind: dropper
  name: dropped_and_run
  version: 1.0
  description: A file is written and run by one process
  breed: file_access
  mechanism: file_access
  importance: critical
  file_actions: write | execve
  file_actions_how: all
  file_actions_excl: [unlink]
  dir: /tmp

- kind: listing
  name: long_listing
  version: 1.0
  description: Published filters write the name and the arguments so
  breed: execution
  mechanism: execution
  importance: low
  arbitrary:
    - how: AND
      which: pertinent
      items:
        - {what: cmd, pattern: ^cat$}
        - {what: args, pattern: '\s-l\s'}

- kind: production_reaction
  name: seed_contains
  version: 2.1.0
  description: As the founding document writes it
  breed: execution
  mechanism: execution
  tactic: execution
  technique: T1059
  importance: high
  arbitrary:
    - how: OR
      which: pertinent
      items:
        - what: cmd
          which: contains
          pattern: "malicious_pattern"

- kind: anonymity
  name: onion
  version: 1.0
  description: A hidden service, or the address of a gate to them
  breed: remote_domains
  mechanism: network_peers
  importance: medium
  flow_actions: [egress]
  protocol: TCP
  remote_domains: [onion, onion.example]
  remote_domains_trie_type: suffix
  times:
    - {kind: times_per_hostname, max: 1}
"#;

fn access(path: &str, exe: &str, actions: Json) -> Json {
    json!({"event_type": "file_access", "process": {"pid": 7, "exe": exe}, "file": {"file": path, "actions": actions}})
}

fn execution(exe: &str, args: &str) -> Json {
    json!({"event_type": "execution", "process": {"pid": 7, "exe": exe, "comm": exe.rsplit('/').next(), "args": args},
        "file": {"file": exe, "actions": ["execve"]}})
}

fn flow(name: &str) -> Json {
    json!({"flow": {"proto": "TCP", "phase": {"direction": "egress"},
        "local": {"address": "10.0.0.5", "port": 51234}, "remote": {"address": "203.0.113.7", "port": 443, "names": [name]}}})
}

#[test]
fn a_list_of_what_may_is_a_group_of_irrelevant_items() {
    let mut run = Run::new(RECIPES);
    assert_eq!(run.fired(&access("/etc/shadow", "/tmp/x", json!(["read"]))), ["shadow_read"]);
    assert_eq!(run.fired(&access("/etc/gshadow", "/tmp/x", json!(["mmap"]))), ["shadow_read"]);
    assert!(run.fired(&access("/etc/shadow", "/usr/sbin/sshd", json!(["read"]))).is_empty());
    assert!(run.fired(&access("/etc/shadow", "/tmp/x", json!(["open"]))).is_empty());
    assert!(run.fired(&access("/etc/old/shadow", "/tmp/x", json!(["read"]))).is_empty());
    let mut by_cron = access("/etc/shadow", "/tmp/x", json!(["read"]));
    by_cron["background"] = json!({"ancestry": [{"pid": 1, "exe": "/usr/sbin/cron"}]});
    assert!(run.fired(&by_cron).is_empty());
}

#[test]
fn a_dropper_is_seen_in_two_events() {
    let mut run = Run::new(RECIPES);
    let mut written = access("/tmp/x", "/bin/sh", json!({"actions": ["open", "write"]}));
    assert!(run.fired(&written).is_empty());
    assert_eq!(run.fired(&execution("/tmp/x", "x")), ["dropped_and_run"]);
    written["file"]["actions"] = json!(["unlink"]);
    assert!(run.fired(&written).is_empty());
    assert!(run.fired(&execution("/tmp/x", "x")).is_empty(), "unlink vetoes");
}

#[test]
fn published_patterns_find_names_and_arguments() {
    let mut run = Run::new(RECIPES);
    assert_eq!(run.fired(&execution("/usr/bin/cat", "cat -l")), ["long_listing"]);
    assert_eq!(run.fired(&execution("/usr/bin/cat", "cat -l file")), ["long_listing"]);
    assert!(run.fired(&execution("/usr/bin/cat", "cat -la")).is_empty());
    assert!(run.fired(&execution("/usr/bin/tac", "tac -l")).is_empty());
    assert_eq!(run.fired(&execution("/bin/sh", "sh -c malicious_pattern.sh")), ["seed_contains"]);
}

#[test]
fn newer_spellings_of_a_flow_match_alike() {
    let mut run = Run::new(RECIPES);
    assert_eq!(run.fired(&flow("abc.Onion.")), ["onion"]);
    assert!(run.fired(&flow("ABC.onion")).is_empty(), "once a host");
    assert_eq!(run.fired(&flow("x.onion.example")), ["onion"]);
    assert!(run.fired(&flow("xonion.example")).is_empty());
}
