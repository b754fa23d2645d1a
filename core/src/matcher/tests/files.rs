//! The sentences of `recipes.md` on files and actions.

use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::build::{Run, actions, base, fires, with};
use crate::{
    event::{Action, ActionSet},
    matcher::{Options, TableFigures},
    recipe::{Base, How, Mechanism, Recipe},
};

fn access(path: &str, names: &str) -> Json {
    let names: Vec<&str> = names.split_ascii_whitespace().collect();
    json!({"event_type": "file_access", "process": {"pid": 7, "start": "2026-01-01T00:00:00Z"},
        "file": {"file": path, "actions": names}})
}

fn execution(path: &str) -> Json {
    json!({"event_type": "execution", "process": {"pid": 7, "start": "2026-01-01T00:00:00Z"},
        "file": {"file": path, "actions": ["execve"]}})
}

fn bases(entries: Vec<Base>) -> Recipe {
    with(Mechanism::FileAccess, |recipe| recipe.file.bases = entries)
}

fn matches(entry: Base, path: &str) -> bool {
    fires(&bases(vec![entry]), &access(path, "open"))
}

fn acting(named: &str, how: How, excluded: &str) -> Recipe {
    with(Mechanism::FileAccess, |recipe| {
        recipe.file.actions = actions(named);
        recipe.file.how = how;
        recipe.file.excluded = actions(excluded);
    })
}

#[test]
fn a_directory_covers_what_lies_below_it() {
    for path in ["/etc/passwd", "/etc/ssh/sshd_config"] {
        assert!(matches(base("/etc", "", ""), path), "{path}");
    }
    for path in ["/etcetera", "/etcetera/x", "/etc", "/etc/", "/var/etc/x", "etc/passwd", ""] {
        assert!(!matches(base("/etc", "", ""), path), "{path}");
    }
}

#[test]
fn the_root_directory_covers_every_absolute_path() {
    assert!(matches(base("/", "", ""), "/vmlinuz"));
    assert!(matches(base("/", "", ""), "/etc/ssh/sshd_config"));
    assert!(!matches(base("/", "", ""), "relative/path"));
    assert!(!matches(base("/", "", ""), "/"));
}

#[test]
fn a_name_beside_a_directory_lies_directly_in_it() {
    assert!(matches(base("/etc", "passwd", ""), "/etc/passwd"));
    assert!(!matches(base("/etc", "passwd", ""), "/etc/old/passwd"));
    assert!(matches(base("/", "vmlinuz", ""), "/vmlinuz"));
    assert!(!matches(base("/", "vmlinuz", ""), "/boot/vmlinuz"));
}

#[test]
fn a_name_is_the_last_component_exactly() {
    assert!(matches(base("", "passwd", ""), "/etc/passwd"));
    assert!(matches(base("", "passwd", ""), "passwd"));
    for path in ["/etc/passwd-", "/etc/passwd/x", "/etc/Passwd", "/etc/xpasswd"] {
        assert!(!matches(base("", "passwd", ""), path), "{path}");
    }
}

#[test]
fn an_expression_is_searched_for_in_the_whole_path() {
    assert!(matches(base("", "", "ssh/id_"), "/root/.ssh/id_ed25519"));
    assert!(!matches(base("", "", "^ssh"), "/root/.ssh/id_ed25519"));
}

#[test]
fn every_part_of_an_entry_must_hold_and_any_entry() {
    let entry = || base("/root", "id_rsa", "ssh");
    assert!(!matches(entry(), "/root/id_rsa"));
    assert!(matches(base("/root/.ssh", "id_rsa", "ssh"), "/root/.ssh/id_rsa"));
    let either = bases(vec![base("/etc", "", ""), base("", "id_rsa", "")]);
    assert!(fires(&either, &access("/root/id_rsa", "open")));
    assert!(fires(&either, &access("/etc/x", "open")));
    assert!(!fires(&either, &access("/root/x", "open")));
}

