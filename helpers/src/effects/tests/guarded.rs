//! Nothing is done that is not on record first.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use reactant_core::{config::Budgets, helper::Level};
use serde_json::Value as Json;

use super::*;
use crate::{
    Standard,
    budget::Budget,
    effects::{Guarded, Real, Recording},
    folder::Folder,
    journal::{DiskCall, Journal, Options, lines, verify},
    store::Store,
    testing::{EVENT, already},
};

fn journal(folder: &Path) -> Arc<Journal> {
    Arc::new(Journal::open(Folder::hold(folder).unwrap(), "test", Options::default()).unwrap().0)
}

fn records(folder: &Path) -> Vec<Json> {
    let line = |line: std::io::Result<crate::journal::Line>| line.unwrap().text;
    lines(folder).unwrap().map(|read| serde_json::from_slice(&line(read)).unwrap()).collect()
}

fn caller(effects: impl crate::effects::Effects + 'static) -> Caller {
    let standard = Standard::new(Store::memory()).effects(Arc::new(effects)).armed(true);
    let mut caller = Caller { dry_run: false, ..Caller::new(&standard, EVENT) };
    caller.before();
    caller
}

#[test]
fn every_act_stands_in_the_journal_before_and_after() {
    let ground = tempfile::tempdir().unwrap();
    let recording = Arc::new(Recording::default());
    let journal = journal(ground.path());
    let caller = caller(Guarded::new(recording.clone(), journal));
    let path = ground.path().join("f");
    assert_eq!(caller.give("KillCurrent", &[]), done());
    assert_eq!(caller.give("KillCurrent", &[]), already("already exited"));
    assert_eq!(caller.give("NetBlockIpTimer", &[&"203.0.113.7", &60]), done());
    assert_eq!(caller.give("NetUnblockIp", &[&"203.0.113.7"]), done());
    assert_eq!(caller.give("WriteFile", &[&path, &"x".repeat(1000)]), done());
    assert_eq!(caller.give("AppendFile", &[&path, &"\u{9b}\n"]), done());
    let temp = caller.value("CreateTempDir", &[]).to_string();
    assert_eq!(caller.give("RemoveDir", &[&temp]), done());
    recording.fail_next("the disk is on fire");
    assert_eq!(caller.give("NetBlockIp", &[&"203.0.113.8"]), failed("the disk is on fire"));
    assert_eq!(caller.give("Deny", &[&"no"]), done());
    assert_eq!(caller.give("PowerOff", &[]), done());
    // Neither acts.
    caller.value("ReadFile", &[&path]);
    caller.value("Stat", &[&path]);
    let records = records(ground.path());
    let acts = records[1..].chunks(2).map(|pair| {
        let [intent, outcome] = pair else { panic!("{pair:?}") };
        assert_eq!((&intent["type"], &intent["n"]), (&"intent".into(), &outcome["of"]));
        assert_eq!((&intent["recipe"], &intent["uuid"]), (&"test".into(), &"u".into()));
        assert_eq!(intent["at"], "2026-11-24T10:15:00Z");
        let note = outcome["note"].as_str().unwrap_or_default();
        format!(
            "{} {} {note}",
            intent["helper"].as_str().unwrap(),
            outcome["result"].as_str().unwrap()
        )
    });
    let expected = [
        "KillCurrent done ",
        "KillCurrent already already exited",
        "NetBlockIpTimer done ",
        "NetUnblockIp done ",
        "WriteFile done ",
        "AppendFile done ",
        &format!("CreateTempDir done {temp}"),
        "RemoveDir done ",
        "NetBlockIp failed the disk is on fire",
        "Deny done ",
        "PowerOff done ",
    ];
    assert_eq!(acts.collect::<Vec<_>>(), expected);
    assert_eq!(records[1]["args"]["pid"], 4242);
    assert_eq!(records[1]["args"]["start"], "2026-11-24T10:14:00Z");
    assert_eq!(records[5]["args"]["until"], "2026-11-24T10:16:00Z");
    assert_eq!(records[9]["args"]["data"]["length"], 1000);
    assert_eq!(records[11]["args"]["data"], "\u{9b}\n");
    let verdict = verify(ground.path(), &[]).unwrap();
    assert_eq!((verdict.problems, verdict.open), (vec![], vec![]));
}

