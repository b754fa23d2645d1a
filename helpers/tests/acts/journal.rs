//! The journal where its writer is killed, and where the disk is full.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    thread,
    time::Duration,
};

use reactant_core::{seed::mix, value::Value};
use reactant_helpers::{
    effects::{Guarded, Real},
    folder::Folder,
    journal::{Came, Crash, Entry, Journal, Options, Record, lines, verify},
};

use crate::{
    Standard, Test,
    namespace::Kind::{Here, Processes},
    store::Store,
    testing::{Caller, EVENT},
    victim,
};

pub(crate) const TESTS: &[Test] = &[
    ("after_a_hundred_kills_no_act_is_without_an_intent", Here, killed),
    ("nothing_is_done_while_the_journal_cannot_be_written", Processes, full),
];

fn open(folder: &Path) -> (Journal, Crash) {
    Journal::open(Folder::hold(folder).unwrap(), "test", Options::default()).unwrap()
}

/// One whose acts are in the journal of a folder.
fn caller(folder: &Path) -> Caller {
    let real = Guarded::new(Arc::new(Real::default()), Arc::new(open(folder).0));
    let standard = Standard::new(Store::memory()).effects(Arc::new(real));
    Caller { dry_run: false, ..Caller::new(&standard, EVENT) }
}

/// Acts until it is killed. The rest of its name is where, and for how many times this is done there.
pub(crate) fn act(how: &str) -> ! {
    let (ground, round) = how.split_once(' ').unwrap();
    let ground = Path::new(ground);
    let caller = caller(&ground.join("state"));
    victim::name(round);
    for number in 0.. {
        let name = format!("{round}-{number}");
        assert_eq!(
            caller.value("WriteFile", &[&ground.join("acts").join(&name), &name]),
            Value::Int(0)
        );
        let line = format!("{name}\n");
        assert_eq!(caller.value("AppendFile", &[&ground.join("log"), &line]), Value::Int(0));
    }
    unreachable!()
}

fn killed() {
    const KILLS: u64 = 100;
    let seed = crate::seed();
    let ground = tempfile::tempdir().unwrap();
    let ground = ground.path().canonicalize().unwrap();
    fs::create_dir(ground.join("acts")).unwrap();
    for round in 0..KILLS {
        let (mut child, _) = victim::start(&format!("actor {} {round}", ground.display()));
        thread::sleep(Duration::from_micros(mix(seed, round) % 20_000));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    drop(open(&ground.join("state")));
    let verdict = verify(&ground.join("state"), &[]).unwrap();
    assert_eq!((&verdict.problems, &verdict.open, verdict.torn), (&vec![], &vec![], 0));

    let read = lines(&ground.join("state")).unwrap();
    let records: Vec<Record> = read.map(|line| line.unwrap().record.unwrap()).collect();
    let mut intents = BTreeMap::new();
    let (mut outcomes, mut unfinished, mut starts) = (0, 0, 0);
    for record in records {
        match record.entry {
            Entry::Intent { args, .. } => {
                let at = args["path"].as_str().unwrap().to_owned();
                intents.insert((at, args["data"].as_str().unwrap().to_owned()), record.n);
            }
            Entry::Outcome { result, .. } => {
                assert_eq!(result, Came::Done);
                outcomes += 1;
            }
            Entry::Crash { unfinished: left, .. } => unfinished += left.len(),
            Entry::Start { .. } => starts += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(starts, KILLS as usize + 1);
    assert_eq!(intents.len(), outcomes + unfinished, "every intent is accounted for");
    assert!(outcomes > 100 && unfinished > 0, "{outcomes} done, {unfinished} unfinished");
    // No act without an intent.
    let shown = |path: PathBuf| path.to_str().unwrap().to_owned();
    let mut acts = 0;
    for file in fs::read_dir(ground.join("acts")).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        if !name.starts_with(".reactant-") {
            let path = shown(ground.join("acts").join(&name));
            assert!(intents.contains_key(&(path, name.clone())), "{name}");
            acts += 1;
        }
    }
    let log = fs::read_to_string(ground.join("log")).unwrap();
    for line in log.lines() {
        assert!(intents.contains_key(&(shown(ground.join("log")), format!("{line}\n"))), "{line}");
        acts += 1;
    }
    assert!(outcomes <= acts && acts <= intents.len(), "{outcomes} {acts} {}", intents.len());
    println!("{outcomes} acts done, {unfinished} unfinished, {acts} seen");
}

fn full() {
    let ground = tempfile::tempdir().unwrap();
    let state = ground.path().join("state");
    fs::create_dir(&state).unwrap();
    let mut mount = Command::new("mount");
    mount.args(["-t", "tmpfs", "-o", "size=64k,mode=700", "none"]).arg(&state);
    assert!(mount.status().unwrap().success());
    let target = ground.path().canonicalize().unwrap().join("f");
    let before = caller(&state);
    let mut written = 0_u64;
    let why = loop {
        let (value, why) = before.give("WriteFile", &[&target, &written.to_string()]);
        if value != Value::Int(0) {
            break why;
        }
        written += 1;
    };
    assert!(
        why.contains("the journal cannot be written, and nothing is done without it: "),
        "{why}"
    );
    assert!(why.contains("No space left"), "{why}");
    // Either the announcement failed, and the file is as it was, or what came of it could not be told, and the answer says that it was done.
    let content: u64 = fs::read_to_string(&target).unwrap().parse().unwrap();
    assert_eq!(content + 1, written + u64::from(why.starts_with("done, but ")), "{why}");
    let verdict = verify(&state, &[]).unwrap();
    assert_eq!((verdict.problems, verdict.torn), (vec![], 0));
    assert!(before.errno("KillCurrent", &[]).contains("nothing is done without it"));
}
