//! Where run-time errors are placed: at the token of the operation that failed.

use reactant_core::engine::{Halt, Position};

use super::host::{run, thrown};

/// Scripts with one error each, between lines of dashes; `§` stands before the token that it must be placed at.
const SCRIPTS: &str = include_str!("positions.js");

/// The script without its mark, and the marked place.
fn unmark(text: &str) -> (String, Position) {
    let (before, after) = text.split_once('§').expect("a mark");
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1;
    (format!("{before}{after}"), Position { line: line as u32, column: column as u32 })
}

#[test]
fn errors_are_placed_at_the_operation_that_failed() {
    let scripts: Vec<&str> = SCRIPTS.split("\n---\n").skip(1).collect();
    assert!(scripts.len() >= 100, "{}", scripts.len());
    let mut wrong = Vec::new();
    for marked in &scripts {
        let (text, at) = unmark(marked);
        match run(&text, "{}").0 {
            Err(Halt::Threw(error)) if error.at == Some(at) => {}
            outcome => wrong.push(format!("{outcome:?}, and not at {at:?}:\n{marked}\n")),
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), scripts.len(), wrong.join("\n"));
}

#[test]
fn calls_in_a_trace_are_placed_where_they_begin() {
    let error = thrown(
        "function f() {\n  null.x;\n}\nfunction process() {\n  f(\n    String(1),\n    String(2)\n  );\n}",
    );
    let places: Vec<_> = error.trace.iter().map(|frame| frame.at).collect();
    let at = |line, column| Some(Position { line, column });
    assert_eq!(places, [at(2, 8), at(5, 3)]);
}

#[test]
fn places_far_apart_are_kept() {
    // Forth and back by more than one byte says, in lines and columns.
    for (lines, columns) in [(0, 500), (3, 70), (200, 0), (70_000, 3), (90, 20_000)] {
        let gap = "\n".repeat(lines) + &" ".repeat(columns);
        let marked = format!(
            "function process(data) {{ for (let i = 0; {gap}i < 3; {gap}i++) {{ if (i) {gap}{gap}§data.nope.x; {gap}}} }}"
        );
        let (text, at) = unmark(&marked.replace("§data.nope.", "data.nope.§"));
        assert_eq!(thrown(&text).at, Some(at), "{lines} lines and {columns} columns");
    }
}

#[test]
fn a_text_that_is_thrown_again_has_no_place_rather_than_a_wrong_one() {
    let error = thrown(
        "function process(data) {\n  try {\n    if (!data.a) throw 'first';\n    throw 'second';\n  } finally {\n    String(1);\n  }\n}",
    );
    assert_eq!((error.message.as_str(), error.at), ("first", None));
}

#[test]
fn a_line_is_what_a_line_feed_ends_whatever_else_stands_in_it() {
    for ends in ["\u{2028}", "\u{2029}", "\r", "\r\n"] {
        let contexts = [
            format!("/* {ends} */"),
            format!("/* {ends} {ends}\n{ends} */"),
            format!("let s = 1;{ends}"),
            format!("// x {ends}\n;"),
            format!("let s = `{ends} ${{1}} {ends}`;"),
            format!("let s = `\\{ends}`;"),
            format!("let s = 'a\\{ends}b';"),
        ];
        for context in contexts {
            let marked = format!("function process() {{\n  {context}\n  let x = 1; null.§x;\n}}");
            let (text, at) = unmark(&marked);
            assert_eq!(thrown(&text).at, Some(at), "{text:?}");
        }
    }
    // Within quotes these two are text.
    for ends in ["\u{2028}", "\u{2029}"] {
        let (text, at) =
            unmark(&format!("function process() {{\n  let s = '{ends}', x = null.§x;\n}}"));
        assert_eq!(thrown(&text).at, Some(at), "{text:?}");
    }
}
