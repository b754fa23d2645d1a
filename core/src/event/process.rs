//! A process in other spellings: argument lists as one text, and the command line that such a text may be.

use std::borrow::Cow;

use super::json::{Json, Object};
use crate::packed::Key;

/// Brings a process, or an ancestor, into the page's spelling.
pub(super) fn normalise(process: &mut Object<'_>) {
    if let Some(Json::Text(line)) = process.get_mut(Key::ARGS) {
        let line = std::mem::take(line);
        let mut words = split(&line);
        if words.first().is_some_and(|word| names_program(process, word)) {
            words.remove(0);
            process.set(Key::CMD, Json::Text(line));
        }
        process.set(Key::ARGS, list(words));
    }
    for key in [Key::ENVS, Key::PREV_ARGS, Key::PREV_ENVS] {
        if let Some(value) = process.get_mut(key)
            && let Json::Text(line) = value
        {
            *value = list(split(line));
        }
    }
}

fn list<'a>(words: Vec<Cow<'a, str>>) -> Json<'a> {
    Json::List(words.into_iter().map(Json::Text).collect())
}

fn split<'a>(line: &Cow<'a, str>) -> Vec<Cow<'a, str>> {
    fn words(line: &str) -> impl Iterator<Item = &str> {
        line.split(' ').filter(|word| !word.is_empty())
    }
    match line {
        Cow::Borrowed(line) => words(line).map(Cow::Borrowed).collect(),
        Cow::Owned(line) => words(line).map(|word| Cow::Owned(word.to_owned())).collect(),
    }
}

/// A login shell writes its name behind a `-`.
fn names_program(process: &Object<'_>, word: &str) -> bool {
    let exe = process.text(Key::EXE);
    let base = exe.and_then(|exe| exe.rsplit('/').next());
    [process.text(Key::COMM), process.text(Key::CMD), exe, base]
        .into_iter()
        .flatten()
        .filter(|name| !name.is_empty())
        .any(|name| word == name || word.strip_prefix('-') == Some(name))
}
