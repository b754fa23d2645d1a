//! Files full of mistakes: each is found, at its place, with the way out.

use super::support::{load, show};

/// Ten mistakes, and good recipes between them.
const TEN: &str = r##"- kind: exec_watch
  name: first
  version: 1.0
  description: A recipe with mistakes of spelling
  breed: execution
  mechanisim: execution
  mechanism: executoin
  importance: hgih
  enabled: maybe

- kind: good
  name: good
  version: 2.1.0
  description: Loads all the same
  breed: file_access
  mechanism: file_access
  importance: low
  dir: /etc
  file_actions: [open_related, unlink]

- kind: net
  name: good
  version: 1.0
  description: Takes a name that is taken
  breed: remote_cidrs
  mechanism: network_peers
  importance: low
  remote_cidrs:
    - 10.0.0.0/8
    - 10.0.0.0/33

- kind: scripts
  name: scripts
  version: 1.0
  description: Mistakes in reactions
  breed: file_access
  mechanism: file_access
  importance: critical
  bases:
    - regex: "(unclosed"
  reactions:
    - format: python
      code: print("no")
    - format: js
    - format: js
      code: |
        // ü: columns count characters
        function process(data) {
          Info("é"); @@
        }
"##;

#[test]
fn ten_mistakes_give_ten_diagnostics_at_their_places() {
    let loaded = load(TEN);
    assert_eq!(loaded.diagnostics.len(), 10, "{}", show(&loaded.diagnostics));
    insta::assert_snapshot!(show(&loaded.diagnostics));
}

#[test]
fn the_good_recipes_load_beside_the_bad_ones() {
    let loaded = load(TEN);
    let names: Vec<_> = loaded.recipes.iter().map(|recipe| &*recipe.name).collect();
    assert_eq!((names, loaded.rejected), (vec!["good"], 3));
}

#[test]
fn every_check_of_a_value_has_its_message() {
    let loaded = load(
        r##"- kind: 7
  name: [a]
  version: {}
  description: true
  documentation: 1.5
  breed: execution
  mechanism: file_access
  importance: HIGH
  enabled: "true"
  tactic: []
  times:
    - {kind: times_per_prok, max: -1, window: 5 minutes}
    - max: 1.5
    - nothing
  arbitrary:
    - {how: XOR, which: contains, items: [{what: exes, pattern: x}]}
    - items:
        - {what: pid, pattern: "1"}
        - {what: exe, pattern: "(?=x)"}
        - {what: start_time, time: yesterday, when: before}
        - {what: remote, cidr: 300.0.0.1/8}
        - {what: exe}
        - {what: exe, which: contains}
        - {what: uid, numbers: [1, two]}
  file_actions: opne|read
  file_actions_how: some
  bases: {dir: /etc}
  local_port: 70000
  remote_port: "80"
  remote_ips: [10.0.0.0/8, host]
  remote_cidrs: 10.0.0.0/8
  local_cidrs: [10.0.0.0/255.0.0.0, "", 1.2.3.4.5]
  remote_domains: ["."]
  remote_domains_type: regex
  remote_domains_trie_type: suffix
  protocol: [tcp, sctp]
  capabilities: [fs.wirte, Kill, "process.kill:/x"]
  on_loss: stop
  when: during
  reactions:
    - {format: jss, code: x}
    - {format: rhai, code: "fn process(data) {}", file: x.rhai}
    - {format: rhai, code: "fn process(data) {}"}
    - {format: js, code: "process", timeout: 5, memory: 64MB, dry_run: 1, colour: red}
    - js
"##,
    );
    insta::assert_snapshot!(show(&loaded.diagnostics));
}
