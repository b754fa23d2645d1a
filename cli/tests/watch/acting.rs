//! Reactions that act for real.

use std::fs;

use crate::{
    Test,
    scene::{Scene, killed, lines, lives, of_type, on_start},
};

pub(crate) const TESTS: &[Test] = &[
    ("a_planted_program_is_dead_and_on_record", a_planted_program_is_dead_and_on_record),
    ("a_dry_run_leaves_everything_as_it_was", a_dry_run_leaves_everything_as_it_was),
    ("a_budget_holds_a_watch_too", a_budget_holds_a_watch_too),
    ("whoever_asks_is_answered_while_it_watches", whoever_asks_is_answered_while_it_watches),
    ("a_full_disk_ends_the_recording_and_not_the_watch", a_full_disk_ends_the_recording),
];

const KILL: &str = "function process(data) { DataIncr('starts'); KillCurrent(); }";

fn a_planted_program_is_dead_and_on_record() {
    let mut scene = Scene::new();
    scene.recipes("kill.yaml", &on_start("kill", KILL));
    scene.watch(&["--data", "state"]);
    assert!(killed(scene.start_program()));
    let ended = scene.end();
    let actions = of_type(&ended.lines, "action");
    assert_eq!(actions.len(), 1, "{actions:?}");
    assert_eq!((&actions[0]["result"], &actions[0]["dry_run"]), (&0.into(), &false.into()));
    let verified = scene.reactant(&["audit", "verify", "--data", "state"]);
    assert!(verified.status.success(), "{verified:?}");
    let shown = scene.reactant(&["audit", "show", "--data", "state", "--output", "json"]);
    let shown = lines(std::str::from_utf8(&shown.stdout).unwrap());
    let kills: Vec<_> = shown.iter().filter(|act| act["helper"] == "KillCurrent").collect();
    assert_eq!(kills.len(), 1, "{shown:?}");
    assert_eq!(kills[0]["recipe"], "kill");
}

fn a_dry_run_leaves_everything_as_it_was() {
    let mut scene = Scene::new();
    let code = "function process(data) { KillCurrent(); WriteFile('@/evidence', 'x'); }";
    scene.recipes("kill.yaml", &on_start("kill", code));
    scene.watch(&["--dry-run", "--count", "1"]);
    let program = scene.start_program();
    let ended = scene.ended();
    assert!(ended.status.success(), "{}", ended.said);
    assert!(lives(program));
    let actions = of_type(&ended.lines, "action");
    assert_eq!(actions.len(), 2);
    assert!(actions.iter().all(|act| act["dry_run"] == true && act["result"] == 0), "{actions:?}");
    assert!(!scene.path("evidence").exists() && !scene.path("state").exists());
}

fn a_budget_holds_a_watch_too() {
    let mut scene = Scene::new();
    scene.recipes("kill.yaml", &on_start("kill", KILL));
    fs::write(scene.path("config.yaml"), "budgets: {kills_per_minute: 2}\n").unwrap();
    scene.watch(&["--data", "state", "--config", "config.yaml"]);
    assert!(killed(scene.start_program()) && killed(scene.start_program()));
    let third = scene.start_program();
    scene.wait_for("the third answer", |scene| of_type(&scene.written(), "outcome").len() == 3);
    assert!(lives(third));
    let ended = scene.end();
    let actions = of_type(&ended.lines, "action");
    assert_eq!(actions[2]["result"], -1, "{actions:?}");
    assert!(actions[2]["errno"].as_str().unwrap().contains("budget"), "{actions:?}");
}

fn whoever_asks_is_answered_while_it_watches() {
    let mut scene = Scene::new();
    scene.recipes("kill.yaml", &on_start("kill", KILL));
    scene.watch(&["--data", "state"]);
    assert!(killed(scene.start_program()));
    scene.wait_for("the outcome", |scene| !of_type(&scene.written(), "outcome").is_empty());
    let asked = scene.reactant(&["data", "get", "--data", "state", "kill", "starts"]);
    assert_eq!(String::from_utf8_lossy(&asked.stdout).trim(), "1", "{asked:?}");
    // There is one writer of a folder.
    let second = scene.reactant(&["watch", "-r", "recipes", "--data", "state"]);
    assert_eq!(second.status.code(), Some(2), "{second:?}");
    assert!(String::from_utf8_lossy(&second.stderr).contains("--data"), "{second:?}");
    scene.end();
}

fn a_full_disk_ends_the_recording() {
    let mut scene = Scene::new();
    scene.recipes("kill.yaml", &on_start("kill", KILL));
    // A file of the process's may not be larger than this; the kernel says EFBIG where a full disk says ENOSPC. The state is smaller.
    let mut command = std::process::Command::new("sh");
    command
        .args(["-c", "ulimit -f 64; trap '' XFSZ; exec \"$0\" \"$@\""])
        .args([env!("CARGO_BIN_EXE_reactant"), "watch", "--dry-run", "--output", "json"])
        .args(["-r", "recipes", "--record", "seen.jsonl"])
        .current_dir(&scene.folder)
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .stderr(fs::File::create(scene.path("said")).unwrap());
    scene.spawn(&mut command);
    scene.wait_for("the failure", |scene| {
        scene.run_program();
        scene.read("said").contains("nothing more is recorded")
    });
    // It goes on.
    scene.run_program();
    scene.signal(rustix::process::Signal::TERM);
    let ended = scene.ended();
    assert_eq!(ended.status.code(), Some(1), "{}", ended.said);
    assert!(ended.said.contains("lacks"), "{}", ended.said);
    let seen = scene.read("seen.jsonl");
    assert!(seen.ends_with('\n') && lines(&seen).len() > 1, "whole lines only");
}
