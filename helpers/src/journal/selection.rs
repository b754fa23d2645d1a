//! Which acts are meant.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Acts by what they have in common; all that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Selection {
    /// Those that answered this event.
    pub event: Option<String>,
    /// Those of this recipe; `""`: an operator's.
    pub recipe: Option<String>,
    /// Those by this helper.
    pub helper: Option<String>,
    /// Those from this time on.
    pub since: Option<Timestamp>,
    /// Those before this time.
    pub until: Option<Timestamp>,
}

impl Selection {
    /// Whether an act is meant.
    #[must_use]
    pub fn takes(&self, time: Timestamp, uuid: &str, recipe: &str, helper: &str) -> bool {
        let is = |wanted: &Option<String>, held: &str| {
            wanted.as_deref().is_none_or(|wanted| wanted == held)
        };
        self.in_time(time)
            && is(&self.event, uuid)
            && is(&self.recipe, recipe)
            && is(&self.helper, helper)
    }

    /// Whether something of a time is meant.
    #[must_use]
    pub fn in_time(&self, time: Timestamp) -> bool {
        self.since.is_none_or(|since| since <= time) && self.until.is_none_or(|until| time < until)
    }

    /// Whether acts only are meant, and of these not all.
    #[must_use]
    pub fn narrows(&self) -> bool {
        self.event.is_some() || self.recipe.is_some() || self.helper.is_some()
    }
}
