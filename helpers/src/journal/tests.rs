//! What is done to a journal is found, and what a crash leaves is told.

use std::{fs, io::Write};

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;

fn open(ground: &Path) -> (Journal, Crash) {
    Journal::open(Folder::hold(ground).unwrap(), "test", Options::default()).unwrap()
}

fn intent(recipe: &str) -> Entry {
    Entry::Intent {
        recipe: recipe.to_owned(),
        reaction: 0,
        uuid: "u".to_owned(),
        helper: "KillCurrent".to_owned(),
        kind: Some(Kind::Kills),
        at: jiff::Timestamp::UNIX_EPOCH,
        args: serde_json::Map::new(),
    }
}

fn outcome(of: u64) -> Entry {
    Entry::outcome(of, Came::Done, "")
}

/// A journal of a start and so many acts.
fn written(ground: &Path, acts: usize) -> Head {
    let (journal, crash) = open(ground);
    assert!(crash.is_empty(), "{crash:?}");
    for number in 0..acts {
        let of = journal.write(intent(&format!("r{number}"))).unwrap();
        journal.write(outcome(of)).unwrap();
    }
    journal.head()
}

fn text_of(ground: &Path) -> Vec<String> {
    let text = fs::read_to_string(ground.join(JOURNAL)).unwrap();
    text.lines().map(str::to_owned).collect()
}

fn put(ground: &Path, lines: &[String]) {
    fs::write(
        ground.join(JOURNAL),
        lines.iter().map(|line| format!("{line}\n")).collect::<String>(),
    )
    .unwrap();
}

/// What is found without the head.
fn problems(ground: &Path) -> Vec<Problem> {
    let found = verify(ground, &[]).unwrap().problems;
    found.into_iter().filter(|problem| !problem.what.contains("is the head")).collect()
}

#[test]
fn a_line_carries_the_hash_of_the_one_before() {
    let ground = tempfile::tempdir().unwrap();
    let head = written(ground.path(), 2);
    let lines = text_of(ground.path());
    assert_eq!(lines.len(), 5);
    let parsed: Vec<Json> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(parsed[0]["prev"], "0".repeat(64));
    for (before, line) in lines.iter().zip(&parsed[1..]) {
        // By another implementation's count.
        let digest = <sha2::Sha256 as sha2::Digest>::digest(before.as_bytes());
        assert_eq!(line["prev"], format!("{digest:x}"));
    }
    assert_eq!(parsed[0]["type"], "start");
    assert_eq!((&parsed[1]["type"], &parsed[1]["n"]), (&json!("intent"), &json!(2)));
    assert_eq!((&parsed[2]["type"], &parsed[2]["of"]), (&json!("outcome"), &json!(2)));
    assert_eq!(head, Head { line: 5, hash: Hash::of(lines[4].as_bytes()) });
    assert_eq!(super::head(ground.path()).unwrap(), head);
    let verdict = verify(ground.path(), &[head.hash, Hash::of(lines[1].as_bytes())]).unwrap();
    assert_eq!(verdict, Verdict { head, ..Verdict::default() });
}

#[test]
fn a_removed_or_reordered_line_is_found() {
    let ground = tempfile::tempdir().unwrap();
    written(ground.path(), 5);
    let whole = text_of(ground.path());
    assert_eq!(problems(ground.path()), []);
    for at in 0..whole.len() - 1 {
        let mut lines = whole.clone();
        lines.remove(at);
        put(ground.path(), &lines);
        assert_eq!(problems(ground.path())[0].line, at as u64 + 1, "line {} removed", at + 1);
        lines.clone_from(&whole);
        lines.swap(at, at + 1);
        put(ground.path(), &lines);
        assert_eq!(problems(ground.path())[0].line, at as u64 + 1, "line {} moved", at + 1);
        lines.clone_from(&whole);
        lines.insert(at, whole[at].clone());
        put(ground.path(), &lines);
        assert_eq!(problems(ground.path())[0].line, at as u64 + 2, "line {} doubled", at + 1);
    }
}

