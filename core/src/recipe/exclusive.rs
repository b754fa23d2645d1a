//! Whether a regular expression can find anything in the path of a file of a given name.

use std::collections::HashSet;

use regex::Regex;
use regex_automata::{
    Anchored,
    dfa::{Automaton, StartKind, dense},
    nfa::thompson,
    util::{primitives::StateID, start},
};

/// The largest automaton that is built to find out, in bytes; beyond it the answer is no.
const MAX_AUTOMATON: usize = 1 << 20;

/// Whether the expression can find nothing in any path whose last component is `base`, in `dir` where that is given. `false` also where it
/// cannot be told.
pub(super) fn excludes(regex: &Regex, dir: Option<&str>, base: &str) -> bool {
    match dir {
        Some(dir) => !regex.is_match(&format!("{}/{base}", dir.trim_end_matches('/'))),
        None => excludes_anywhere(regex.as_str(), base).unwrap_or(false),
    }
}

/// Walks the automaton over every path `/…/base` at once.
fn excludes_anywhere(pattern: &str, base: &str) -> Option<bool> {
    let dfa = dense::Builder::new()
        .configure(
            dense::Config::new()
                .start_kind(StartKind::Unanchored)
                .dfa_size_limit(Some(MAX_AUTOMATON))
                .determinize_size_limit(Some(MAX_AUTOMATON)),
        )
        .thompson(thompson::Config::new().nfa_size_limit(Some(MAX_AUTOMATON)))
        .build(pattern)
        .ok()?;
    let begin = dfa.start_state(&start::Config::new().anchored(Anchored::No)).ok()?;
    // Every state that a path's beginning (`/`, `/x`, `/x/y` …) can lead to.
    let after_slash = |state: StateID| dfa.next_state(state, b'/');
    let mut open = vec![after_slash(begin)];
    let mut seen: HashSet<StateID> = open.iter().copied().collect();
    while let Some(state) = open.pop() {
        if dfa.is_match_state(state) || dfa.is_quit_state(state) {
            return Some(false);
        }
        for byte in 1..=u8::MAX {
            let next = dfa.next_state(state, byte);
            if seen.insert(next) {
                open.push(next);
            }
        }
    }
    // From each of them, the last slash, the name and the end; a match shows one byte late.
    let ends_in_match = |state: StateID| {
        let mut state = state;
        for byte in base.bytes() {
            state = dfa.next_state(state, byte);
            if dfa.is_match_state(state) || dfa.is_quit_state(state) {
                return true;
            }
        }
        dfa.is_match_state(dfa.next_eoi_state(state))
    };
    let root = after_slash(begin);
    Some(!seen.iter().map(|state| after_slash(*state)).chain([root]).any(ends_in_match))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excluded(pattern: &str, dir: Option<&str>, base: &str) -> bool {
        excludes(&Regex::new(pattern).unwrap(), dir, base)
    }

    #[test]
    fn only_what_can_never_match_is_excluded() {
        for pattern in [
            r"\.so$",
            "shadow$",
            "^/etc/shadow$",
            "^passwd",
            "^/etc/[^/]*$x",
            "/passw(or)d",
            "^relative",
            "passwd/",
        ] {
            assert!(excluded(pattern, Some("/etc"), "passwd"), "{pattern}");
        }
        for pattern in [r"\.so$", "shadow$", "^/etc/shadow$", "^passwd", r"x$", "^[^/]"] {
            assert!(excluded(pattern, None, "passwd"), "{pattern}");
        }
        for pattern in [
            ".*",
            "passwd",
            "^/etc/",
            "pass",
            "/passwd$",
            "wd$",
            "",
            "^/",
            "a/b",
            "(?i)PASSWD$",
            r"\bpasswd\b",
            "^/passwd$",
            "é",
            "passwd/",
        ] {
            assert!(!excluded(pattern, None, "passwd"), "{pattern}");
        }
    }

    #[test]
    fn a_huge_expression_is_given_the_benefit_of_the_doubt() {
        assert!(!excluded(r"[a-z]{900}\w{40}x$", None, "passwd"));
    }
}
