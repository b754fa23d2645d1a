//! Which files a recipe is about, and what was done to them.

use super::{
    super::{
        Base, FileCondition, How, exclusive,
        fields::{BASE, MACROS},
    },
    pattern,
};
use crate::{
    document::{Fields, Node, Report},
    event::{Action, ActionSet},
};

/// The longest path in bytes (`PATH_MAX`, limits.h). The matcher has a level for each component of a directory.
const MAX_PATH: usize = 4096;

/// Reads the fields about files.
pub(super) fn condition(fields: &Fields<'_>, report: &mut Report) -> FileCondition {
    let mut bases = Vec::new();
    for item in fields.items("bases") {
        bases.extend(Fields::of(item, &BASE).map(|fields| base(&fields, report)));
    }
    let given = |name: &str| fields.spelling(name).is_some_and(|text| !text.is_empty());
    if ["dir", "base", "regex"].into_iter().any(given) {
        bases.push(base(fields, report));
    }
    FileCondition {
        actions: actions(fields, "file_actions"),
        how: fields.text("file_actions_how").and_then(How::from_name).unwrap_or_default(),
        excluded: actions(fields, "file_actions_excl"),
        bases,
    }
}

fn actions(fields: &Fields<'_>, name: &str) -> ActionSet {
    let of = |word: &str| match MACROS.iter().find(|(name, _)| *name == word) {
        Some((_, actions)) => actions.iter().copied().collect(),
        None => Action::from_name(word).into_iter().collect::<ActionSet>(),
    };
    fields.words(name).map(|(_, word)| of(word)).fold(ActionSet::EMPTY, ActionSet::union)
}

/// One entry; a part that is empty is as good as left out.
fn base(fields: &Fields<'_>, report: &mut Report) -> Base {
    let part = |name: &str| {
        let node = fields.node(name)?;
        Some((node, fields.spelling(name).filter(|text| !text.is_empty())?))
    };
    let dir = part("dir").map(|(node, text)| (node, directory(node, text, report)));
    if let Some((node, text)) = part("base").filter(|(_, text)| text.contains('/')) {
        report
            .warn("never-matches", node.span, format!("no file has the name `{text}`"))
            .help("`base` is the last component of a path: it has no slash".to_owned());
    }
    let regex =
        part("regex").and_then(|(node, text)| Some((node, pattern::regex(node, text, report)?)));
    if let (Some((node, regex)), Some((_, base))) = (&regex, part("base")) {
        let dir = dir.as_ref().map(|(_, dir)| dir.as_str());
        if exclusive::excludes(regex, dir, base) {
            report
                .warn(
                    "never-matches",
                    node.span,
                    format!("`regex` finds nothing in the path of a file named `{base}`"),
                )
                .help(
                    "the parts of one entry must all hold; alternatives are entries of their own"
                        .to_owned(),
                );
        }
    }
    Base {
        dir: dir.map(|(_, dir)| dir),
        base: part("base").map(|(_, text)| text.to_owned()),
        regex: regex.map(|(_, regex)| regex),
    }
}

/// The directory without a slash at its end.
fn directory(node: &Node, text: &str, report: &mut Report) -> String {
    if !text.starts_with('/') {
        report
            .warn("never-matches", node.span, format!("no file lies below `{text}`"))
            .help(format!("`dir` is an absolute directory: `/{text}`"));
    }
    if text.len() > MAX_PATH {
        let what = format!("no path has more than {MAX_PATH} bytes");
        report.error("bad-path", node.span, what);
        return "/".to_owned();
    }
    let trimmed = text.trim_end_matches('/');
    if trimmed.is_empty() { "/".to_owned() } else { trimmed.to_owned() }
}
