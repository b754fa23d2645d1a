//! What recipes could match, as far as it can be told of a file or a flow without an event: what no recipe wants need not be told.

pub mod flows;

use std::collections::BTreeMap;

use flows::FlowInterest;

use crate::{
    event::{Action, ActionSet},
    recipe::{Base, Mechanism, Recipe},
};

/// Actions by the files that they are wanted of: of each file, those of [`everywhere`](Interest::everywhere), and those of each entry that covers it.
/// Executions are wanted always.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Interest {
    everywhere: ActionSet,
    directories: BTreeMap<String, ActionSet>,
    files: BTreeMap<String, ActionSet>,
    names: BTreeMap<String, ActionSet>,
    flows: FlowInterest,
}

impl Interest {
    /// Everything.
    #[must_use]
    pub fn everything() -> Interest {
        Interest {
            everywhere: ActionSet::from_iter(Action::ALL.iter().copied()),
            flows: FlowInterest::everything(),
            ..Interest::default()
        }
    }

    /// What any of the recipes could match. Vetoes count: an action that excludes a match must be seen. An entry with nothing but an expression, and a
    /// recipe without entries, want every file.
    pub fn of<'r>(recipes: impl IntoIterator<Item = &'r Recipe>) -> Interest {
        let mut interest = Interest::default();
        let recipes: Vec<&Recipe> = recipes.into_iter().collect();
        interest.flows = FlowInterest::of(&recipes);
        for recipe in recipes {
            if recipe.mechanism != Mechanism::FileAccess {
                continue;
            }
            let file = &recipe.file;
            let actions = match file.actions.is_empty() {
                true => Interest::everything().everywhere,
                false => file.actions.union(file.excluded),
            };
            if file.bases.is_empty() {
                interest.everywhere = interest.everywhere.union(actions);
            }
            file.bases.iter().for_each(|base| interest.add(base, actions));
        }
        interest
    }

    fn add(&mut self, base: &Base, actions: ActionSet) {
        /// Stands for what was not UTF-8 in a path: then what the recipe names is not what the kernel has.
        fn is_exact(part: Option<&String>) -> bool {
            part.is_none_or(|part| !part.contains(char::REPLACEMENT_CHARACTER))
        }
        let exact = is_exact(base.dir.as_ref()) && is_exact(base.base.as_ref());
        let set = match (&base.dir, &base.base) {
            (Some(dir), Some(name)) if exact => {
                let path = format!("{}/{name}", dir.trim_end_matches('/'));
                self.files.entry(path).or_default()
            }
            (Some(dir), None) if exact => self.directories.entry(dir.clone()).or_default(),
            (None, Some(name)) if exact => self.names.entry(name.clone()).or_default(),
            _ => &mut self.everywhere,
        };
        *set = set.union(actions);
    }

    /// Flows.
    #[must_use]
    pub fn flows(&self) -> &FlowInterest {
        &self.flows
    }

    /// Asks for these flows instead.
    #[must_use]
    pub fn with_flows(mut self, flows: FlowInterest) -> Interest {
        self.flows = flows;
        self
    }

    /// Wanted of every file.
    #[must_use]
    pub fn everywhere(&self) -> ActionSet {
        self.everywhere
    }

    /// Wanted of what lies below a directory, which has no slash at its end (but for `/` itself).
    pub fn directories(&self) -> impl Iterator<Item = (&str, ActionSet)> {
        self.directories.iter().map(|(directory, actions)| (&**directory, *actions))
    }

    /// Wanted of one file.
    pub fn files(&self) -> impl Iterator<Item = (&str, ActionSet)> {
        self.files.iter().map(|(path, actions)| (&**path, *actions))
    }

    /// Wanted of every file of a name.
    pub fn names(&self) -> impl Iterator<Item = (&str, ActionSet)> {
        self.names.iter().map(|(name, actions)| (&**name, *actions))
    }

    /// Wanted of any file.
    #[must_use]
    pub fn wanted(&self) -> ActionSet {
        let sets = [&self.directories, &self.files, &self.names];
        let sets = sets.into_iter().flat_map(BTreeMap::values);
        sets.fold(self.everywhere, |all, set| all.union(*set))
    }
}
