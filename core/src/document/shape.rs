//! Tables of fields, and the check of a tree against them.

use super::{
    fields::Fields,
    node::{Entry, Kind, Node, Resolved},
    report::{Noted, Report},
    suggest::{one_of, suggest},
};
use crate::units;

/// A kind of map: the fields that it may have.
pub(crate) struct Shape {
    /// What it is, with its article (`a reaction`).
    pub(crate) name: &'static str,
    pub(crate) fields: &'static [Field],
    /// Exactly one of these must be given; empty: no such rule.
    pub(crate) one_of: &'static [&'static str],
}

/// A field of a map.
pub(crate) struct Field {
    pub(crate) name: &'static str,
    /// Other spellings.
    pub(crate) aliases: &'static [&'static str],
    pub(crate) want: Want,
    pub(crate) required: bool,
    /// One line for editors.
    pub(crate) about: &'static str,
}

/// What a field takes. Anywhere but in a list, null counts as absent.
pub(crate) enum Want {
    /// Text.
    Text,
    /// A time in RFC 3339, which the reader checks.
    Time,
    /// Text or a number, kept as it is spelt.
    Spelling,
    /// `true` or `false`; also `yes`, `no`, `on` and `off` without quotes, as YAML 1.1 has them.
    Bool,
    /// A whole number, from and to.
    Integer(i64, i64),
    /// A duration (`200ms`, `5s`, `10m`, `1h`).
    Duration,
    /// A size (`512KiB`, `64MiB`).
    Size,
    /// One of these words.
    OneOf(fn() -> Vec<&'static str>),
    /// One of these words without regard to case.
    OneOfAnyCase(fn() -> Vec<&'static str>),
    /// A word that the reader checks; these are what the product knows.
    Known(fn() -> Vec<&'static str>),
    /// Words out of these, in a list or joined by `|`.
    Words(fn() -> Vec<&'static str>),
    /// Such words without regard to case.
    WordsAnyCase(fn() -> Vec<&'static str>),
    /// A list.
    List(&'static Want),
    /// A map.
    Map(&'static Shape),
}

/// An optional field; the methods below say more.
pub(crate) const fn field(name: &'static str, want: Want, about: &'static str) -> Field {
    Field { name, aliases: &[], want, required: false, about }
}

impl Field {
    pub(crate) const fn required(mut self) -> Field {
        self.required = true;
        self
    }

    pub(crate) const fn also(mut self, aliases: &'static [&'static str]) -> Field {
        self.aliases = aliases;
        self
    }

    pub(crate) fn is_named(&self, name: &str) -> bool {
        self.name == name || self.aliases.contains(&name)
    }
}

/// Reports every node of a tree that does not fit its shape, and gives access to the fields; `None` where the node is no map.
pub(crate) fn check<'n>(
    node: &'n Node,
    shape: &'static Shape,
    report: &mut Report,
) -> Option<Fields<'n>> {
    let Kind::Map(entries) = &node.kind else {
        if node.is_broken() {
            return None;
        }
        wrong_type(node, shape.name, &Want::Map(shape), report);
        return None;
    };
    // A required field that is misspelt is one mistake, not two.
    let mut misspelt = Vec::new();
    for entry in entries {
        let Some(field) = shape.fields.iter().find(|field| field.is_named(&entry.key)) else {
            let names = shape.fields.iter().map(|field| field.name);
            let meant = if report.is_full() { None } else { suggest(&entry.key, names) };
            misspelt.extend(meant);
            let what = format!("{} has no field `{}`", shape.name, entry.key);
            let help = meant.map(|meant| format!("did you mean `{meant}`?"));
            report.error("unknown-field", entry.key_span, what).help(help);
            continue;
        };
        let twice = entries
            .iter()
            .take_while(|other| !std::ptr::eq(*other, entry))
            .find(|other| field.is_named(&other.key));
        if let Some(first) = twice {
            let place = report.place(first.key_span);
            report
                .error(
                    "duplicate-key",
                    entry.key_span,
                    format!("`{}` and `{}` are one field", first.key, entry.key),
                )
                .related("first here", place);
        }
        if !entry.value.is_null() {
            value(&entry.value, &entry.key, &field.want, report);
        }
    }
    let fields = Fields::new(entries, shape);
    for field in shape.fields.iter().filter(|field| field.required) {
        if fields.entry(field.name).is_none() && !misspelt.contains(&field.name) {
            missing(node, entries, shape, field, report);
        }
    }
    if !shape.one_of.iter().any(|name| misspelt.contains(name)) {
        exactly_one(node, &fields, shape, report);
    }
    Some(fields)
}

fn missing(node: &Node, entries: &[Entry], shape: &Shape, field: &Field, report: &mut Report) {
    // Where it stands without a value, that is the place to mend.
    let empty = entries.iter().find(|entry| field.is_named(&entry.key));
    if empty.is_some_and(|entry| entry.value.is_broken()) {
        return;
    }
    let span = empty.map_or(node.span, |entry| entry.key_span);
    let help = match &field.want {
        Want::OneOf(words) => Some(one_of("", &words())),
        _ => None,
    };
    let what = format!("{} needs `{}`", shape.name, field.name);
    report.error("missing-field", span, what).help(help);
}

fn exactly_one(node: &Node, fields: &Fields<'_>, shape: &Shape, report: &mut Report) {
    let mut given = shape.one_of.iter().filter_map(|name| fields.entry(name));
    match (given.next(), given.next()) {
        (None, _) if !shape.one_of.is_empty() && !fields.are_broken(shape.one_of) => {
            let names = shape.one_of.join("` or `");
            report.error("missing-field", node.span, format!("{} needs `{names}`", shape.name));
        }
        (Some(first), Some(second)) => {
            let place = report.place(first.key_span);
            report
                .error(
                    "conflicting-fields",
                    second.key_span,
                    format!("{} has `{}` or `{}`, not both", shape.name, first.key, second.key),
                )
                .related("the other is here", place);
        }
        _ => {}
    }
}

/// Checks a value; `name` is that of the field it belongs to.
fn value(node: &Node, name: &str, want: &Want, report: &mut Report) {
    match (want, &node.kind) {
        _ if node.is_broken() => {}
        (Want::Map(shape), _) => {
            check(node, shape, report);
        }
        (Want::List(want), Kind::List(items)) => {
            items.iter().for_each(|item| value(item, name, want, report));
        }
        (Want::Words(words), _) => each_word(node, name, want, &words(), false, report),
        (Want::WordsAnyCase(words), _) => each_word(node, name, want, &words(), true, report),
        (_, Kind::Scalar(_)) => scalar(node, name, want, report),
        _ => {
            wrong_type(node, &quoted(name), want, report);
        }
    }
}

fn each_word(
    node: &Node,
    name: &str,
    want: &Want,
    words: &[&str],
    any_case: bool,
    report: &mut Report,
) {
    let items = match &node.kind {
        Kind::List(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    for item in items.iter().filter(|item| !item.is_broken()) {
        let Some(text) = item.text() else {
            wrong_type(item, &quoted(name), want, report);
            continue;
        };
        for word in split(text) {
            known_word(item, word, name, words, any_case, report);
        }
    }
}

/// The words of a text that joins several with `|`.
pub(super) fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split('|').map(str::trim).filter(|word| !word.is_empty())
}

fn known_word(
    node: &Node,
    word: &str,
    name: &str,
    words: &[&str],
    any_case: bool,
    report: &mut Report,
) {
    let fits =
        |known: &&str| if any_case { known.eq_ignore_ascii_case(word) } else { **known == *word };
    if !words.iter().any(fits) {
        let help = if report.is_full() { None } else { Some(one_of(word, words)) };
        report
            .error("unknown-value", node.span, format!("`{word}` is no value of `{name}`"))
            .help(help);
    }
}

fn scalar(node: &Node, name: &str, want: &Want, report: &mut Report) {
    let Some(resolved) = node.resolve() else { return };
    match (want, resolved) {
        (Want::OneOf(words), Resolved::Text(word)) => {
            known_word(node, word, name, &words(), false, report);
        }
        (Want::OneOfAnyCase(words), Resolved::Text(word)) => {
            known_word(node, word, name, &words(), true, report);
        }
        (Want::Text | Want::Time | Want::Spelling | Want::Known(_), Resolved::Text(_))
        | (Want::Spelling, Resolved::Int(_) | Resolved::Float)
        | (Want::Bool, Resolved::Bool(_)) => {}
        (Want::Bool, Resolved::Text(_)) if node.scalar().and_then(old_bool).is_some() => {}
        (Want::Integer(from, to), Resolved::Int(number)) => {
            if !(*from..=*to).contains(&number) {
                let range = if *to == i64::MAX {
                    format!("at least {from}")
                } else {
                    format!("{from} to {to}")
                };
                let what = format!("{number} is out of range for `{name}`");
                report.error("out-of-range", node.span, what).help(range);
            }
        }
        (Want::Duration, Resolved::Text(text)) => {
            if let Err(error) = units::parse_duration(text) {
                report.error("bad-duration", node.span, format!("`{name}`: {error}"));
            }
        }
        (Want::Size, Resolved::Text(text)) => {
            if let Err(error) = units::parse_size(text) {
                report.error("bad-size", node.span, format!("`{name}`: {error}"));
            }
        }
        _ => {
            wrong_type(node, &quoted(name), want, report);
        }
    }
}

/// A boolean as YAML 1.1 spells it, where it stands without quotes.
pub(super) fn old_bool(scalar: &super::Scalar) -> Option<bool> {
    if scalar.style != super::Style::Plain {
        return None;
    }
    match scalar.text.as_str() {
        "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Some(true),
        "no" | "No" | "NO" | "off" | "Off" | "OFF" => Some(false),
        _ => None,
    }
}

fn quoted(name: &str) -> String {
    format!("`{name}`")
}

/// Reports a node of another type than is wanted; `subject` is what it stands for.
pub(crate) fn wrong_type<'r>(
    node: &Node,
    subject: &str,
    want: &Want,
    report: &'r mut Report,
) -> Noted<'r> {
    let got = match (want, node.scalar()) {
        (Want::Integer(..), Some(scalar)) if scalar.resolve() == Resolved::Float => {
            format!("`{}`", scalar.text)
        }
        _ => node.described().to_owned(),
    };
    let help = match (want, node.resolve()) {
        (
            Want::Text | Want::Time | Want::Known(_) | Want::OneOf(_) | Want::OneOfAnyCase(_),
            Some(Resolved::Bool(_) | Resolved::Int(_) | Resolved::Float),
        ) => node.scalar().map(|scalar| format!("as text it is quoted: \"{}\"", scalar.text)),
        (Want::Bool | Want::Integer(..), Some(Resolved::Text(_))) => {
            Some("written without quotes".to_owned())
                .filter(|_| node.scalar().is_some_and(is_quoted_value))
        }
        (Want::List(Want::Map(_)), None) => Some("each entry begins with `- `".to_owned()),
        (Want::List(item), Some(Resolved::Text(text))) if !matches!(item, Want::Map(_)) => {
            Some(format!("write `[{text}]`"))
        }
        _ => None,
    };
    let want = described(want);
    report.error("wrong-type", node.span, format!("{subject} takes {want}, not {got}")).help(help)
}

/// Whether a quoted text would be a boolean or number without its quotes.
fn is_quoted_value(scalar: &super::Scalar) -> bool {
    let plain = super::Scalar { style: super::Style::Plain, tag: None, ..scalar.clone() };
    scalar.style == super::Style::Quoted && !matches!(plain.resolve(), Resolved::Text(_))
}

fn described(want: &Want) -> &'static str {
    match want {
        Want::Text | Want::Time | Want::Known(_) => "text",
        Want::Spelling => "text or a number",
        Want::Bool => "`true` or `false`",
        Want::Integer(..) => "a whole number",
        Want::Duration => "a duration (`200ms`, `5s`, `10m`, `1h`)",
        Want::Size => "a size (`512KiB`, `64MiB`)",
        Want::OneOf(_) | Want::OneOfAnyCase(_) => "a word",
        Want::Words(_) | Want::WordsAnyCase(_) => "text or a list of texts",
        Want::List(Want::Map(_)) => "a list of maps",
        Want::List(_) => "a list",
        Want::Map(_) => "a map",
    }
}
