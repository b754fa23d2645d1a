//! The sentences of `recipes.md` on `times`.

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::build::{Run, with};
use crate::{
    matcher::{Options, TableFigures},
    recipe::{CountedBy, Mechanism, NoiseLimit, Recipe},
};

fn limited(limits: &[(CountedBy, u64, Option<u64>)]) -> Recipe {
    with(Mechanism::Execution, |recipe| {
        let limits = limits.iter().map(|(by, max, window)| NoiseLimit {
            by: *by,
            max: *max,
            window: window.map(Duration::from_secs),
        });
        recipe.times = limits.collect();
    })
}

fn event(second: i64) -> Json {
    let time = jiff::Timestamp::from_second(1_790_000_000 + second).unwrap().to_string();
    json!({"event_type": "execution", "timestamp": time,
        "process": {"pid": 42, "ppid": 41, "start": "2026-01-01T00:00:00Z", "exe": "/bin/cat", "cmd": "cat x"},
        "file": {"file": "/bin/cat", "actions": []},
        "background": {"ancestry": [{"pid": 1, "exe": "/sbin/init"},
            {"pid": 41, "exe": "/bin/sh", "start": "2026-01-01T00:00:00Z"}, {"pid": 42, "exe": "/bin/cat"}]}})
}

fn at(seconds: &[i64], recipe: &Recipe) -> Vec<bool> {
    let mut run = Run::new(std::slice::from_ref(recipe));
    seconds.iter().map(|second| run.fires(&event(*second))).collect()
}

#[test]
fn without_a_window_the_count_is_for_the_life_of_the_runtime() {
    let recipe = limited(&[(CountedBy::Total, 2, None)]);
    assert_eq!(at(&[0, 1, 2, 1_000_000], &recipe), [true, true, false, false]);
}

#[test]
fn what_is_held_back_is_reported_as_suppressed() {
    let mut run = Run::new(&[limited(&[(CountedBy::Total, 1, None)])]);
    assert_eq!(run.judge(&event(0)).suppressed, [0usize; 0]);
    let verdict = run.judge(&event(1));
    assert_eq!((verdict.fired, verdict.suppressed), (vec![], vec![0]));
}

#[test]
fn a_window_slides_with_event_time() {
    let recipe = limited(&[(CountedBy::Total, 2, Some(10))]);
    assert_eq!(
        at(&[0, 6, 9, 10, 11, 15, 16], &recipe),
        [true, true, false, true, false, false, true],
        "at 10 the first is a whole window old"
    );
}

#[test]
fn a_window_holds_where_event_time_goes_back() {
    let recipe = limited(&[(CountedBy::Total, 1, Some(10))]);
    assert_eq!(at(&[100, 95, 91, 90, 109, 110], &recipe), [true, false, false, true, false, true]);
}

#[test]
fn one_wrong_clock_does_not_silence_a_recipe() {
    let recipe = limited(&[(CountedBy::Total, 2, Some(10))]);
    let far = 1_000_000_000;
    assert_eq!(
        at(&[far, far, far, 0, 1, 2, 20, 21, 22], &recipe),
        [true, true, false, true, true, false, true, true, false]
    );
}

#[test]
fn two_clocks_in_turn_are_each_held_to_the_limit() {
    let recipe = limited(&[(CountedBy::Total, 2, Some(10))]);
    let seconds: Vec<i64> = (0..8).map(|turn| turn % 2 * 3600).collect();
    assert_eq!(at(&seconds, &recipe), [true, true, true, true, false, false, false, false]);
}

#[test]
fn every_limit_must_have_room_and_only_what_is_let_through_counts() {
    let recipe = limited(&[(CountedBy::Total, 2, None), (CountedBy::Exe, 1, Some(10))]);
    // The second is held back by the window alone; had it counted, the total would be full at 10.
    assert_eq!(at(&[0, 5, 10, 30], &recipe), [true, false, true, false]);
}

#[test]
fn no_room_at_all_lets_nothing_through() {
    assert_eq!(at(&[0], &limited(&[(CountedBy::Process, 0, None)])), [false]);
}