#[test]
fn a_refused_write_is_on_record_with_the_reason() {
    let ground = tempfile::tempdir_in("/tmp").unwrap();
    let data = ground.path().join("state");
    let caller = caller(Guarded::new(Arc::new(Real::default()), journal(&data)));
    let missing = ground.path().join("missing/f");
    assert_eq!(
        caller.give("WriteFile", &[&missing, &"x"]),
        about(&missing, "no such file or directory")
    );
    let records = records(&data);
    assert_eq!(records[2]["result"], "failed");
    assert!(records[2]["note"].as_str().unwrap().ends_with("no such file or directory"));
}

fn budgeted(folder: &Path, inner: Arc<dyn crate::effects::Effects>) -> Caller {
    let limits = Budgets { kills_per_minute: 2, writes_per_minute: 1, ..Budgets::default() };
    let journal = journal(folder);
    let budget = Arc::new(Budget::open(folder, limits).unwrap().resume(&journal));
    let mut protect = Protect::default();
    protect.add("/etc/**".parse().unwrap());
    caller(Guarded::new(inner, journal).within(budget, protect))
}

#[test]
fn a_recipe_that_used_up_its_budget_only_simulates_loudly() {
    let ground = tempfile::tempdir_in("/tmp").unwrap();
    let data = ground.path().join("state");
    let recording = Arc::new(Recording::default());
    let mut caller = budgeted(&data, recording.clone());
    let pids = [1001_i64, 1002, 1003, 1004];
    assert_eq!(caller.give("KillProcess", &[&pids[0]]), done());
    // Already gone: nothing was done, nothing is counted.
    for _ in 0..5 {
        assert_eq!(caller.give("KillProcess", &[&pids[0]]), already("already exited"));
    }
    recording.fail_next("it is not what it was");
    assert_eq!(caller.value("KillProcess", &[&pids[1]]), Value::Int(-1));
    assert_eq!(caller.give("KillProcess", &[&pids[1]]), done());
    let tripped = caller.call("KillProcess", &[&pids[2]]);
    let why = "its budget is used up (2 kills a minute): `test` only simulates until `reactant budget reset test`";
    assert_eq!((tripped.value, &*tripped.errno), (Value::Int(-1), why));
    assert_eq!(tripped.logs, [(Level::Error, why.to_owned())]);
    assert!(!tripped.actions[0].dry_run);
    let deeds = recording.take().len();
    assert_eq!(deeds, 8);

    // All that it does from here on is simulated, and says so, also after a restart.
    drop(caller);
    caller = budgeted(&data, Arc::new(Real::default()));
    let kill = caller.call("KillProcess", &[&pids[2]]);
    assert_eq!((kill.value, kill.actions[0].dry_run, kill.logs), (Value::Int(0), true, vec![]));
    assert_eq!(caller.give("KillProcess", &[&pids[2]]), already("already exited"));
    assert_eq!(caller.give("KillProcess", &[&499]), failed("pid 499 is below 500: never killed"));
    let path = ground.path().join("f");
    let write = caller.call("WriteFile", &[&path, &"x"]);
    assert!(write.value == Value::Int(0) && write.actions[0].dry_run && !path.exists());
    assert_eq!(caller.value("ReadFile", &[&path]), "x".into(), "it sees what it wrote");
    assert!(caller.errno("WriteFile", &[&"/etc/x", &"x"]).contains("protected by the pattern"));
    assert!(caller.call("PowerOff", &[]).actions[0].dry_run);

    // Others act.
    caller.named("other");
    assert_eq!(caller.give("WriteFile", &[&path, &"y"]), done());
    assert_eq!(fs::read_to_string(&path).unwrap(), "y");
    assert!(caller.errno("WriteFile", &[&path, &"z"]).contains("1 writes a minute"));
    assert_eq!(fs::read_to_string(&path).unwrap(), "y");
    let told: Vec<Json> =
        records(&data).into_iter().filter(|line| line["type"] == "tripped").collect();
    assert_eq!(told.len(), 2);
    assert_eq!((&told[0]["recipe"], &told[0]["kind"]), (&"test".into(), &"kills".into()));
    assert_eq!(verify(&data, &[]).unwrap().problems, []);
}

