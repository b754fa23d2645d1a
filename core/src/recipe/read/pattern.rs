//! Regular expressions of recipes.

use regex::Regex;

use crate::document::{Node, Report};

/// Compiles a regular expression, or reports why it is none.
pub(super) fn regex(node: &Node, pattern: &str, report: &mut Report) -> Option<Regex> {
    let error = match Regex::new(pattern) {
        Ok(regex) => {
            // With the flag `x` white space means nothing.
            let flags = pattern.strip_prefix("(?").and_then(|rest| rest.split([')', ':']).next());
            if pattern.ends_with('\n') && !flags.is_some_and(|flags| flags.contains('x')) {
                let what =
                    "the pattern ends with a line break, which what it is tried on hardly has";
                report
                    .warn("trailing-line-break", node.span, what)
                    .help("`|-` in place of `|` leaves it out".to_owned());
            }
            return Some(regex);
        }
        Err(error) => error,
    };
    let (why, help) = match &error {
        regex::Error::CompiledTooBig(_) => ("it is too large when compiled".to_owned(), None),
        _ => {
            // The error of the crate draws the pattern; its last line says what is wrong.
            let text = error.to_string();
            let why = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
            let help = why.contains("look-around").then(|| {
                "searches take linear time: there is no look-around and no backreference".to_owned()
            });
            (why.to_owned(), help)
        }
    };
    report
        .error("bad-regex", node.span, format!("`{pattern}` is no regular expression: {why}"))
        .help(help);
    None
}