#[test]
fn an_event_without_time_takes_the_previous_ones() {
    let mut run = Run::new(&[limited(&[(CountedBy::Total, 1, Some(10))])]);
    let mut timeless = event(0);
    timeless["timestamp"] = Json::Null;
    assert!(run.fires(&event(100)));
    assert!(!run.fires(&timeless));
    run.judge(&event(109));
    assert!(!run.fires(&timeless));
    run.judge(&event(110));
    assert!(!run.fires(&timeless), "the event at 110 was let through");
}

/// Whether two events are counted as one subject.
fn together(by: CountedBy, change: impl FnOnce(&mut Json)) -> bool {
    let mut run = Run::new(&[limited(&[(by, 1, None)])]);
    assert!(run.fires(&event(0)));
    let mut other = event(0);
    change(&mut other);
    !run.fires(&other)
}

#[test]
fn each_kind_counts_by_its_own_subject() {
    let cases: [(CountedBy, &str, Json); 9] = [
        (CountedBy::Process, "/process/pid", json!(43)),
        (CountedBy::Process, "/process/start", json!("2026-01-01T00:00:01Z")),
        (CountedBy::ParentProcess, "/process/ppid", json!(1)),
        (CountedBy::ParentProcess, "/background/ancestry/1/start", json!("2026-01-02T00:00:00Z")),
        (CountedBy::Exe, "/process/exe", json!("/bin/tac")),
        (CountedBy::ParentExe, "/background/ancestry/1/exe", json!("/bin/bash")),
        (CountedBy::Cmd, "/process/cmd", json!("cat y")),
        (CountedBy::FullAncestry, "/background/ancestry/0/exe", json!("/init")),
        (CountedBy::FullAncestry, "/background/ancestry/2/exe", json!("/bin/tac")),
    ];
    for (by, pointer, value) in cases {
        assert!(together(by, |_| {}), "{by:?}");
        assert!(!together(by, |it| *it.pointer_mut(pointer).unwrap() = value), "{by:?} {pointer}");
    }
    assert!(together(CountedBy::Total, |it| it["process"] = json!({"pid": 1})));
    assert!(together(CountedBy::Exe, |it| it["process"]["pid"] = 43.into()));
}

#[test]
fn a_process_without_pid_is_counted_alone() {
    assert!(!together(CountedBy::Process, |it| it["process"] = json!({})));
    let mut run = Run::new(&[limited(&[(CountedBy::Process, 1, None)])]);
    let mut nobody = event(0);
    nobody["process"] = json!({});
    assert!(run.fires(&nobody));
    assert!(run.fires(&nobody));
    assert_eq!(run.state.figures().counters, TableFigures::default());
}

/// Nobody knows what they have in common: each is counted by its process.
#[test]
fn what_is_unknown_is_counted_by_its_process() {
    let cases = [
        (CountedBy::Exe, "exe", false),
        (CountedBy::Cmd, "cmd", false),
        (CountedBy::ParentExe, "exe", true),
        (CountedBy::FullAncestry, "exe", false),
    ];
    for (by, field, of_parent) in cases {
        let mut run = Run::new(&[limited(&[(by, 1, None)])]);
        let mut fires = |pid: i64, known: bool| {
            let mut it = event(0);
            let ancestry = it["background"]["ancestry"].as_array_mut().unwrap();
            if of_parent {
                ancestry[1]["pid"] = pid.into();
                ancestry[1][field] = if known { "/x".into() } else { "".into() };
                it["process"]["ppid"] = pid.into();
            } else {
                ancestry.pop();
                it["process"]["pid"] = pid.into();
                it["process"][field] = if known { "/x".into() } else { "".into() };
            }
            run.fires(&it)
        };
        assert_eq!([51, 52, 51].map(|pid| fires(pid, false)), [true, true, false], "{by:?}");
        assert_eq!([51, 52].map(|pid| fires(pid, true)), [true, false], "{by:?}");
    }
    for by in [CountedBy::Exe, CountedBy::Cmd, CountedBy::ParentExe, CountedBy::FullAncestry] {
        let nobody = |it: &mut Json| {
            it["process"] = json!({});
            it["background"] = json!({});
        };
        let mut run = Run::new(&[limited(&[(by, 1, None)])]);
        let mut it = event(0);
        nobody(&mut it);
        assert!(run.fires(&it) && run.fires(&it), "{by:?}");
    }
}

