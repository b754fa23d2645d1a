//! From a tree of nodes to a [`Recipe`]: every field is looked at, whatever is wrong with the others.

mod filter;
mod flow;
mod paths;
mod pattern;
mod reaction;
mod script;
mod verdict;

use std::sync::Arc;

pub use script::read as read_script;

use super::{
    Breed, Importance, Mechanism, OnLoss, Recipe, When, fields::RECIPE, load::Options, reach,
};
use crate::{
    capability::Request,
    diagnostic::Place,
    document::{Entry, Fields, Node, Report, check, requests},
    packed::Packed,
    value::Value,
};

/// The longest name, in bytes: it is a key of the data store and stands in every line of output.
const MAX_NAME: usize = 255;

/// Whether a recipe may have this name.
#[must_use]
pub fn is_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= MAX_NAME && !name.contains(char::is_control)
}

/// What could be made of a node.
pub(super) struct Draft {
    /// The name and where it stands, though the recipe may be wrong.
    pub(super) name: Option<(String, Place)>,
    /// `None` where what is missing has no default; where errors were reported, it is not to be used.
    pub(super) recipe: Option<Recipe>,
}

/// Reads a recipe, and reports everything that is wrong with it.
pub(super) fn recipe(node: &Node, options: &Options<'_>, report: &mut Report) -> Draft {
    let before = report.errors();
    report.problems(node);
    let Some(fields) = check(node, &RECIPE, report) else {
        return Draft { name: None, recipe: None };
    };
    for name in ["kind", "name"] {
        if let Some(entry) = fields.entry(name).filter(|entry| entry.value.text() == Some("")) {
            report.error("missing-field", entry.span(), format!("`{name}` is empty"));
        }
    }
    let name = fields.entry("name").and_then(|entry| {
        let name = entry.value.text().filter(|name| !name.is_empty())?;
        if !is_name(name) {
            let what = format!("a name has at most {MAX_NAME} bytes and no control characters");
            report.error("bad-name", entry.span(), what);
        }
        Some((name.to_owned(), report.place(entry.span())))
    });
    let recipe = read(node, &fields, name.clone(), options, report);
    // A condition that was read in part says nothing about the whole.
    if let Some(recipe) = recipe.as_ref().filter(|_| report.errors() == before) {
        breed_fits(recipe, &fields, report);
        reach::warn(recipe, node, &fields, report);
    }
    Draft { name, recipe }
}

fn read(
    node: &Node,
    fields: &Fields<'_>,
    name: Option<(String, Place)>,
    options: &Options<'_>,
    report: &mut Report,
) -> Option<Recipe> {
    let warn_of = fields.entry("name").map_or(node.span, Entry::span);
    let kind = fields.text("kind").unwrap_or_default();
    let version = fields.spelling("version").filter(|version| !version.is_empty());
    if version.is_none() && !fields.has("version") {
        report
            .warn("no-version", warn_of, "the recipe has no `version`")
            .help("it reads \"0\"".to_owned());
    }
    let description = fields.text("description").filter(|text| !text.trim().is_empty());
    if description.is_none() && !fields.has("description") {
        report
            .warn("no-description", warn_of, "the recipe has no `description`")
            .help("it reads as the name".to_owned());
    }
    let (name, place) = match name {
        Some((name, place)) => (name, place),
        // Rejected for the missing name, but everything else is still looked at.
        None => (String::new(), report.place(node.span)),
    };
    let times = filter::times(fields);
    let arbitrary = filter::groups(fields, report);
    let file = paths::condition(fields, report);
    let flow = flow::condition(fields, report);
    let capabilities = asked_for(fields, options, report);
    let reactions = reaction::reactions(fields, kind, capabilities.as_deref(), options, report);
    let mechanism = fields.text("mechanism").and_then(Mechanism::from_name);
    let importance = fields.text("importance").and_then(Importance::from_name);
    let when = fields.text("when").and_then(When::from_name).unwrap_or(When::After);
    if when == When::Before {
        verdict::check(mechanism, &file, fields, report);
    }
    let mut recipe = Recipe {
        name: name.as_str().into(),
        kind: kind.into(),
        enabled: fields.bool("enabled").unwrap_or(true),
        version: version.unwrap_or("0").to_owned(),
        description: description.map_or(name, str::to_owned),
        documentation: fields.text("documentation").unwrap_or_default().to_owned(),
        breed: fields.text("breed").and_then(Breed::from_name)?,
        mechanism: mechanism?,
        tactic: or_none(fields, "tactic"),
        technique: or_none(fields, "technique"),
        subtechnique: or_none(fields, "subtechnique"),
        importance: importance?,
        times,
        arbitrary,
        file,
        flow,
        reactions,
        capabilities,
        on_loss: fields.text("on_loss").and_then(OnLoss::from_name).unwrap_or(OnLoss::Ignore),
        when,
        metadata: Arc::new(Packed::of(&Value::Null)),
        place,
    };
    recipe.metadata = Arc::new(recipe.pack_metadata());
    Some(recipe)
}

/// A text where `none`, empty and missing mean the same.
fn or_none(fields: &Fields<'_>, name: &str) -> String {
    let text = fields.spelling(name).unwrap_or_default();
    if text.eq_ignore_ascii_case("none") { String::new() } else { text.to_owned() }
}

/// The `capabilities` of a recipe or reaction.
fn asked_for(
    fields: &Fields<'_>,
    options: &Options<'_>,
    report: &mut Report,
) -> Option<Vec<Request>> {
    let own = options.helpers.specs().filter_map(|(_, spec)| spec.capability.as_ref());
    requests(fields, "capabilities", own, report)
}

/// Warns where the breed speaks of something that the mechanism's events do not have.
fn breed_fits(recipe: &Recipe, fields: &Fields<'_>, report: &mut Report) {
    let fits = match recipe.mechanism {
        Mechanism::FileAccess => matches!(recipe.breed, Breed::FileAccess | Breed::Execution),
        Mechanism::Execution => recipe.breed == Breed::Execution,
        Mechanism::NetworkPeers | Mechanism::NetworkPolicy => {
            !matches!(recipe.breed, Breed::FileAccess | Breed::Execution)
        }
        Mechanism::Baseline => true,
    };
    if let Some(entry) = fields.entry("breed").filter(|_| !fits) {
        let (breed, mechanism) = (recipe.breed.name(), recipe.mechanism.name());
        report
            .warn(
                "breed-mismatch",
                entry.span(),
                format!("the breed `{breed}` does not fit the mechanism `{mechanism}`"),
            )
            .help("the mechanism alone chooses the events".to_owned());
    }
}
