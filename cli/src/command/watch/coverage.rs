//! What is watched, and by which source.

use std::{collections::BTreeMap, sync::Arc};

use reactant_core::{
    event::{Action, ActionSet},
    interest::Interest,
    recipe::{How, Mechanism, Recipe, When},
};
use reactant_sensor::live::{Coverage, Subject};

use crate::console::Console;

/// What these recipes could match, unless everything is to be seen.
pub(super) fn interest(recipes: &[Arc<Recipe>], everything: bool) -> Interest {
    if everything {
        return Interest::everything();
    }
    Interest::of(recipes.iter().map(|recipe| &**recipe).filter(|recipe| recipe.enabled))
}

/// Tells what serves each subject.
pub(super) fn tell_what_is_watched(console: &Console, coverage: &[Coverage]) {
    let mut unwatched: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for Coverage { subject, source, .. } in coverage {
        match source {
            Ok(source) => console.note(&format!("{}: {source}", subject.name())),
            Err(reason) => unwatched.entry(reason).or_default().push(subject.name()),
        }
    }
    for (reason, names) in unwatched {
        console.note(&format!("{reason}: {}", names.join(", ")));
    }
}

/// Tells which recipes wait for what nothing watches.
pub(super) fn tell_what_waits_in_vain(
    console: &Console,
    coverage: &[Coverage],
    recipes: &[Arc<Recipe>],
) {
    let mut actions = ActionSet::EMPTY;
    let mut flows = false;
    for Coverage { subject, source, .. } in coverage {
        match subject {
            Subject::Execution if source.is_ok() => actions.insert(Action::Execve),
            Subject::File(action) if source.is_ok() => actions.insert(*action),
            Subject::Flow(_) => flows |= source.is_ok(),
            _ => {}
        }
    }
    // What decides before the act waits for nothing that is told after it.
    let in_vain = |recipe: &&Arc<Recipe>| {
        recipe.enabled && recipe.when == When::After && waits_in_vain(recipe, actions, flows)
    };
    let names: Vec<_> = recipes.iter().filter(in_vain).map(|recipe| &*recipe.name).collect();
    if !names.is_empty() {
        let what = format!(
            "nothing watches what {} wait{} for: {}",
            if names.len() == 1 { "this recipe" } else { "these recipes" },
            if names.len() == 1 { "s" } else { "" },
            names.join(", "),
        );
        console.warn("unwatched-recipe", &what);
    }
}

/// Whether no event of these actions, or no flow, can make the recipe fire.
fn waits_in_vain(recipe: &Recipe, actions: ActionSet, flows: bool) -> bool {
    let wanted = recipe.file.actions;
    match recipe.mechanism {
        Mechanism::Execution => !actions.contains(Action::Execve),
        Mechanism::NetworkPeers => !flows,
        // What the policy denies is told by what holds it up.
        Mechanism::NetworkPolicy | Mechanism::Baseline => false,
        Mechanism::FileAccess if wanted.is_empty() => actions.is_empty(),
        Mechanism::FileAccess if recipe.file.how == How::All => {
            !wanted.difference(actions).is_empty()
        }
        Mechanism::FileAccess => wanted.intersection(actions).is_empty(),
    }
}
