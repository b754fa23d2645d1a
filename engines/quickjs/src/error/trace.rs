//! The engine's stack text, taken apart.

use reactant_core::engine::{Frame, Position};

/// The place of the innermost call in the script's own text, and all calls, innermost first.
///
/// A line is `    at FUNCTION (FILE:LINE:COLUMN)`, `    at FUNCTION (native)` or, for a syntax error, `    at FILE:LINE:COLUMN`.
pub(crate) fn parse(stack: &str, file: &str) -> (Option<Position>, Vec<Frame>) {
    let frames: Vec<Frame> = stack
        .lines()
        .filter_map(|line| line.strip_prefix("    at "))
        .map(|line| frame(line, file))
        .collect();
    (frames.iter().find_map(|frame| frame.at), frames)
}

fn frame(line: &str, file: &str) -> Frame {
    let bracketed = line.strip_suffix(')').and_then(|line| line.rsplit_once(" ("));
    let (function, place) = bracketed.unwrap_or(("", line));
    let function = match function {
        "<anonymous>" | "<eval>" => "",
        function => function,
    };
    Frame { function: function.to_owned(), at: position(place, file) }
}

fn position(place: &str, file: &str) -> Option<Position> {
    let (line, column) = place.strip_prefix(file)?.strip_prefix(':')?.split_once(':')?;
    Some(Position { line: line.parse().ok()?, column: column.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_line_is_read() {
        let (at, frames) = parse(
            "    at map (native)\n    at inner (r.js:3:7)\n    at <anonymous> (r.js:9:1)\n    at x (other:1:1)\n",
            "r.js",
        );
        assert_eq!(at, Some(Position { line: 3, column: 7 }));
        let functions: Vec<&str> = frames.iter().map(|frame| frame.function.as_str()).collect();
        assert_eq!(functions, ["map", "inner", "", "x"]);
        assert_eq!(frames[0].at, None);
        assert_eq!(frames[3].at, None);
        let (at, _) = parse("    at r.js:2:5\n", "r.js");
        assert_eq!(at, Some(Position { line: 2, column: 5 }));
    }

    #[test]
    fn odd_lines_give_no_position() {
        for stack in
            ["", "nonsense", "    at ", "    at (r.js:x:y)", "    at f (r.js:1)", "    at )"]
        {
            assert_eq!(parse(stack, "r.js").0, None, "{stack:?}");
        }
    }
}
