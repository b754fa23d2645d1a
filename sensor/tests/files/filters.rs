//! What leaves the kernel, and what is lost first.

use std::fs;

use serde_json::Value;

use crate::watch::{Watch, recipe};

pub(crate) const TESTS: &[(&str, fn())] = &[
    ("only_what_recipes_could_match_is_told", only_what_recipes_could_match_is_told),
    ("other_recipes_take_over_without_a_gap", other_recipes_take_over_without_a_gap),
    ("reads_go_first_and_everything_is_counted", reads_go_first_and_everything_is_counted),
];

fn actions(events: &[Value], name: &str) -> Vec<String> {
    let of = events.iter().filter(|event| event["file"]["basename"] == *name);
    let names = of.flat_map(|event| event["file"]["actions"].as_array().unwrap().clone());
    names.map(|name| name.as_str().unwrap().to_owned()).collect()
}

fn only_what_recipes_could_match_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let root = folder.path().display();
    for name in ["in", "out"] {
        fs::create_dir(path(name)).unwrap();
    }
    let recipes = [
        recipe("below", &format!("dir: {root}/in, file_actions: read")),
        recipe("one", &format!("dir: {root}, base: exact, file_actions: write")),
        recipe("name", "base: a-name-for-tests, file_actions: unlink"),
        recipe("ends", &format!("dir: {root}, file_actions: create")),
    ];
    let mut watch = Watch::new(&recipes.concat(), None);
    for name in
        ["in/file", "inside", "exact", "exactly", "out/exact", "out/a-name-for-tests", "out/a-name"]
    {
        fs::write(path(name), "x").unwrap();
        fs::read(path(name)).unwrap();
        fs::remove_file(path(name)).unwrap();
    }
    let events = watch.events(folder.path());
    let told = |name: &str| actions(&events, name);
    assert_eq!(told("file"), ["create", "read"]);
    assert_eq!(told("inside"), ["create"]);
    assert_eq!(told("exact"), ["create", "write", "create"], "of the one in the folder");
    assert_eq!(told("exactly"), ["create"]);
    assert_eq!(told("a-name"), ["create"]);
    assert!(told("a-name-for-tests").contains(&"unlink".to_owned()));
    let (_, figures) = watch.end();
    assert!(figures["kinds"]["file"]["filtered"].as_u64().unwrap() > 0, "{figures}");
}

fn other_recipes_take_over_without_a_gap() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().display();
    let always = recipe("always", &format!("dir: {root}, file_actions: [create]"));
    let mut watch = Watch::new(&always, None);
    let done = std::sync::atomic::AtomicBool::new(false);
    let made = std::thread::scope(|scope| {
        let maker = scope.spawn(|| {
            let mut made = 0;
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                fs::write(folder.path().join(format!("file-{made}")), "").unwrap();
                made += 1;
            }
            made
        });
        for number in 0..20 {
            let more =
                recipe("more", &format!("dir: /nowhere/{number}, file_actions: [read, write]"));
            watch.change(&(always.clone() + &more));
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        maker.join().unwrap()
    });
    let events = watch.events(folder.path());
    let told =
        events.iter().filter(|event| event["file"]["actions"] == Value::from(vec!["create"]));
    assert_eq!(told.count(), made);
    // What is new is told of what was told already under the former recipes.
    let path = folder.path().join("file-0");
    fs::read(&path).unwrap();
    watch.change(&(always + &recipe("more", &format!("dir: {root}, file_actions: [open]"))));
    fs::read(&path).unwrap();
    assert_eq!(actions(&watch.events(folder.path()), "file-0"), ["open"]);
}

fn reads_go_first_and_everything_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let hold = tempfile::NamedTempFile::new().unwrap();
    let root = folder.path().display();
    let recipes =
        recipe("all", &format!("dir: {root}, file_actions: [open, read, create, unlink]"));
    let watch = Watch::new(&recipes, Some(hold.path()));
    let path = |number: usize| folder.path().join(format!("a-file-with-a-long-name-{number}"));
    // Reads of files that are new each time, far more than the ring holds, then names that are made.
    for number in 0..10_000 {
        fs::write(path(number), "x").unwrap();
        fs::read(path(number)).unwrap();
        fs::remove_file(path(number)).unwrap();
    }
    let status = std::process::Command::new("/bin/true").status().unwrap();
    assert!(status.success());
    hold.close().unwrap();
    let (events, figures) = watch.end();
    let count = |action: &str| {
        let of = events.iter().filter(|event| event["event_type"] == "file_access");
        of.filter(|event| event["file"]["actions"].to_string().contains(action)).count()
    };
    let (reads, unlinks) = (count("\"read\""), count("\"unlink\""));
    assert!(
        reads > 0 && reads + 1000 < unlinks,
        "{reads} reads and {unlinks} removals were told: {figures}"
    );
    // The program was started when neither had room any more.
    let started = events.iter().any(|event| {
        event["event_type"] == "execution"
            && event["process"]["ppid"] == std::process::id()
            && event["process"]["exe"]
                .as_str()
                .is_some_and(|exe| exe.ends_with("true") || exe.ends_with("coreutils"))
    });
    assert!(started, "{figures}");
    let number = |value: &Value| value.as_u64().unwrap();
    let lost: u64 =
        figures["kinds"].as_object().unwrap().values().map(|kind| number(&kind["lost"])).sum();
    assert!(lost > 0);
    assert_eq!(number(&figures["made"]), number(&figures["read"]) + lost, "{figures}");
    // The next events say how many.
    assert!(events.iter().any(|event| event["lost"].as_u64().unwrap() > 0));
}