#[test]
fn expressions_match_alone_as_they_match_in_a_crowd() {
    let crowd: Vec<Recipe> = (0..40)
        .map(|n| {
            bases(vec![base("", "", &format!("^/tmp/{n}$")), base("/var", "", &format!("{n}$"))])
        })
        .collect();
    let mut run = Run::new(&crowd);
    assert_eq!(run.judge(&access("/tmp/17", "open")).fired, [17]);
    assert_eq!(run.judge(&access("/var/lib/23", "open")).fired, [3, 23]);
    assert_eq!(run.judge(&access("/opt/23", "open")).fired, [0usize; 0]);
}

#[test]
fn expressions_too_large_for_one_set_are_searched_for_in_parts() {
    // Each takes some megabytes; together they exceed the 10 MiB that a set may take.
    let large: Vec<Recipe> =
        (0..6).map(|n| bases(vec![base("", "", &format!(r"^/x/{n}\w{{150}}|^/y/{n}$"))])).collect();
    let mut run = Run::new(&large);
    assert_eq!(run.judge(&access("/y/5", "open")).fired, [5]);
    assert_eq!(run.judge(&access("/y/0", "open")).fired, [0]);
    assert_eq!(run.judge(&access(&format!("/x/3{}", "a".repeat(150)), "open")).fired, [3]);
}

#[test]
fn a_recipe_that_names_nothing_fires_on_every_file_event() {
    let recipe = with(Mechanism::FileAccess, |_| {});
    assert!(fires(&recipe, &access("/x", "open")));
    assert!(fires(&recipe, &access("/x", "")));
    assert!(fires(&recipe, &execution("/x")));
}

#[test]
fn an_entry_that_gives_no_part_is_any_file() {
    assert!(fires(&bases(vec![base("/etc", "", ""), base("", "", "")]), &access("/x", "open")));
}

#[test]
fn each_mechanism_judges_its_events() {
    let flow = json!({"event_type": "network_peer", "flow": {}});
    let events = [access("/x", "open"), execution("/x"), flow];
    let judged = |mechanism| events.each_ref().map(|event| fires(&with(mechanism, |_| {}), event));
    assert_eq!(judged(Mechanism::FileAccess), [true, true, false]);
    assert_eq!(judged(Mechanism::Execution), [false, true, false]);
    assert_eq!(judged(Mechanism::NetworkPeers), [false, false, true]);
    assert_eq!(judged(Mechanism::Baseline), [false, false, false]);
}

#[test]
fn a_disabled_recipe_keeps_its_place_and_never_fires() {
    let off = with(Mechanism::FileAccess, |recipe| recipe.enabled = false);
    let mut run = Run::new(&[off, with(Mechanism::FileAccess, |_| {})]);
    assert_eq!(run.judge(&access("/x", "open")).fired, [1]);
}

#[test]
fn actions_accumulate_on_one_file_of_one_process() {
    let mut run = Run::new(&[acting("open write", How::All, "")]);
    assert!(!run.fires(&access("/x", "open")));
    assert!(!run.fires(&access("/y", "write")));
    let mut other = access("/x", "write");
    other["process"]["start"] = "2026-01-01T00:00:01Z".into();
    assert!(!run.fires(&other), "a process is its pid and its start");
    let verdict = run.judge(&access("/x", "write"));
    assert_eq!((verdict.fired, verdict.actions), (vec![0], actions("open write")));
}

#[test]
fn an_action_that_the_recipe_does_not_name_does_not_make_it_fire_again() {
    let mut run = Run::new(&[acting("write", How::Any, "")]);
    assert!(!run.fires(&access("/x", "open")));
    assert!(run.fires(&access("/x", "write")));
    assert!(!run.fires(&access("/x", "close")));
    assert!(run.fires(&access("/x", "open write read")), "write is brought again");
    let mut run = Run::new(&[acting("open", How::Any, "")]);
    for names in ["open", "open mmap", "open mmap"] {
        assert!(run.fires(&access("/x", names)), "{names}");
    }
}

