use std::{
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
    sync::Arc,
    thread,
};

use proptest::prelude::*;

use super::*;

mod model;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + seconds).unwrap()
}

/// Runs a claim against each implementation.
fn each(claim: impl Fn(&Store)) {
    claim(&Store::memory());
    let folder = tempfile::tempdir().unwrap();
    claim(&Store::open(folder.path(), Durability::Process).unwrap());
}

fn each_with(quotas: Quotas, claim: impl Fn(&Store)) {
    claim(&Store::over(Memory::default(), quotas));
    let folder = tempfile::tempdir().unwrap();
    let disk = disk::Disk::open(folder.path(), Durability::Process).unwrap();
    claim(&Store::over(disk, quotas));
}

fn text(space: &Namespace<'_>, key: &str) -> Option<String> {
    space.get(key).unwrap().map(Content::into_text)
}

#[test]
fn what_was_set_is_read_in_its_own_namespace_only() {
    each(|store| {
        let (a, b) = (store.namespace("a", at(0)).unwrap(), store.namespace("ab", at(0)).unwrap());
        a.set("b", "1").unwrap();
        a.set("", "empty").unwrap();
        assert_eq!(text(&a, "b"), Some("1".into()));
        assert_eq!(text(&a, ""), Some("empty".into()));
        assert_eq!((text(&b, ""), b.size().unwrap()), (None, 0));
        assert_eq!(store.namespaces(at(0)).unwrap(), ["a"]);
        b.push(None, "x").unwrap();
        assert_eq!(store.namespaces(at(0)).unwrap(), ["a", "ab"]);
        assert!(a.delete("b").unwrap() && !a.delete("b").unwrap());
    });
}

#[test]
fn keys_and_values_come_in_key_order() {
    each(|store| {
        let space = store.namespace("r", at(0)).unwrap();
        for key in ["b", "ä", "a", "aa", "B", "\u{10000}", "\u{ffff}"] {
            space.set(key, &format!("v{key}")).unwrap();
        }
        let keys = space.keys().unwrap();
        assert_eq!(keys, ["B", "a", "aa", "b", "ä", "\u{ffff}", "\u{10000}"]);
        space.push(Some("aa0"), "one").unwrap();
        space.push(Some("aa0"), "two").unwrap();
        assert_eq!(space.values().unwrap()[2..5], ["vaa", "one", "two"]);
    });
}

