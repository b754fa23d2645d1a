//! The fields of a recipe: one table for the loader and for the JSON Schema.

use super::{
    Breed, CountedBy, DomainMatch, How, Importance, Mechanism, OnLoss, What, When, format,
};
use crate::{
    document::{Field, Shape, Want, field, schema as schema_of},
    event::{Action, Flag, Protocol},
};

/// The JSON Schema of a recipe file.
#[must_use]
pub fn schema() -> serde_json::Value {
    schema_of("Reactant recipes", &RECIPES)
}

/// The macros of file actions (`recipes.md`, "Actions").
pub(super) const MACROS: [(&str, &[Action]); 8] = {
    use Action::*;
    const MODIFY: &[Action] = &[Create, Link, Write, Truncate, Fsync, Rename, Unlink];
    [
        ("any", Action::ALL),
        ("open_related", &[Open, Close]),
        ("read_related", &[Read, Llseek, Mmap]),
        ("modify_related", MODIFY),
        ("write_related", MODIFY),
        (
            "access_no_mmap_related",
            &[Open, Close, Read, Llseek, Create, Link, Write, Truncate, Fsync, Rename, Unlink],
        ),
        (
            "access_related",
            &[
                Open, Close, Read, Llseek, Mmap, Create, Link, Write, Truncate, Fsync, Rename,
                Unlink,
            ],
        ),
        ("tamper_related", &[Link, Unlink, Truncate, Rename]),
    ]
};

/// The flow action that holds for every recorded flow.
pub(super) const CREATED: &str = "created";
/// The other name of [`CountedBy::Total`].
pub(super) const TIMES_PER_HOST: &str = "times_per_host";
/// `which` of an item whose pattern is a plain substring.
pub(super) const CONTAINS: &str = "contains";
/// How the attributes of the ancestry may also begin.
const ANY_ANCIENT: &str = "any_";

/// The words of a type that [`super::names`] declared.
macro_rules! words {
    ($type:ty) => {
        || <$type>::ALL.iter().map(|value| value.name()).collect()
    };
}

fn actions() -> Vec<&'static str> {
    let actions = Action::ALL.iter().map(|action| action.name());
    actions.chain(MACROS.iter().map(|(name, _)| *name)).collect()
}

fn flow_actions() -> Vec<&'static str> {
    Flag::ALL.iter().map(|flag| flag.name()).chain([CREATED]).collect()
}

fn counted_by() -> Vec<&'static str> {
    CountedBy::ALL.iter().map(|by| by.name()).chain([TIMES_PER_HOST]).collect()
}

fn attributes() -> Vec<&'static str> {
    let long = ["any_ancient_exe", "any_ancient_cmd", "any_ancient_args", "any_ancient_envs"];
    What::ALL.iter().map(|what| what.name()).chain(long).collect()
}

/// The attribute of that name.
pub(super) fn attribute(name: &str) -> Option<What> {
    let short = name.strip_prefix(ANY_ANCIENT).filter(|rest| rest.starts_with("ancient_"));
    What::from_name(short.unwrap_or(name))
}

/// A whole file.
pub(super) static RECIPES: Want = Want::List(&Want::Map(&RECIPE));

pub(super) static RECIPE: Shape = Shape {
    name: "a recipe",
    one_of: &[],
    fields: &[
        field("kind", Want::Text, "The class of detection").required(),
        field(
            "name",
            Want::Text,
            "Unique over all loaded recipes; the namespace of the data store",
        )
        .required(),
        field("enabled", Want::Bool, "Whether the recipe takes part; true where it is left out"),
        field("version", Want::Spelling, "Kept as it is spelt"),
        field("description", Want::Text, "One line for people"),
        field("documentation", Want::Text, "More for people"),
        field("breed", Want::OneOf(words!(Breed)), "What the recipe is about, for people")
            .required(),
        field("mechanism", Want::OneOf(words!(Mechanism)), "Which events the recipe judges")
            .required(),
        field("tactic", Want::Spelling, "Of MITRE ATT&CK, by id or name, or `none`"),
        field("technique", Want::Spelling, "Of MITRE ATT&CK, by id or name, or `none`"),
        field("subtechnique", Want::Spelling, "Of MITRE ATT&CK, by id or name, or `none`"),
        field("importance", Want::OneOf(words!(Importance)), "How much a detection matters")
            .required(),
        field("times", Want::List(&Want::Map(&TIMES)), "Noise limits; every one must have room"),
        field(
            "arbitrary",
            Want::List(&Want::Map(&GROUP)),
            "Filters; every group must judge the event pertinent",
        ),
        field(
            "file_actions",
            Want::Words(actions),
            "What was done to the file: actions and macros",
        ),
        field(
            "file_actions_how",
            Want::OneOf(words!(How)),
            "Whether any or all of them must be in the set",
        ),
        field(
            "file_actions_excl",
            Want::Words(actions),
            "No match while any of these is in the set",
        ),
        field("bases", Want::List(&Want::Map(&BASE)), "Files: any entry must match"),
        field(
            "dir",
            Want::Spelling,
            "One more entry of `bases`: an absolute directory, which covers what lies below it",
        ),
        field("base", Want::Spelling, "One more entry of `bases`: the last component of the path"),
        field("regex", Want::Spelling, "One more entry of `bases`: a search over the whole path"),
        field("flow_actions", Want::Words(flow_actions), "What is known of the flow"),
        field(
            "flow_actions_how",
            Want::OneOf(words!(How)),
            "Whether any or all of them must be in the set",
        ),
        field(
            "flow_actions_excl",
            Want::Words(flow_actions),
            "No match while any of these is in the set",
        ),
        field(
            "protocol",
            Want::WordsAnyCase(words!(Protocol)),
            "The transport; `icmp` covers ICMPv6",
        ),
        field("local_cidrs", Want::List(&Want::Text), "CIDRs or addresses of the local end"),
        field("remote_cidrs", Want::List(&Want::Text), "CIDRs or addresses of the remote end"),
        field("local_ips", Want::List(&Want::Text), "Addresses of the local end"),
        field("remote_ips", Want::List(&Want::Text), "Addresses of the remote end"),
        field("local_port", Want::Integer(0, 65_535), "The local port; 0 is any"),
        field("remote_port", Want::Integer(0, 65_535), "The remote port; 0 is any"),
        field("local_domains", Want::List(&Want::Text), "Names of the local end"),
        field("remote_domains", Want::List(&Want::Text), "Names of the remote end"),
        field(
            "local_domains_type",
            Want::OneOf(words!(DomainMatch)),
            "How names compare, by whole labels",
        )
        .also(&["local_domains_trie_type"]),
        field(
            "remote_domains_type",
            Want::OneOf(words!(DomainMatch)),
            "How names compare, by whole labels",
        )
        .also(&["remote_domains_trie_type"]),
        field("reactions", Want::List(&Want::Map(&REACTION)), "What answers the event"),
        field("capabilities", Want::List(&Want::Text), "The most that the reactions may hold"),
        field("on_loss", Want::OneOf(words!(OnLoss)), "What incomplete evidence forbids"),
        field("when", Want::OneOf(words!(When)), "After the act, or before it as a verdict"),
    ],
};