#[test]
fn without_named_actions_any_new_one_counts() {
    let mut run = Run::new(&[with(Mechanism::FileAccess, |_| {})]);
    assert!(run.fires(&access("/x", "open")));
    assert!(run.fires(&access("/x", "close")));
}

#[test]
fn the_same_event_a_thousand_times_fires_a_thousand_times() {
    let mut run = Run::new(&[acting("open write", How::All, "")]);
    let fired = (0..1000).filter(|_| run.fires(&access("/x", "open write"))).count();
    assert_eq!(fired, 1000);
}

#[test]
fn an_excluded_action_vetoes_for_as_long_as_it_is_in_the_set() {
    let mut run = Run::new(&[acting("write", How::Any, "execve")]);
    assert!(run.fires(&access("/x", "write")));
    assert!(!run.fires(&access("/x", "execve")));
    assert!(!run.fires(&access("/x", "write")), "execve came before");
    assert!(run.fires(&access("/y", "write")));
}

#[test]
fn a_process_without_pid_accumulates_nothing() {
    let mut run = Run::new(&[acting("open write", How::All, "")]);
    let nobody = |names| {
        let mut event = access("/x", names);
        event["process"] = json!({});
        event
    };
    assert!(!run.fires(&nobody("open")));
    assert!(!run.fires(&nobody("write")));
    assert!(run.fires(&nobody("open write")));
    assert_eq!(run.state.figures().pairs, TableFigures::default());
}

#[test]
fn a_process_is_its_pid_in_one_boot_and_its_start() {
    let own = |fields: Json| {
        let mut process =
            json!({"pid": 7, "start": "2026-11-24T10:00:00Z", "start_ticks": 5, "boot_id": "a"});
        for (name, value) in fields.as_object().unwrap() {
            process[name] = value.clone();
        }
        process
    };
    let same = |one: Json, other: Json| {
        let recipe = acting("open read", How::All, "");
        let mut run = Run::new(std::slice::from_ref(&recipe));
        let event = |process: Json, action: &str| {
            let mut event = access("/etc/passwd", action);
            event["process"] = process;
            event
        };
        assert!(!run.fires(&event(own(one), "open")));
        run.fires(&event(own(other), "read"))
    };
    assert!(same(json!({}), json!({})));
    // Ticks since one boot are exact; a time of start is computed from the clock, which may be set.
    assert!(same(json!({}), json!({"start": "2026-11-24T10:00:01Z"})));
    assert!(!same(json!({}), json!({"start_ticks": 6})));
    assert!(!same(json!({}), json!({"boot_id": "b"})));
    assert!(!same(json!({}), json!({"pid": 8})));
    let unknown = |start: &str| json!({"start": start, "start_ticks": null});
    assert!(!same(unknown("2026-11-24T10:00:00Z"), unknown("2026-11-24T10:00:01Z")));
    let [a, b] = ["a", "b"].map(|boot| json!({"start_ticks": null, "boot_id": boot}));
    assert!(!same(a, b));
    // Without the boot, ticks say less than the time.
    let [five, six] = [5, 6].map(|ticks| json!({"start_ticks": ticks, "boot_id": null}));
    assert!(same(five, six));
}

#[test]
fn an_execution_accumulates_with_the_accesses_of_its_file() {
    let dropped = acting("write execve", How::All, "");
    let executed = Recipe { mechanism: Mechanism::Execution, ..dropped.clone() };
    let mut run = Run::new(&[dropped, executed]);
    assert_eq!(run.judge(&access("/tmp/x", "write")).fired, [0usize; 0]);
    let verdict = run.judge(&execution("/tmp/x"));
    assert_eq!((verdict.fired, verdict.actions), (vec![0, 1], actions("write execve")));
}

