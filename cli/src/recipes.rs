//! Choosing among the loaded recipes.

use std::sync::Arc;

use reactant_core::recipe::Recipe;

use crate::{console::Console, exit::Failure};

/// Which of the loaded recipes take part.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Selection<'a> {
    /// By these names; empty: all.
    pub(crate) only: &'a [String],
    /// Disabled ones too.
    pub(crate) include_disabled: bool,
}

impl Selection<'_> {
    /// Those that take part, in the same order.
    pub(crate) fn choose(
        self,
        console: &Console,
        recipes: Vec<Arc<Recipe>>,
    ) -> Result<Vec<Arc<Recipe>>, Failure> {
        let unknown =
            self.only.iter().find(|name| !recipes.iter().any(|recipe| *recipe.name == ***name));
        if let Some(name) = unknown {
            let names = recipes.iter().map(|recipe| &*recipe.name);
            let distance = |near: &&str| strsim::damerau_levenshtein(name, near);
            // A third of the letters may be wrong; more is no slip.
            let near =
                names.min_by_key(distance).filter(|near| distance(near) <= name.len() / 3 + 1);
            let help = near.map_or_else(String::new, |near| format!(": did you mean `{near}`?"));
            return Err(Failure::Usage(format!("--only: no recipe is named `{name}`{help}")));
        }
        for recipe in recipes.iter().filter(|recipe| !recipe.enabled && !self.include_disabled) {
            if self.only.iter().any(|name| **name == *recipe.name) {
                let name = &recipe.name;
                let what =
                    format!("--only: `{name}` is disabled: `--include-disabled` takes it along");
                console.warn("disabled", &what);
            }
        }
        let chosen = recipes.into_iter().filter_map(|recipe| {
            let named = self.only.is_empty() || self.only.iter().any(|name| **name == *recipe.name);
            match (named, recipe.enabled) {
                (false, _) => None,
                (true, true) => Some(recipe),
                (true, false) if self.include_disabled => {
                    Some(Arc::new(Recipe { enabled: true, ..Recipe::clone(&recipe) }))
                }
                (true, false) => None,
            }
        });
        Ok(chosen.collect())
    }
}