pub(super) static TIMES: Shape = Shape {
    name: "a noise limit",
    one_of: &[],
    fields: &[
        field("kind", Want::OneOf(counted_by), "What has a count of its own").required(),
        field("max", Want::Integer(0, i64::MAX), "How many detections are let through").required(),
        field(
            "window",
            Want::Duration,
            "The sliding window of event time; left out: for the life of the runtime",
        ),
    ],
};

pub(super) static BASE: Shape = Shape {
    name: "an entry of `bases`",
    one_of: &[],
    fields: &[
        field("dir", Want::Spelling, "An absolute directory, which covers what lies below it"),
        field("base", Want::Spelling, "The last component of the path"),
        field("regex", Want::Spelling, "A search over the whole path, in RE2 syntax"),
    ],
};

pub(super) static GROUP: Shape = Shape {
    name: "a group of `arbitrary`",
    one_of: &[],
    fields: &[
        field(
            "how",
            Want::OneOfAnyCase(|| vec!["AND", "OR"]),
            "How the items join; AND where it is left out",
        ),
        field("which", Want::OneOf(|| vec!["pertinent", "irrelevant"]), "The group's own verdict"),
        field("items", Want::List(&Want::Map(&ITEM)), "The tests"),
    ],
};

pub(super) static ITEM: Shape = Shape {
    name: "an item of `arbitrary`",
    one_of: &[],
    fields: &[
        field("what", Want::OneOf(attributes), "The attribute").required(),
        field(
            "which",
            Want::OneOf(|| vec!["pertinent", "irrelevant", CONTAINS]),
            "The verdict where it matches; with `contains`, `pattern` is a plain substring",
        ),
        field("pattern", Want::Spelling, "A regular expression to be found"),
        field("number", Want::Integer(i64::MIN, i64::MAX), "A number to compare with"),
        field(
            "numbers",
            Want::List(&Want::Integer(i64::MIN, i64::MAX)),
            "Numbers, one of which must be equal",
        ),
        field("time", Want::Time, "A time to compare with, RFC 3339"),
        field("cidr", Want::Text, "A CIDR that must cover the address"),
        field(
            "when",
            Want::OneOf(|| vec!["smaller", "bigger", "equal"]),
            "How the attribute compares with `number` or `time`",
        ),
    ],
};

pub(super) static REACTION: Shape =
    Shape { name: "a reaction", one_of: &["code", "file"], fields: FIELDS_OF_REACTION };

const FIELDS_OF_REACTION: &[Field] = &[
    field("format", Want::Known(format::names), "The language").required(),
    field("code", Want::Text, "The script"),
    field("file", Want::Text, "The script's file, relative to the recipe file"),
    field("name", Want::Text, "For people"),
    field(
        "timeout",
        Want::Duration,
        "Lowers the configured limit; with `when: before`, sets how long the act waits",
    ),
    field("memory", Want::Size, "Lowers the configured limit"),
    field("capabilities", Want::List(&Want::Text), "The most that this reaction may hold"),
    field("dry_run", Want::Bool, "Whether its effects are simulated even where others act"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_macro_is_what_the_format_says() {
        let of = |name: &str| MACROS.iter().find(|(known, _)| *known == name).unwrap().1;
        assert_eq!(of("any").len(), 15);
        assert_eq!(of("write_related"), of("modify_related"));
        assert_eq!(of("access_related").len(), of("access_no_mmap_related").len() + 1);
    }

    #[test]
    fn the_long_names_of_the_ancestry_are_its_short_ones() {
        assert_eq!(attribute("any_ancient_exe"), Some(What::AncientExe));
        assert_eq!(attribute("any_peers"), Some(What::AnyPeers));
        assert_eq!(attribute("any_exe"), None);
        assert!(attributes().into_iter().all(|name| attribute(name).is_some()));
    }
}