#[test]
fn a_restart_gives_no_new_budget() {
    let ground = tempfile::tempdir().unwrap();
    let data = ground.path().join("state");
    let mut recording = Arc::new(Recording::default());
    let mut caller = budgeted(&data, recording.clone());
    // None of these used anything up.
    recording.fail_next("it is not what it was");
    assert_eq!(caller.value("KillProcess", &[&1001]), Value::Int(-1));
    assert_eq!(caller.give("KillProcess", &[&1001]), done());
    assert_eq!(caller.give("KillProcess", &[&1001]), already("already exited"));
    let restart = |before: Caller| {
        drop(before);
        let recording = Arc::new(Recording::default());
        (budgeted(&data, recording.clone()), recording)
    };
    (caller, recording) = restart(caller);
    // Signalled, it goes some time.
    recording.fail_next(crate::texts::NOT_YET_GONE);
    assert_eq!(caller.value("KillProcess", &[&1002]), Value::Int(-1));
    (caller, _) = restart(caller);
    caller.named("other");
    assert_eq!(caller.give("KillProcess", &[&1003]), done(), "it has its own");
    caller.named("test");
    assert!(caller.errno("KillProcess", &[&1004]).contains("2 kills a minute"));
    // Whoever is reset begins anew, the others do not.
    drop(caller);
    let held = Folder::hold(&data).unwrap();
    let (journal, _) = Journal::open(held, "budget reset", Options::default()).unwrap();
    let budget = Budget::open(&data, Budgets::default()).unwrap();
    assert_eq!(budget.reset(&journal, None, None).unwrap(), ["test"]);
    drop(journal);
    caller = budgeted(&data, Arc::new(Recording::default()));
    assert_eq!(caller.give("KillProcess", &[&1005]), done());
    assert_eq!(caller.give("KillProcess", &[&1006]), done());
    assert!(caller.errno("KillProcess", &[&1007]).contains("2 kills a minute"));
    caller.named("other");
    assert_eq!(caller.give("KillProcess", &[&1008]), done());
    assert!(caller.errno("KillProcess", &[&1009]).contains("2 kills a minute"));
}

/// What the disk and the effects are asked for, in order.
#[derive(Debug, Default)]
struct Order(Mutex<Vec<String>>);

impl Order {
    fn push(&self, what: impl Into<String>) {
        self.0.lock().unwrap().push(what.into());
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// A journal whose calls stand in an order.
fn watched(
    folder: &Path,
    sync: Duration,
    order: &Arc<Order>,
    recording: &Arc<Recording>,
) -> Arc<Journal> {
    let (order, recording) = (Arc::clone(order), Arc::clone(recording));
    let watcher = move |call| {
        // Whatever was done since the last call.
        recording.take().iter().for_each(|_| order.push("act"));
        match call {
            DiskCall::Sync => order.push("sync"),
            DiskCall::Write(line) => {
                let line: Json = serde_json::from_str(&line).unwrap();
                order.push(line["type"].as_str().unwrap());
            }
        }
    };
    Arc::new(Journal::watched(Folder::hold(folder).unwrap(), Options { sync }, Arc::new(watcher)))
}

#[test]
fn what_announces_that_the_machine_stops_is_on_disk_before_it_does() {
    let (ground, order) = (tempfile::tempdir().unwrap(), Arc::new(Order::default()));
    let recording = Arc::new(Recording::default());
    let journal = watched(ground.path(), Duration::from_secs(3600), &order, &recording);
    assert_eq!(order.take(), ["start", "sync"]);
    let caller = caller(Guarded::new(recording, Arc::clone(&journal)));
    assert_eq!(caller.give("KillCurrent", &[]), done());
    assert_eq!(order.take(), ["intent", "act", "outcome"], "it need not be on disk");
    assert_eq!(caller.give("PowerOff", &[]), done());
    assert_eq!(order.take(), ["intent", "sync", "act", "outcome"]);
    drop((caller, journal));
    assert_eq!(order.take(), ["sync"], "what is due at the end is not forgotten");
}

#[test]
fn every_line_comes_to_the_disk_without_anything_more_being_asked() {
    let (ground, order) = (tempfile::tempdir().unwrap(), Arc::new(Order::default()));
    let recording = Arc::default();
    let journal = watched(ground.path(), Duration::from_millis(1), &order, &recording);
    order.take();
    let until = std::time::Instant::now() + Duration::from_secs(20);
    for _ in 0..20 {
        let reset = crate::journal::Entry::Reset { recipes: Vec::new(), by: None };
        journal.write(reset).unwrap();
        let mut seen = order.take();
        while seen.last().map(String::as_str) != Some("sync") {
            assert!(std::time::Instant::now() < until, "{seen:?}");
            std::thread::sleep(Duration::from_millis(1));
            seen.extend(order.take());
        }
        assert_eq!(seen, ["reset", "sync"], "once for each that was written before");
    }
}
