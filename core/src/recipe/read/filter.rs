//! Noise limits (`times`) and filters (`arbitrary`).

use super::{
    super::{
        Comparison, CountedBy, Group, Item, Join, NoiseLimit, Test, What, Which,
        fields::{CONTAINS, GROUP, ITEM, TIMES, TIMES_PER_HOST, attribute},
    },
    pattern,
};
use crate::{
    document::{Fields, Node, Report, cidr, cidr_help},
    event::time::instant,
};

/// Reads `times`.
pub(super) fn times(fields: &Fields<'_>) -> Vec<NoiseLimit> {
    let limit = |item| {
        let fields = Fields::of(item, &TIMES)?;
        let kind = fields.text("kind")?;
        let by =
            if kind == TIMES_PER_HOST { CountedBy::Total } else { CountedBy::from_name(kind)? };
        let max = u64::try_from(fields.integer("max")?).ok()?;
        Some(NoiseLimit { by, max, window: fields.duration("window") })
    };
    fields.items("times").iter().filter_map(limit).collect()
}

/// Reads `arbitrary`.
pub(super) fn groups(fields: &Fields<'_>, report: &mut Report) -> Vec<Group> {
    let groups = fields.items("arbitrary").iter();
    groups.filter_map(|node| Some(group(&Fields::of(node, &GROUP)?, report))).collect()
}

fn group(fields: &Fields<'_>, report: &mut Report) -> Group {
    let or = fields.text("how").is_some_and(|how| how.eq_ignore_ascii_case("or"));
    let items = fields.items("items").iter();
    Group {
        how: if or { Join::Or } else { Join::And },
        which: which(fields),
        items: items.filter_map(|node| item(node, &Fields::of(node, &ITEM)?, report)).collect(),
    }
}

/// `pertinent` where it is left out, and for `contains`.
fn which(fields: &Fields<'_>) -> Which {
    match fields.text("which") {
        Some("irrelevant") => Which::Irrelevant,
        _ => Which::Pertinent,
    }
}

/// The tests that an attribute takes (`recipes.md`, "arbitrary").
fn fitting(what: What) -> &'static [&'static str] {
    match what {
        What::Uid | What::Pid | What::Retcode | What::ParentPid => &["number", "numbers"],
        What::LocalPorts | What::RemotePorts | What::AnyPorts => &["number", "numbers"],
        What::StartTime | What::ExitTime => &["time"],
        What::Proto | What::Family => &["pattern", "number", "numbers"],
        What::Local | What::Remote | What::AnyPeers => &["pattern", "cidr"],
        _ => &["pattern"],
    }
}

const TESTS: [&str; 5] = ["pattern", "number", "numbers", "time", "cidr"];

fn item(node: &Node, fields: &Fields<'_>, report: &mut Report) -> Option<Item> {
    let what = fields.text("what").and_then(attribute);
    let contains = fields.text("which") == Some(CONTAINS);
    for name in TESTS {
        let fits = what.is_none_or(|what| fitting(what).contains(&name));
        if let Some(entry) = fields.entry(name).filter(|_| !fits) {
            let what = what.map(What::name).unwrap_or_default();
            report
                .error("test-does-not-fit", entry.key_span, format!("`{what}` has no `{name}`"))
                .help(
                    attribute(what)
                        .map(|what| format!("it takes `{}`", fitting(what).join("`, `"))),
                );
        }
    }
    if fields.are_broken(&TESTS) {
        // One mistake, not two.
    } else if contains && !fields.has("pattern") {
        report.error("missing-field", node.span, "`which: contains` needs `pattern`");
    } else if !TESTS.iter().any(|name| fields.has(name)) {
        let tests = what.map_or(&TESTS[..], fitting).join("` or `");
        report.error("missing-field", node.span, format!("an item of `arbitrary` needs `{tests}`"));
    }
    let compares = fields.has("number") || fields.has("time");
    if let Some(entry) = fields.entry("when").filter(|_| !compares) {
        let what = "`when` has no effect without `number` or `time`";
        report.warn("no-effect", entry.key_span, what);
    }
    Some(Item { what: what?, which: which(fields), tests: tests(fields, contains, report) })
}

fn tests(fields: &Fields<'_>, contains: bool, report: &mut Report) -> Vec<Test> {
    let comparison = match fields.text("when") {
        Some("smaller") => Comparison::Smaller,
        Some("bigger") => Comparison::Bigger,
        _ => Comparison::Equal,
    };
    let mut tests = Vec::new();
    if let (Some(node), Some(text)) = (fields.node("pattern"), fields.spelling("pattern")) {
        if contains {
            tests.push(Test::Contains(text.to_owned()));
        } else {
            tests.extend(pattern::regex(node, text, report).map(Test::Pattern));
        }
    }
    tests.extend(fields.integer("number").map(|number| Test::Number(comparison, number)));
    if fields.has("numbers") {
        let numbers = fields.items("numbers").iter();
        tests.push(Test::Numbers(numbers.filter_map(Node::integer).collect()));
    }
    if let (Some(node), Some(text)) = (fields.node("time"), fields.text("time")) {
        match instant(text) {
            Some(time) => tests.push(Test::Time(comparison, time)),
            None => {
                report
                    .error("bad-time", node.span, format!("`{text}` is no time"))
                    .help("RFC 3339: `2026-11-24T10:15:00Z`".to_owned());
            }
        }
    }
    if let (Some(node), Some(text)) = (fields.node("cidr"), fields.text("cidr")) {
        match cidr(text) {
            Some(net) => tests.push(Test::Cidr(net)),
            None => {
                report
                    .error("bad-cidr", node.span, format!("`{text}` is no CIDR and no address"))
                    .help(cidr_help(text));
            }
        }
    }
    tests
}
