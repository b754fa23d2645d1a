//! Requests about budgets: `budget.list`, `reset`.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Exchange, Handler, Refusal, Request, operator::by};
use crate::{
    budget::{Budget, Trip},
    journal::Journal,
};

/// Answers for the budgets of all recipes.
#[derive(Debug, Clone)]
pub struct Budgets {
    budget: Arc<Budget>,
    journal: Arc<Journal>,
}

/// A recipe that only simulates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tripped {
    /// Its name.
    pub recipe: String,
    /// Why.
    #[serde(flatten)]
    pub trip: Trip,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reset {
    /// Which; without it all.
    recipes: Option<Vec<String>>,
}

impl Budgets {
    /// Answers for these budgets.
    #[must_use]
    pub fn new(budget: Arc<Budget>, journal: Arc<Journal>) -> Budgets {
        Budgets { budget, journal }
    }
}

impl Handler for Budgets {
    fn topic(&self) -> &'static str {
        "budget"
    }

    fn answer(&self, request: &Request<'_>, exchange: &mut Exchange<'_>) -> Result<(), Refusal> {
        match request.verb {
            "list" => {
                let tripped = self.budget.tripped().into_iter();
                tripped
                    .map(|(recipe, trip)| Tripped { recipe, trip })
                    .try_for_each(|tripped| exchange.send(&tripped))
            }
            "reset" => {
                let Reset { recipes } = request.with()?;
                let by = by(exchange);
                let names = self.budget.reset(&self.journal, recipes.as_deref(), Some(by))?;
                names.iter().try_for_each(|name| exchange.send(name))
            }
            _ => Err(request.unknown()),
        }
    }
}