#[test]
fn lists_and_texts_do_not_mix() {
    each(|store| {
        let space = store.namespace("r", at(0)).unwrap();
        space.set("text", "1").unwrap();
        space.push(Some("list"), "a\"b").unwrap();
        space.push(Some("list"), "c").unwrap();
        let holds_text = StoreError::HoldsText("text".into());
        let holds_list = StoreError::HoldsList("list".into());
        assert_eq!(space.push(Some("text"), "x"), Err(holds_text.clone()));
        assert_eq!(space.pop(Some("text")), Err(holds_text));
        assert_eq!(space.incr("list", 1), Err(holds_list.clone()));
        assert_eq!(space.cas("list", "", "x"), Err(holds_list));
        assert_eq!(text(&space, "list"), Some(r#"["a\"b","c"]"#.into()));
        assert!(space.has_value("c").unwrap() && !space.has_value("b").unwrap());
        space.set("list", "now text").unwrap();
        assert_eq!(text(&space, "list"), Some("now text".into()));
        space.delete("list").unwrap();
        space.push(Some("list"), "new").unwrap();
        assert_eq!(text(&space, "list"), Some(r#"["new"]"#.into()));
    });
}

#[test]
fn an_emptied_list_is_gone() {
    each(|store| {
        let space = store.namespace("r", at(0)).unwrap();
        space.push(Some("l"), "a").unwrap();
        space.push(Some("l"), "b").unwrap();
        assert_eq!(space.pop(Some("l")).unwrap(), Some("b".into()));
        assert_eq!(space.pop(Some("l")).unwrap(), Some("a".into()));
        assert_eq!((space.pop(Some("l")).unwrap(), space.size().unwrap()), (None, 0));
        assert!(!space.has_key("l").unwrap());
    });
}

#[test]
fn the_default_list_is_not_among_keys_values_and_size() {
    each(|store| {
        let space = store.namespace("r", at(0)).unwrap();
        space.push(None, "hidden").unwrap();
        assert_eq!((space.size().unwrap(), space.keys().unwrap().len()), (0, 0));
        assert!(space.values().unwrap().is_empty() && !space.has_value("hidden").unwrap());
        assert!(!space.is_vacant().unwrap());
        assert_eq!(space.pop(None).unwrap(), Some("hidden".into()));
        assert!(space.is_vacant().unwrap());
        space.push(None, "again").unwrap();
        space.set("k", "v").unwrap();
        space.clear().unwrap();
        assert!(space.is_vacant().unwrap());
    });
}

#[test]
fn an_expired_key_is_absent_everywhere() {
    each(|store| {
        let before = store.namespace("r", at(0)).unwrap();
        before.set_ttl("k", "v", 10).unwrap();
        before.set("stays", "v").unwrap();
        let last = store.namespace("r", at(9)).unwrap();
        assert_eq!((text(&last, "k"), last.size().unwrap()), (Some("v".into()), 2));
        let after = store.namespace("r", at(10)).unwrap();
        assert_eq!(after.size().unwrap(), 1);
        assert_eq!((text(&after, "k"), after.keys().unwrap()), (None, vec!["stays".to_owned()]));
        assert!(!after.has_key("k").unwrap() && after.cas("k", "", "anew").unwrap());
        assert_eq!(text(&store.namespace("r", at(1000)).unwrap(), "k"), Some("anew".into()));
    });
}

#[test]
fn counting_keeps_a_deadline_and_setting_ends_it() {
    each(|store| {
        let space = store.namespace("r", at(0)).unwrap();
        space.set_ttl("n", "1", 10).unwrap();
        assert_eq!(space.incr("n", 4).unwrap(), 5);
        space.set_ttl("m", "1", 10).unwrap();
        space.set("m", "2").unwrap();
        assert_eq!(store.namespace("r", at(10)).unwrap().keys().unwrap(), ["m"]);
        assert_eq!(space.set_ttl("x", "", u64::MAX), Err(StoreError::Deadline));
    });
}

#[test]
fn what_is_no_integer_cannot_be_counted() {
    each(|store| {
        let space = store.namespace("r", at(0)).unwrap();
        space.set("text", "one").unwrap();
        space.set("half", "0.5").unwrap();
        space.set("max", "9223372036854775807").unwrap();
        assert_eq!(space.incr("text", 1), Err(StoreError::NoInteger("text".into())));
        assert_eq!(space.incr("half", 1), Err(StoreError::NoInteger("half".into())));
        assert_eq!(space.incr("max", 1), Err(StoreError::Overflow("max".into())));
        assert_eq!(text(&space, "max"), Some("9223372036854775807".into()));
        assert_eq!(space.incr("max", -1), Ok(i64::MAX - 1));
    });
}

#[test]
fn quotas_are_checked_before_writing() {
    let quotas = Quotas { key: 4, value: 10, keys: 3, total: 152, ..Quotas::default() };
    each_with(quotas, |store| {
        let space = store.namespace("r", at(0)).unwrap();
        assert_eq!(space.set("12345", ""), Err(StoreError::Key { bytes: 5, limit: 4 }));
        let long = StoreError::Value { bytes: 11, limit: 10 };
        assert_eq!(space.set("k", "12345678901"), Err(long));
        // As JSON text: ["ab","c"] has ten bytes.
        space.push(Some("l"), "ab").unwrap();
        space.push(Some("l"), "c").unwrap();
        assert!(matches!(space.push(Some("l"), ""), Err(StoreError::Value { bytes: 13, .. })));
        space.set("a", "123").unwrap();
        space.set("b", "1").unwrap();
        assert_eq!(space.set("c", ""), Err(StoreError::Keys { limit: 3 }));
        assert_eq!(space.set("b", "1234567890"), Err(StoreError::Total { bytes: 154, limit: 152 }));
        assert_eq!(text(&space, "b"), Some("1".into()));
        space.set("b", "12345678").unwrap();
        assert!(matches!(space.push(None, ""), Err(StoreError::Total { .. })));
        space.delete("l").unwrap();
        space.push(None, "").unwrap();
        assert_eq!(space.get("12345"), Ok(None));
        assert_eq!(store.namespace("other", at(0)).unwrap().set("k", "1234567890"), Ok(()));
    });
}

#[test]
fn short_members_do_not_slip_below_the_quota_of_the_whole() {
    each_with(Quotas { total: 1000, ..Quotas::default() }, |store| {
        let space = store.namespace("r", at(0)).unwrap();
        let pushed = (0..100).take_while(|_| space.push(None, "").is_ok()).count();
        assert_eq!(pushed, 14);
        while space.pop(None).unwrap().is_some() {}
        assert_eq!(space.set("k", &"v".repeat(999)), Ok(()));
    });
}

#[test]
fn a_lists_size_is_that_of_its_json() {
    each_with(Quotas { value: 36, ..Quotas::default() }, |store| {
        let space = store.namespace("r", at(0)).unwrap();
        let member = "\u{0}\u{1f}\u{7f}\n\"\\é\u{2028}/";
        let bytes = serde_json::to_string(&[member]).unwrap().len() as u64;
        assert_eq!(bytes, 29);
        space.push(Some("k"), member).unwrap();
        let error = space.push(Some("k"), "12345").unwrap_err();
        assert_eq!(error, StoreError::Value { bytes: bytes + 8, limit: 36 });
    });
}

#[test]
fn an_answer_is_bounded_as_json_text() {
    each_with(Quotas { answer: 24, ..Quotas::default() }, |store| {
        let space = store.namespace("r", at(0)).unwrap();
        space.set("a", "\u{1}").unwrap();
        space.push(Some("b"), "12").unwrap();
        space.push(Some("b"), "\n").unwrap();
        let values = space.values().unwrap();
        assert_eq!(serde_json::to_string(&values).unwrap(), r#"["\u0001","12","\n"]"#);
        space.set("c", "").unwrap();
        space.set("dd", "").unwrap();
        let answer = StoreError::Answer { limit: 24 };
        assert_eq!(space.values(), Err(answer.clone()));
        assert_eq!(space.keys().unwrap(), ["a", "b", "c", "dd"]);
        // ["a","b","c","dd","efg"] has 24 bytes.
        space.set("efg", "").unwrap();
        assert_eq!(space.keys().unwrap().len(), 5);
        space.delete("efg").unwrap();
        space.set("efgh", "").unwrap();
        assert_eq!(space.keys(), Err(answer));
        assert_eq!((text(&space, "b"), space.size()), (Some(r#"["12","\n"]"#.into()), Ok(5)));
        assert!(space.has_value("\n").unwrap());
    });
}

#[test]
fn no_member_of_another_recipe_or_of_the_default_list_is_a_value() {
    each(|store| {
        let space = store.namespace("r", at(0)).unwrap();
        space.push(None, "own").unwrap();
        store.namespace("s", at(0)).unwrap().push(Some("l"), "theirs").unwrap();
        store.namespace("q", at(0)).unwrap().push(Some("l"), "theirs").unwrap();
        assert!(!space.has_value("own").unwrap() && !space.has_value("theirs").unwrap());
        space.push(Some("l"), "listed").unwrap();
        space.push(Some("m"), "gone").unwrap();
        space.pop(Some("m")).unwrap();
        assert!(space.has_value("listed").unwrap() && !space.has_value("gone").unwrap());
    });
}

#[test]
fn an_empty_text_is_not_absent_to_an_exchange() {
    each(|store| {
        let space = store.namespace("r", at(0)).unwrap();
        space.set("held", "").unwrap();
        assert_eq!(space.cas("held", "", "stolen"), Ok(false));
        assert_eq!(text(&space, "held"), Some(String::new()));
        assert_eq!(space.cas("lock", "", "me"), Ok(true));
        assert_eq!(space.cas("lock", "me", ""), Ok(true));
        assert!(!space.has_key("lock").unwrap());
        assert_eq!(space.cas("lock", "", ""), Ok(true));
        assert_eq!((space.cas("lock", "", "you"), space.size()), (Ok(true), Ok(2)));
    });
}

#[test]
fn counts_and_exchanges_are_atomic_across_threads() {
    each(|store| {
        let wins = thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(|| {
                        let space = store.namespace("r", at(0)).unwrap();
                        let mut wins = 0;
                        for round in 0..100 {
                            space.incr("n", 1).unwrap();
                            space.push(None, "x").unwrap();
                            wins +=
                                u64::from(space.cas(&format!("lock{round}"), "", "held").unwrap());
                        }
                        wins
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum::<u64>()
        });
        let space = store.namespace("r", at(0)).unwrap();
        assert_eq!((text(&space, "n"), wins), (Some("400".into()), 100));
        assert_eq!(space.export().unwrap().list.len(), 400);
    });
}

#[test]
fn an_export_imports_to_the_same_data() {
    each(|store| {
        let space = store.namespace("r", at(0)).unwrap();
        space.set("t", "text").unwrap();
        space.set_ttl("soon", "gone", 5).unwrap();
        space.push(Some("l"), "1").unwrap();
        space.push(Some("l"), "2").unwrap();
        space.push(None, "own").unwrap();
        let dump = space.export().unwrap();
        let json = serde_json::to_string(&dump).unwrap();
        let dump: Dump = serde_json::from_str(&json).unwrap();
        let copy = store.namespace("copy", at(0)).unwrap();
        copy.push(Some("l"), "replaced").unwrap();
        copy.import(&dump).unwrap();
        assert_eq!(copy.export().unwrap(), dump);
        let late = store.namespace("late", at(5)).unwrap();
        late.import(&dump).unwrap();
        assert_eq!(late.keys().unwrap(), ["l", "t"]);
    });
}

#[test]
fn an_import_that_passes_a_quota_changes_nothing() {
    each_with(Quotas { keys: 2, ..Quotas::default() }, |store| {
        let space = store.namespace("r", at(0)).unwrap();
        space.set("z", "old").unwrap();
        let entry = |text: &str| DumpEntry { content: Content::Text(text.into()), expires: None };
        let keys = ["a", "b", "z"].map(|key| (key.to_owned(), entry("new")));
        let dump = Dump { keys: keys.into(), list: Vec::new() };
        assert_eq!(space.import(&dump), Err(StoreError::Keys { limit: 2 }));
        assert_eq!(
            (space.keys().unwrap(), text(&space, "z")),
            (vec!["z".into()], Some("old".into()))
        );
        space.set("a", "fits").unwrap();
    });
}

#[test]
fn what_is_removed_leaves_no_row_behind() {
    let rows = Arc::new(Memory::default());
    let store = Store::over(Arc::clone(&rows), Quotas::default());
    let left = || {
        let mut left = 0;
        rows.scan(&[], &mut |_, _| {
            left += 1;
            true
        })
        .unwrap();
        left
    };
    let space = store.namespace("r", at(0)).unwrap();
    (0..3).for_each(|_| space.push(Some("set"), "m").unwrap());
    space.set("set", "text").unwrap();
    assert_eq!(left(), 1);
    (0..3).for_each(|_| space.push(Some("list"), "m").unwrap());
    space.push(None, "m").unwrap();
    space.set_ttl("soon", "v", 1).unwrap();
    // The clock is the last.
    assert_eq!(left(), 1 + 4 + 2 + 1 + 1);
    let space = store.namespace("r", at(1)).unwrap();
    assert!(space.delete("list").unwrap());
    space.pop(None).unwrap();
    assert_eq!(left(), 1);
    space.push(None, "m").unwrap();
    space.clear().unwrap();
    assert_eq!(left(), 0);
}

/// Fails its next commit, as a full disk would.
#[derive(Debug, Default)]
struct Failing {
    rows: Memory,
    fail: std::sync::atomic::AtomicBool,
}

impl Backend for Failing {
    fn get(&self, row: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.rows.get(row)
    }

    fn scan(
        &self,
        from: &[u8],
        visit: &mut dyn FnMut(&[u8], &[u8]) -> bool,
    ) -> Result<(), StoreError> {
        self.rows.scan(from, visit)
    }

    fn commit(&self, changes: Vec<Change>) -> Result<(), StoreError> {
        if self.fail.swap(false, std::sync::atomic::Ordering::Relaxed) {
            return Err(StoreError::Backend("disk full".to_owned()));
        }
        self.rows.commit(changes)
    }
}

#[test]
fn a_write_that_failed_is_not_counted() {
    let backend = Arc::new(Failing::default());
    let store = Store::over(Arc::clone(&backend), Quotas::default());
    let space = store.namespace("r", at(0)).unwrap();
    space.set("kept", "v").unwrap();
    backend.fail.store(true, std::sync::atomic::Ordering::Relaxed);
    assert!(matches!(space.set_ttl("lost", "v", 5), Err(StoreError::Backend(_))));
    assert_eq!((space.size(), space.keys()), (Ok(1), Ok(vec!["kept".into()])));
    let later = store.namespace("r", at(5)).unwrap();
    assert_eq!((later.size(), text(&later, "lost")), (Ok(1), None));
}

#[test]
fn a_folder_keeps_everything_over_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    {
        let store = Store::open(folder.path(), Durability::Disk).unwrap();
        let space = store.namespace("r", at(0)).unwrap();
        space.set_ttl("ttl", "v", 10).unwrap();
        space.set("k", "v").unwrap();
        space.push(Some("l"), "m").unwrap();
    }
    let store = Store::open(folder.path(), Durability::Disk).unwrap();
    assert_eq!(store.namespace("r", at(9)).unwrap().size(), Ok(3));
    let space = store.namespace("r", at(10)).unwrap();
    assert_eq!((space.size(), space.keys()), (Ok(2), Ok(vec!["k".into(), "l".into()])));
}

#[test]
fn a_new_folder_is_for_its_owner_only() {
    use std::os::unix::fs::MetadataExt;

    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("a/b");
    drop(Store::open(&folder, Durability::Process).unwrap());
    for path in [&folder, &parent.path().join("a")] {
        assert_eq!(std::fs::metadata(path).unwrap().mode() & 0o777, 0o700);
    }
}

#[test]
fn a_second_opener_is_told_who_holds_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let first = Store::open(folder.path(), Durability::Process).unwrap();
    let error = Store::open(folder.path(), Durability::Process).unwrap_err();
    assert_eq!(error, StoreError::InUse { folder: folder.path().to_owned() });
    assert!(error.to_string().contains("in use by another process"));
    drop(first);
    assert!(Store::open(folder.path(), Durability::Process).is_ok());
}

#[test]
fn a_folder_that_cannot_be_used_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "not a folder").unwrap();
    let error = Store::open(&file, Durability::Process).unwrap_err().to_string();
    assert!(error.contains("file` cannot be opened"), "{error}");
}

#[test]
fn a_damaged_folder_is_an_error_not_a_panic() {
    let names = {
        let folder = filled();
        files(folder.path())
    };
    assert!(names.len() >= 3, "{names:?}");
    for name in names.iter().filter(|name| !name.ends_with("lock")) {
        let folder = filled();
        std::fs::write(folder.path().join(name), b"garbage, garbage, garbage, garbage").unwrap();
        // Either it is refused, or what it still gives can be read without a panic.
        match Store::open(folder.path(), Durability::Process) {
            Err(error) => {
                assert!(error.to_string().contains("cannot be opened"), "{name}: {error}")
            }
            Ok(store) => drop(store.namespace("r", at(0)).unwrap().export()),
        }
    }
}

fn filled() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), Durability::Process).unwrap();
    let space = store.namespace("r", at(0)).unwrap();
    (0..100).for_each(|number| space.set(&format!("k{number}"), "v").unwrap());
    folder
}

fn files(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                names.push(path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    names.sort();
    names
}

/// What a journal lost at its head is not a crash's trace; what it lost at its end is.
#[test]
fn a_store_that_lost_what_it_acknowledged_is_refused() {
    let journal = |folder: &Path| {
        let name = files(folder).into_iter().find(|name| name.ends_with(".jnl")).unwrap();
        folder.join(name)
    };
    let head: [fn(&mut Vec<u8>); 2] =
        [|bytes| bytes.clear(), |bytes| bytes[20..84].iter_mut().for_each(|byte| *byte ^= 0xa5)];
    for damage in head {
        let folder = filled();
        let path = journal(folder.path());
        let mut bytes = std::fs::read(&path).unwrap();
        damage(&mut bytes);
        std::fs::write(&path, bytes).unwrap();
        for _ in 0..2 {
            let error = Store::open(folder.path(), Durability::Process).unwrap_err().to_string();
            assert!(error.contains("what was written is lost"), "{error}");
        }
    }
    let folder = filled();
    let path = journal(folder.path());
    let mut bytes = std::fs::read(&path).unwrap();
    // The file may be longer than what was written to it.
    let end = bytes.iter().rposition(|byte| *byte != 0).unwrap();
    bytes.truncate(end - 5);
    std::fs::write(&path, bytes).unwrap();
    let store = Store::open(folder.path(), Durability::Process).unwrap();
    let size = store.namespace("r", at(0)).unwrap().size().unwrap();
    assert!((90..100).contains(&size), "{size}");
}

/// Looking at a store opened by another clock removes nothing.
#[test]
fn a_namespace_rests_at_the_newest_time_of_its_writes() {
    each(|store| {
        let space = store.namespace("r", at(0)).unwrap();
        space.set_ttl("soon", "v", 10).unwrap();
        space.set_ttl("later", "v", 100).unwrap();
        store.namespace("r", at(9)).unwrap().set("k", "v").unwrap();
        store.namespace("r", at(5)).unwrap().set("k", "w").unwrap();
        let resting = store.resting("r").unwrap();
        assert_eq!(resting.keys().unwrap(), ["k", "later", "soon"]);
        assert_eq!(store.resting_namespaces().unwrap(), ["r"]);
        let dump = resting.export().unwrap();
        assert_eq!(store.namespace("r", at(9)).unwrap().export().unwrap(), dump);
        store.namespace("r", at(50)).unwrap().set("k", "v").unwrap();
        assert_eq!(store.resting("r").unwrap().keys().unwrap(), ["k", "later"]);
        // Without a deadline there is no clock, and what is imported is not judged.
        let other = store.resting("other").unwrap();
        other.import(&dump).unwrap();
        assert_eq!(store.resting("other").unwrap().keys().unwrap(), ["k", "later", "soon"]);
    });
}

const CHILD: &str = "REACTANT_TEST_STORE";
const ROUND: &str = "REACTANT_TEST_ROUND";

#[test]
#[ignore = "the child that `acknowledged_writes_survive_a_kill` starts"]
fn child_that_writes_until_it_is_killed() {
    let Some(folder) = std::env::var_os(CHILD) else { return };
    let round = std::env::var(ROUND).unwrap();
    let store = Arc::new(Store::open(Path::new(&folder), Durability::Process).unwrap());
    let threads = (0..3).map(|thread| {
        let (store, name) = (Arc::clone(&store), format!("{round}-{thread}"));
        thread::spawn(move || {
            for number in 0_u64.. {
                let space = store.namespace(&name, at(0)).unwrap();
                space.set(&format!("k{}", number % 5000), &number.to_string()).unwrap();
                space.push(Some("list"), "m").ok();
                space.incr("n", 1).unwrap();
                writeln!(std::io::stdout().lock(), "ack {thread} {number}").unwrap();
            }
        })
    });
    threads.collect::<Vec<_>>().into_iter().for_each(|thread| thread.join().unwrap());
}

#[test]
fn acknowledged_writes_survive_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    for round in ["first", "second"] {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "store::tests::child_that_writes_until_it_is_killed"])
            .args(["--ignored", "--nocapture"])
            .env(CHILD, folder.path())
            .env(ROUND, round)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut acknowledged = 0;
        let mut last = [None::<u64>; 3];
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            // libtest's own lines are among them, and the line that the kill cut.
            let words: Vec<&str> = line.split(' ').collect();
            let [.., "ack", thread, number] = words[..] else { continue };
            let (Ok(thread), Ok(number)) = (thread.parse::<usize>(), number.parse()) else {
                continue;
            };
            // Only whole lines follow one another by one.
            if last[thread].map_or(0, |last: u64| last + 1) == number {
                last[thread] = Some(number);
            }
            acknowledged += 1;
            if acknowledged == 400 {
                child.kill().unwrap();
            }
        }
        child.wait().unwrap();
        assert!(acknowledged >= 400);
        let store = Store::open(folder.path(), Durability::Process).unwrap();
        for (thread, last) in last.iter().enumerate() {
            let Some(last) = last else { continue };
            let space = store.namespace(&format!("{round}-{thread}"), at(0)).unwrap();
            for number in last.saturating_sub(4999)..=*last {
                // A later round may have begun to overwrite what this one acknowledged.
                let stored = text(&space, &format!("k{}", number % 5000)).unwrap();
                assert!(stored.parse::<u64>().unwrap() >= number, "{thread}: {number} is lost");
            }
            let counted: u64 = text(&space, "n").unwrap().parse().unwrap();
            assert!(counted > *last, "{thread}: {counted} counts, {last} acknowledged");
        }
        assert!(last.iter().any(Option::is_some));
    }
}
