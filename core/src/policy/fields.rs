//! The fields of a network policy file.

use super::{Mode, Verdict};
use crate::document::{Shape, Want, field};

fn modes() -> Vec<&'static str> {
    Mode::ALL.iter().map(|mode| mode.name()).collect()
}

fn verdicts() -> Vec<&'static str> {
    Verdict::ALL.iter().map(|verdict| verdict.name()).collect()
}

/// The whole file.
pub(super) static FILE: Shape = Shape {
    name: "a network policy file",
    one_of: &[],
    fields: &[field("network_policy", Want::Map(&POLICY), "The network policy").required()],
};

pub(super) static POLICY: Shape = Shape {
    name: "`network_policy`",
    one_of: &[],
    fields: &[
        field("cidr_mode", Want::OneOf(modes), "What follows where an address is denied"),
        field("cidr_policy", Want::OneOf(verdicts), "For an address that no rule covers"),
        field("resolve_mode", Want::OneOf(modes), "What follows where a resolution is denied"),
        field("resolve_policy", Want::OneOf(verdicts), "For a name that no rule covers"),
        field("rules", Want::List(&Want::Map(&RULE)), "Addresses and names"),
    ],
};

pub(super) static RULE: Shape = Shape {
    name: "a rule",
    one_of: &["cidr", "domain"],
    fields: &[
        field("cidr", Want::Text, "A network or an address"),
        field("domain", Want::Text, "A name; what is below it is covered"),
        field("policy", Want::OneOf(verdicts), "Whether it may be reached").required(),
    ],
};
