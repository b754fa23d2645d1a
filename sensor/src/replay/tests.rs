use std::{
    fs,
    io::Write,
    os::fd::AsRawFd,
    path::{Path, PathBuf},
};

use super::*;

fn recording(folder: &tempfile::TempDir, name: &str, text: impl AsRef<[u8]>) -> Input {
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    Input::File(path)
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// What came, one short text an item; messages without the name of the folder.
fn taken(folder: &Path, inputs: Vec<Input>, jobs: usize) -> Vec<String> {
    taken_with(folder, inputs, jobs, Line::parse)
}

fn taken_with(folder: &Path, inputs: Vec<Input>, jobs: usize, parser: Parser) -> Vec<String> {
    let mut replay = Replay::start_with(inputs, jobs, parser).unwrap();
    let mut items = Vec::new();
    while let Some(item) = replay.next() {
        items.push(match item.content {
            Content::Event(event) => {
                assert_eq!(event.number(), item.line);
                format!("{}: {}", item.line, event.uuid())
            }
            Content::Header(header) => format!("{}: {header}", item.line),
            Content::Lost(lost) => format!("{lost} lost"),
            Content::Fault(error) => {
                error.to_string().replace(&format!("{}/", folder.display()), "")
            }
        });
    }
    items
}

fn line(uuid: impl std::fmt::Display) -> String {
    format!("{{\"flow\":{{}},\"uuid\":\"{uuid}\"}}")
}

#[test]
fn lines_come_in_order_whatever_their_ends() {
    let folder = folder();
    let text = format!(
        "\u{feff}{{\"type\":\"header\",\"version\":1}}\r\n{}\r\n\n  \t\r\n{}\n{}",
        line("a"),
        line("b"),
        line("c")
    );
    let input = recording(&folder, "r.jsonl", text);
    assert_eq!(
        taken(folder.path(), vec![input], 2),
        [r#"1: {"type":"header","version":1}"#, "2: a", "5: b", "6: c"]
    );
}

#[test]
fn a_parser_that_panics_costs_its_line_for_any_number_of_threads() {
    let folder = folder();
    // Many blocks, so that more than one thread has some.
    let text: String = (1..=60_000)
        .map(|number| {
            line(if number % 20_000 == 7 { "boom".to_owned() } else { number.to_string() }) + "\n"
        })
        .collect();
    let breaks: Parser = |text, number| {
        assert!(!text.ends_with(b"boom\"}"), "this line breaks the parser");
        Line::parse(text, number)
    };
    let expected: Vec<String> = (1..=60_000)
        .map(|number| match number % 20_000 {
            7 => format!("r.jsonl:{number}: the parser failed inside; the line is lost"),
            _ => format!("{number}: {number}"),
        })
        .collect();
    for jobs in [1, 3] {
        let input = recording(&folder, "r.jsonl", &text);
        assert_eq!(taken_with(folder.path(), vec![input], jobs, breaks), expected, "{jobs}");
    }
}

#[test]
fn a_line_that_is_no_event_is_reported_with_its_number_and_skipped() {
    let folder = folder();
    let mut text = Vec::new();
    for bad in [
        b"nonsense".as_slice(),
        b"{\"flow\":\"\xff\"}",
        b"{}",
        b"{\"flow\":{},\"process\":{\"pid\":\"x\"}}",
    ] {
        text.extend_from_slice(bad);
        text.push(b'\n');
        text.extend_from_slice(line("good").as_bytes());
        text.push(b'\n');
    }
    let input = recording(&folder, "a\n\u{1b}b", &text);
    assert_eq!(
        taken(folder.path(), vec![input], 1),
        [
            r"a\n\u{1b}b:1: not JSON: expected ident at column 2",
            "2: good",
            r"a\n\u{1b}b:3: not UTF-8: a bad byte after 9 good ones",
            "4: good",
            r"a\n\u{1b}b:5: not an event: it has neither `file` nor `flow`, and no `event_type`",
            "6: good",
            r"a\n\u{1b}b:7: process.pid: expected a whole number, got text",
            "8: good",
        ]
    );
}

#[test]
fn any_number_of_jobs_gives_the_same() {
    let folder = folder();
    let mut text = String::new();
    for number in 0..5_000 {
        match number % 97 {
            0 => text.push_str("broken\n"),
            1 => text.push('\n'),
            _ => {
                // Lines of very different lengths end at all places of a block.
                let note = "x".repeat(number * 7919 % 600);
                text.push_str(&format!(
                    "{{\"flow\":{{}},\"uuid\":\"{number}\",\"note\":\"{note}\"}}\n"
                ));
            }
        }
    }
    assert!(text.len() > 1 << 20, "several blocks");
    let input = recording(&folder, "r", &text);
    let one = taken(folder.path(), vec![input.clone()], 1);
    assert_eq!(one.len(), 5_000 - 52);
    for jobs in [0, 2, 3, 8] {
        assert_eq!(taken(folder.path(), vec![input.clone()], jobs), one, "{jobs} jobs");
    }
}

#[test]
fn inputs_that_cannot_be_read_are_reported_in_their_place() {
    let folder = folder();
    let inputs = vec![
        recording(&folder, "first", line("1")),
        Input::File(folder.path().join("nowhere")),
        Input::File(folder.path().join("")),
        recording(&folder, "empty", ""),
        recording(&folder, "last", line("2")),
    ];
    let items = taken(folder.path(), inputs, 2);
    assert_eq!(
        items,
        [
            "1: 1",
            "nowhere: cannot be opened: No such file or directory (os error 2)",
            ": is a directory; name the recordings in it",
            "1: 2",
        ]
    );
}

/// The path of an open descriptor, as a shell's process substitution passes it.
fn descriptor(pipe: &impl AsRawFd) -> Input {
    Input::File(PathBuf::from(format!("/dev/fd/{}", pipe.as_raw_fd())))
}

#[test]
fn a_pipe_s_lines_come_as_soon_as_they_are_whole() {
    let (reader, mut writer) = std::io::pipe().unwrap();
    let mut replay = Replay::start(vec![descriptor(&reader)], 2).unwrap();
    assert_eq!(replay.size(), None);
    for number in 1..4 {
        // With the beginning of the next line behind it, which never becomes whole.
        let whole = if number == 1 { String::new() } else { ":{}}\n".to_owned() };
        let text = format!("{whole}{}\n{{\"flow\"", line(number));
        writer.write_all(text.as_bytes()).unwrap();
        let uuid = loop {
            match replay.next() {
                Some(Item { content: Content::Event(event), .. }) if event.uuid().is_empty() => {}
                Some(Item { content: Content::Event(event), .. }) => break event.uuid().to_owned(),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(uuid, number.to_string());
    }
    drop(writer);
    assert!(matches!(replay.next(), Some(Item { content: Content::Fault(_), line: 6 })));
    assert!(replay.next().is_none());
}

#[test]
fn a_source_that_waits_can_be_stopped() {
    let (reader, _writer) = std::io::pipe().unwrap();
    let replay = Replay::start(vec![descriptor(&reader)], 1).unwrap();
    let stopper = replay.stopper();
    let waiting = std::thread::spawn(move || {
        let mut source: Box<dyn Source> = Box::new(replay);
        (source.next().is_none(), source.next().is_none())
    });
    stopper.stop();
    assert_eq!(waiting.join().unwrap(), (true, true));
}

#[test]
fn a_stopped_source_gives_nothing_more() {
    let folder = folder();
    let input = recording(&folder, "r", format!("{}\n{}\n", line(1), line(2)));
    let mut replay = Replay::start(vec![input], 1).unwrap();
    assert!(replay.next().is_some());
    replay.stopper().stop();
    assert!(replay.next().is_none());
}

#[test]
fn the_position_ends_at_the_size() {
    let folder = folder();
    let text = format!("{}\n{}", line(1), line(2));
    let inputs = vec![recording(&folder, "a", &text), recording(&folder, "b", "\n")];
    let mut replay = Replay::start(inputs, 1).unwrap();
    assert_eq!(replay.size(), Some(text.len() as u64 + 1));
    while replay.next().is_some() {}
    assert_eq!(Some(replay.position()), replay.size());
}

#[test]
fn a_document_may_have_any_layout() {
    let folder = folder();
    let pretty = recording(&folder, "p", "{\n  \"uuid\": \"u\",\n  \"flow\": {}\n}\n");
    assert_eq!(crate::document(pretty).unwrap().uuid(), "u");
    let fails = |text: &str| {
        let input = recording(&folder, "d", text);
        let error = crate::document(input).unwrap_err();
        error.to_string().replace(&format!("{}/", folder.path().display()), "")
    };
    assert_eq!(fails(""), "d:1: not JSON: EOF while parsing a value at column 1");
    assert_eq!(fails("{\n\"flow\": {},\n}"), "d:3: not JSON: trailing comma at line 3, column 1");
    assert_eq!(
        fails(&format!("{}\n{}", line(1), line(2))),
        "d:2: not JSON: trailing characters at line 2, column 1"
    );
    assert_eq!(fails("{\"type\":\"header\"}"), "d: is the header of a recording, not an event");
    let nowhere = crate::document(Input::File(folder.path().to_owned())).unwrap_err();
    assert!(nowhere.to_string().ends_with("is a directory; name the recordings in it"));
    assert_eq!(Input::from_argument("-"), Input::Stdin);
    assert_eq!(Input::Stdin.to_string(), "<stdin>");
}