#[test]
fn an_ancestry_that_ends_before_the_process_is_completed() {
    let shortened = |exe: &str| {
        let exe = exe.to_owned();
        together(CountedBy::FullAncestry, |it| {
            it["background"]["ancestry"].as_array_mut().unwrap().pop();
            it["process"]["exe"] = exe.into();
        })
    };
    assert!(shortened("/bin/cat"));
    assert!(!shortened("/bin/tac"));
}

#[test]
fn programs_without_pids_do_not_share_a_count() {
    let mut run = Run::new(&[limited(&[(CountedBy::FullAncestry, 1, None)])]);
    let mut fires = |exe: &str| {
        let mut it = event(0);
        it["process"]["exe"] = exe.into();
        it["process"].as_object_mut().unwrap().remove("pid");
        for ancestor in it["background"]["ancestry"].as_array_mut().unwrap() {
            ancestor.as_object_mut().unwrap().remove("pid");
        }
        run.fires(&it)
    };
    assert_eq!(["/bin/cat", "/bin/tac", "/bin/cat"].map(&mut fires), [true, true, false]);
}

#[test]
fn a_host_is_the_remote_name_else_the_address_else_this_machine() {
    let recipe = with(Mechanism::NetworkPeers, |recipe| {
        recipe.times = vec![NoiseLimit { by: CountedBy::Hostname, max: 1, window: None }];
    });
    let mut run = Run::new(&[recipe]);
    let mut fires = |remote: Json| {
        run.fires(&json!({"event_type": "network_peer", "process": {"pid": 1}, "flow": {"remote": remote}}))
    };
    assert!(fires(json!({"name": "Evil.example.", "address": "203.0.113.7"})));
    assert!(!fires(
        json!({"name": "203.0.113.8", "names": ["evil.example"], "address": "203.0.113.8"})
    ));
    assert!(fires(json!({"name": "", "names": [], "address": "203.0.113.7"})));
    assert!(!fires(json!({"address": "::ffff:203.0.113.7"})));
    assert!(fires(json!({})));
    assert!(!fires(json!({"name": "here"})), "this machine was counted");
}

#[test]
fn full_counters_forget_the_key_that_was_idle_longest_and_count_it() {
    let options = Options { counters: 2, ..Options::default() };
    let mut run = Run::with(&[limited(&[(CountedBy::Exe, 1, None)])], options);
    let mut fires = |exe: &str| {
        let mut event = event(0);
        event["process"]["exe"] = exe.into();
        run.fires(&event)
    };
    assert!(fires("/a") && fires("/b"));
    assert!(!fires("/a"), "which is used again by being held back");
    assert!(fires("/c"));
    assert!(!fires("/a"));
    assert!(fires("/b"), "an evicted key starts anew");
    assert_eq!(run.state.figures().counters, TableFigures { entries: 2, evicted: 2 });
}

#[test]
fn the_limits_share_the_room_for_keys() {
    let options = Options { counters: 4, ..Options::default() };
    let both = limited(&[(CountedBy::Exe, 1, None), (CountedBy::Cmd, 1, None)]);
    let mut run = Run::with(&[both], options);
    for n in 0..5 {
        let mut event = event(0);
        event["process"]["exe"] = format!("/{n}").into();
        event["process"]["cmd"] = format!("{n}").into();
        assert!(run.fires(&event));
    }
    assert_eq!(run.state.figures().counters, TableFigures { entries: 4, evicted: 6 });
}

#[test]
fn the_times_of_a_window_are_bounded_too() {
    let options = Options { counters: 2, ..Options::default() };
    let mut run = Run::with(&[limited(&[(CountedBy::Exe, 1_000_000, Some(3600))])], options);
    for second in 0..100 {
        assert!(run.fires(&event(second)));
    }
    let held = 2 * crate::matcher::noise::STAMPS_PER_KEY as u64;
    assert_eq!(run.state.figures().counters, TableFigures { entries: 1, evicted: 100 - held });
}
