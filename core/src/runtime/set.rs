//! A set of recipes, and all that derives from it: replaced whole, and kept as long as a reaction of it waits or runs.

use std::{collections::HashMap, sync::Arc};

use crate::{
    capability::Grants,
    limits::Limits,
    matcher::{Matcher, Options},
    recipe::{Recipe, When},
    verdict::DEFAULT_TIMEOUT,
};

/// What a set is made under; the same for every set of a run.
pub(super) struct Conditions {
    pub(super) grants: Grants,
    pub(super) limits: Limits,
    pub(super) options: Options,
}

pub(super) struct Set {
    pub(super) recipes: Vec<Arc<Recipe>>,
    pub(super) matcher: Matcher,
    terms: Vec<Vec<ReactionTerms>>,
}

/// What one reaction may hold and use.
pub(super) struct ReactionTerms {
    pub(super) grants: Grants,
    pub(super) limits: Limits,
    /// What loading it may use: nobody waits for that.
    pub(super) loading: Limits,
}

impl Set {
    pub(super) fn new(recipes: Vec<Arc<Recipe>>, conditions: &Conditions) -> Set {
        let Conditions { grants, limits, options } = conditions;
        let terms = recipes
            .iter()
            .map(|recipe| {
                let held = match &recipe.capabilities {
                    Some(asked) => grants.narrowed(asked),
                    None => grants.clone(),
                };
                let before = recipe.when == When::Before;
                let of_reaction = recipe.reactions.iter().map(|reaction| ReactionTerms {
                    grants: match &reaction.capabilities {
                        Some(asked) => held.narrowed(asked),
                        None => held.clone(),
                    },
                    limits: limits.lowered(
                        reaction.timeout.or(before.then_some(DEFAULT_TIMEOUT)),
                        reaction.memory,
                    ),
                    loading: limits.lowered(reaction.timeout.filter(|_| !before), reaction.memory),
                });
                of_reaction.collect()
            })
            .collect();
        let matcher = Matcher::new(&recipes, options.clone());
        Set { recipes, matcher, terms }
    }

    pub(super) fn terms(&self, recipe: usize, reaction: usize) -> Option<&ReactionTerms> {
        self.terms.get(recipe)?.get(reaction)
    }
}

/// How a new set differs from the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Replaced {
    /// Recipes that say what they said.
    pub kept: usize,
    /// Recipes of a name that was there, which say something else.
    pub changed: usize,
    /// Recipes of a new name.
    pub added: usize,
    /// Recipes that are gone.
    pub removed: usize,
}

impl Replaced {
    pub(super) fn of(before: &[Arc<Recipe>], after: &[Arc<Recipe>]) -> Replaced {
        let mut old: HashMap<&str, &Arc<Recipe>> =
            before.iter().map(|recipe| (&*recipe.name, recipe)).collect();
        let mut replaced = Replaced::default();
        for recipe in after {
            match old.remove(&*recipe.name) {
                None => replaced.added += 1,
                Some(before) if before.is_same(recipe) => replaced.kept += 1,
                Some(_) => replaced.changed += 1,
            }
        }
        replaced.removed = old.len();
        replaced
    }
}