#[test]
fn a_cut_end_and_a_rewrite_are_found_by_a_head_only() {
    let ground = tempfile::tempdir().unwrap();
    let head = written(ground.path(), 5);
    let whole = text_of(ground.path());
    for left in 0..whole.len() {
        put(ground.path(), &whole[..left]);
        assert_eq!(problems(ground.path()), [], "{left} lines left");
        let found = verify(ground.path(), &[]).unwrap().problems;
        assert_eq!(found.len(), 1, "{left} lines left");
        assert!(found[0].what.contains(&head.hash.to_string()), "{}", found[0].what);
    }
    // Anew from the beginning, the head beside it too.
    fs::remove_file(ground.path().join(JOURNAL)).unwrap();
    fs::remove_file(ground.path().join(HEAD)).unwrap();
    written(ground.path(), 5);
    assert_eq!(verify(ground.path(), &[]).unwrap().problems, []);
    assert_eq!(verify(ground.path(), &[head.hash]).unwrap().problems.len(), 1);
    // A head that is gone is no reason to believe.
    fs::remove_file(ground.path().join(HEAD)).unwrap();
    assert_eq!(verify(ground.path(), &[]).unwrap().problems.len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_changed_byte_is_found(at in any::<prop::sample::Index>(), with in any::<u8>()) {
        let ground = tempfile::tempdir().unwrap();
        written(ground.path(), 4);
        let mut bytes = fs::read(ground.path().join(JOURNAL)).unwrap();
        let at = at.index(bytes.len());
        prop_assume!(bytes[at] != with);
        bytes[at] = with;
        fs::write(ground.path().join(JOURNAL), &bytes).unwrap();
        let found = verify(ground.path(), &[]).unwrap();
        // The last line's end is no byte of a line: without it the line is torn.
        prop_assert!(!found.problems.is_empty());
    }

    #[test]
    fn nothing_in_the_place_of_a_journal_panics_or_cannot_be_gone_on_with(
        bytes in prop::collection::vec(prop_oneof![any::<u8>(), Just(b'\n')], 0..200),
        kept in prop::option::of("\\PC{0,90}"),
    ) {
        let ground = tempfile::tempdir().unwrap();
        fs::write(ground.path().join(JOURNAL), &bytes).unwrap();
        if let Some(kept) = kept {
            fs::write(ground.path().join(HEAD), kept).unwrap();
        }
        let _ = verify(ground.path(), &[]).unwrap();
        let (journal, _) = open(ground.path());
        let of = journal.write(intent("r")).unwrap();
        journal.write(outcome(of)).unwrap();
        drop(journal);
        let text = fs::read(ground.path().join(JOURNAL)).unwrap();
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        prop_assert!(text.starts_with(&bytes[..whole]), "complete lines stay as they were");
    }
}

#[test]
fn a_torn_last_line_is_told_and_cut_and_the_chain_goes_on() {
    let ground = tempfile::tempdir().unwrap();
    written(ground.path(), 2);
    let mut file = fs::OpenOptions::new().append(true).open(ground.path().join(JOURNAL)).unwrap();
    file.write_all(b"{\"n\":6,\"prev\":\"\x1b[2J").unwrap();
    let verdict = verify(ground.path(), &[]).unwrap();
    assert_eq!((verdict.torn, verdict.problems), (19, vec![]));
    let (journal, crash) = open(ground.path());
    assert_eq!(crash, Crash { torn: 19, ..Crash::default() });
    drop(journal);
    let lines = text_of(ground.path());
    let told: Json = serde_json::from_str(&lines[5]).unwrap();
    assert_eq!(
        (&told["type"], &told["torn"]),
        (&json!("crash"), &json!("{\"n\":6,\"prev\":\"\u{1b}[2J"))
    );
    assert!(lines[5].is_ascii() && !lines[5].contains('\u{1b}'));
    assert_eq!(verify(ground.path(), &[]).unwrap().problems, []);
    assert!(open(ground.path()).1.is_empty(), "it is told once");
}

#[test]
fn an_intent_without_an_outcome_is_told_at_the_next_start() {
    let ground = tempfile::tempdir().unwrap();
    let (journal, _) = open(ground.path());
    let first = journal.write(intent("a")).unwrap();
    let second = journal.write(intent("b")).unwrap();
    journal.write(outcome(second)).unwrap();
    assert_eq!(verify(ground.path(), &[]).unwrap().open, [first], "it may be under way");
    drop(journal);
    let (journal, crash) = open(ground.path());
    assert_eq!(crash.unfinished, [first]);
    drop(journal);
    let verdict = verify(ground.path(), &[]).unwrap();
    assert_eq!((verdict.open, verdict.unfinished, verdict.problems), (vec![], 1, vec![]));
    assert!(open(ground.path()).1.is_empty());
}

#[test]
fn what_was_done_to_a_journal_is_told_at_the_next_start() {
    let ground = tempfile::tempdir().unwrap();
    written(ground.path(), 3);
    let mut lines = text_of(ground.path());
    put(ground.path(), &lines[..4]);
    assert_eq!(open(ground.path()).1, Crash { lost: 3, unfinished: vec![4], ..Crash::default() });
    assert_eq!(verify(ground.path(), &[]).unwrap().problems, [], "what comes after follows");
    lines = text_of(ground.path());
    lines[1] = lines[1].replace("\"r0\"", "\"r9\"");
    put(ground.path(), &lines);
    assert_eq!(open(ground.path()).1.broken, Some(3));
    assert_eq!(problems(ground.path()).len(), 1);
}

#[test]
fn a_head_that_is_gone_is_told_at_the_next_start() {
    for left in [None, Some(""), Some("\0\0\0\0"), Some("6 none")] {
        let ground = tempfile::tempdir().unwrap();
        written(ground.path(), 3);
        put(ground.path(), &text_of(ground.path())[..5]);
        match left {
            None => fs::remove_file(ground.path().join(HEAD)).unwrap(),
            Some(left) => fs::write(ground.path().join(HEAD), left).unwrap(),
        }
        let crash = open(ground.path()).1;
        assert_eq!(crash, Crash { headless: true, ..Crash::default() }, "{left:?}");
        let told: Json = serde_json::from_str(&text_of(ground.path())[5]).unwrap();
        assert_eq!((&told["type"], &told["headless"]), (&json!("crash"), &json!(true)));
        assert_eq!(verify(ground.path(), &[]).unwrap().problems, []);
        assert!(open(ground.path()).1.is_empty(), "it is told once");
    }
}

#[test]
fn long_texts_are_told_by_length_hash_and_beginning() {
    assert_eq!(text(b"short"), json!("short"));
    assert_eq!(text("x".repeat(256).as_bytes()), json!("x".repeat(256)));
    let long = "\u{fc}".repeat(200);
    let told = text(long.as_bytes());
    assert_eq!((&told["length"], &told["prefix"]), (&json!(400), &json!("\u{fc}".repeat(128))));
    assert_eq!(told["sha256"], Hash::of(long.as_bytes()).to_string());
    assert_eq!(text(b"a\xff")["prefix"], "a");
}

#[test]
fn a_hash_is_written_and_read() {
    // FIPS 180-2, B.1.
    let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(Hash::of(b"abc").to_string(), abc);
    assert_eq!(abc.to_uppercase().parse(), Ok(Hash::of(b"abc")));
    for text in
        ["", "ba78", &abc[1..], &format!("{abc}0"), &abc.replace('a', "g"), &"\u{fc}".repeat(32)]
    {
        assert!(text.parse::<Hash>().is_err(), "{text}");
    }
}