#[test]
fn every_execution_is_one_that_counts() {
    let read = Recipe { mechanism: Mechanism::Execution, ..acting("read", How::Any, "") };
    let mut run = Run::new(&[acting("execve", How::Any, ""), read]);
    assert_eq!(run.judge(&execution("/bin/cat")).fired, [0]);
    let mut more = execution("/bin/cat");
    more["file"]["actions"] = json!(["read"]);
    assert_eq!(run.judge(&more).fired, [0, 1]);
    assert_eq!(run.judge(&more).fired, [0, 1]);
}

#[test]
fn an_execution_always_carries_execve() {
    let mut event = execution("/bin/true");
    event["file"]["actions"] = json!([]);
    let verdict = Run::new(&[acting("execve", How::All, "")]).judge(&event);
    assert_eq!((verdict.fired, verdict.actions), (vec![0], actions("execve")));
}

/// A filter that lets one event of a pair pass and drops another must not change what accumulates.
#[test]
fn actions_accumulate_whatever_the_filters_say() {
    let recipe = with(Mechanism::FileAccess, |recipe| {
        *recipe = acting("open write", How::All, "");
        recipe.file.bases = vec![base("/etc", "", "")];
        recipe.arbitrary = super::filters::pertinent("uid", "0");
    });
    let mut run = Run::new(&[recipe]);
    let by = |uid: i64, names| {
        let mut event = access("/etc/passwd", names);
        event["process"]["uid"] = uid.into();
        event
    };
    assert!(!run.fires(&by(1000, "open")));
    assert!(run.fires(&by(0, "write")));
}

#[test]
fn only_files_that_some_recipe_wants_are_remembered() {
    let mut run = Run::new(&[bases(vec![base("/etc", "", ""), base("", "", "^/srv/.*key")])]);
    for path in ["/usr/lib/x", "/srv/www", "/etc/passwd", "/srv/a.key"] {
        run.judge(&access(path, "open"));
    }
    assert_eq!(run.state.figures().pairs, TableFigures { entries: 2, evicted: 0 });
    let event = super::build::event(&access("/usr/lib/x", "open"));
    assert!(run.matcher.candidates(&event).is_empty());
}

#[test]
fn a_full_table_forgets_the_pair_that_was_idle_longest_and_counts_it() {
    let options = Options { pairs: 2, ..Options::default() };
    let mut run = Run::with(&[acting("open write", How::All, "")], options);
    run.judge(&access("/a", "open"));
    run.judge(&access("/b", "open"));
    run.judge(&access("/a", "close"));
    run.judge(&access("/c", "open"));
    assert_eq!(run.state.figures().pairs, TableFigures { entries: 2, evicted: 1 });
    assert!(run.fires(&access("/a", "write")));
    assert!(!run.fires(&access("/b", "write")), "an evicted pair starts anew");
    assert_eq!(run.state.figures().pairs, TableFigures { entries: 2, evicted: 2 });
}

#[test]
fn a_detection_shows_the_accumulated_set() {
    let mut run = Run::new(&[acting("open write", How::All, "")]);
    run.judge(&access("/x", "open"));
    let event = Arc::new(super::build::event(&access("/x", "write")));
    let candidates = run.matcher.candidates(&event);
    let verdict = run.matcher.judge(&mut run.state, &event, candidates);
    let detections = run.matcher.detections(&event, &verdict).collect::<Vec<_>>();
    let data: Json = serde_json::from_str(&detections[0].data.root().to_json_exact()).unwrap();
    let shown: ActionSet = data["file"]["actions"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|name| Action::from_name(name.as_str()?))
        .collect();
    assert_eq!(shown, actions("open write"));
    assert_eq!((detections.len(), detections[0].recipe_index), (1, 0));
}

#[test]
fn threads_share_a_matcher() {
    fn shared<T: Send + Sync>() {}
    fn moved<T: Send>() {}
    shared::<crate::matcher::Matcher>();
    moved::<crate::matcher::State>();
    moved::<crate::matcher::Candidates>();
}

#[test]
fn nothing_fires_without_recipes() {
    let verdict = Run::new(&[]).judge(&access("/x", "open"));
    assert_eq!((verdict.fired, verdict.actions), (vec![], ActionSet::EMPTY));
}
