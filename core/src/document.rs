//! YAML files as trees of positioned nodes, checked against tables of fields.
//!
//! Recipes and the configuration are such documents. Text becomes [`Node`]s ([`parse`]), a [`Shape`] names the fields that a map may have,
//! and [`check`] reports every node that does not fit. The same shapes make the JSON Schema ([`schema`]), so that the two cannot drift.
//!
//! The parser is granit-parser, the event parser beneath serde-saphyr. A deserializer stops at its first error, keeps no position for
//! keys, and cannot tell where the text of a literal block begins; the events carry all three, and what serde-saphyr adds to them (budgets
//! for aliases, merge keys, duplicate keys) needs positions of its own here. Hence the parser alone.

mod fields;
mod file;
mod index;
mod node;
mod parse;
mod report;
mod schema;
mod shape;
mod suggest;
mod values;

pub(crate) use fields::Fields;
pub(crate) use file::{MAX_SCRIPT, Unread, read, read_up_to, source, unplaced, unreadable};
pub(crate) use index::LineIndex;
pub(crate) use node::{Entry, Kind, Node, Scalar, Span, Style};
pub(crate) use parse::parse;
pub(crate) use report::{Report, place};
pub(crate) use schema::schema;
pub(crate) use shape::{Field, Shape, Want, check, field, wrong_type};
pub(crate) use suggest::did_you_mean;
pub(crate) use values::{cidr, cidr_help, cidrs, domain, domains, globs, requests};
