//! A dry run tells what the real one would: the same steps give the same answers, and leave the same files to be seen.

use proptest::prelude::*;

use super::*;

/// Where the steps go, below a directory that both runs have alike.
const PATHS: [&str; 13] = [
    "f",
    "d",
    "d/",
    "d/g",
    "d/e",
    "d/e/h",
    "link",
    "way/x",
    "way/e/h",
    "missing/x",
    "f/x",
    "open/planted/x",
    "open/linked",
];

#[derive(Debug, Clone)]
enum Step {
    Write(&'static str, String),
    Append(&'static str, String),
    Read(&'static str),
    Stat(&'static str),
    RemoveDir(&'static str),
}

fn step() -> impl Strategy<Value = Step> {
    let path = || prop::sample::select(&PATHS[..]);
    prop_oneof![
        3 => (path(), "[a-c]{0,3}").prop_map(|(path, data)| Step::Write(path, data)),
        3 => (path(), "[a-c]{0,3}").prop_map(|(path, data)| Step::Append(path, data)),
        2 => path().prop_map(Step::Read),
        2 => path().prop_map(Step::Stat),
        1 => path().prop_map(Step::RemoveDir),
    ]
}

fn prepared() -> Ground {
    let ground = Ground::new();
    fs::write(ground.own("f"), "disk").unwrap();
    fs::create_dir_all(ground.own("d/e")).unwrap();
    fs::write(ground.own("d/e/h"), "deep").unwrap();
    symlink("f", ground.own("link")).unwrap();
    symlink("d", ground.own("way")).unwrap();
    symlink(ground.own("d"), ground.open("planted")).unwrap();
    // The overlay goes by paths: that two names are one file is lost on it, so no step writes the other name.
    fs::write(ground.own("twice"), "disk").unwrap();
    fs::hard_link(ground.own("twice"), ground.open("linked")).unwrap();
    ground
}

/// What the step gives, told without the directory's own name.
fn take(caller: &Caller, ground: &Ground, step: &Step) -> (String, String) {
    let at = |path: &str| format!("{}/{path}", ground.own.path().display());
    let (value, errno) = match step {
        Step::Write(path, data) => caller.give("WriteFile", &[&at(path), data]),
        Step::Append(path, data) => caller.give("AppendFile", &[&at(path), data]),
        Step::Read(path) => caller.give("ReadFile", &[&at(path)]),
        Step::Stat(path) => caller.give("Stat", &[&at(path)]),
        Step::RemoveDir(path) => caller.give("RemoveDir", &[&at(path)]),
    };
    let shown = match &value {
        // Times differ, and a directory's size is the file system's own affair.
        Value::Map(map) if map["isDir"] == Value::Bool(true) => map["mode"].to_string(),
        Value::Map(map) => format!("{} {}", map["mode"], map["size"]),
        other => other.to_string(),
    };
    (shown, errno.replace(ground.own.path().to_str().unwrap(), ""))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_dry_run_answers_as_the_real_one(steps in prop::collection::vec(step(), 1..25)) {
        let (disk, shadow) = (prepared(), prepared());
        let live = Caller::live();
        let dry = Caller { dry_run: true, ..Caller::live() };
        for step in &steps {
            prop_assert_eq!(take(&dry, &shadow, step), take(&live, &disk, step), "{:?}", step);
        }
        for path in PATHS {
            for step in [Step::Read(path), Step::Stat(path)] {
                prop_assert_eq!(take(&dry, &shadow, &step), take(&live, &disk, &step), "{:?}", step);
            }
        }
    }
}
