//! Who has blocked what, and until when.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Blockable, Outcome};
use crate::texts;

/// The leases of all recipes. A block stands as long as somebody's lease on it does.
#[derive(Debug, Default)]
pub struct Leases {
    held: BTreeMap<Blockable, BTreeMap<String, Option<Timestamp>>>,
}

impl Leases {
    /// Adds a recipe's lease, until a time or for good. A recipe's leases on one block are one, which ends with the last.
    pub fn add(
        &mut self,
        what: &Blockable,
        recipe: &str,
        until: Option<Timestamp>,
        now: Timestamp,
    ) -> Outcome {
        self.expire(now);
        let blocked = self.held.keys().any(|held| held.covers(what));
        let recipes = self.held.entry(what.clone()).or_default();
        let lease = recipes.entry(recipe.to_owned()).or_insert(until);
        *lease = lease.zip(until).map(|(old, new)| old.max(new));
        if blocked { Outcome::Already(texts::ALREADY_BLOCKED.to_owned()) } else { Outcome::Done }
    }

    /// Ends a recipe's lease; where others keep it blocked (also by a wider block), the outcome names them.
    pub fn end(&mut self, what: &Blockable, recipe: &str, now: Timestamp) -> Outcome {
        self.expire(now);
        let mut ended = false;
        if let Some(recipes) = self.held.get_mut(what) {
            ended = recipes.remove(recipe).is_some();
            if recipes.is_empty() {
                self.held.remove(what);
            }
        }
        let mut holders = Vec::new();
        for (held, recipes) in self.held.iter().filter(|(held, _)| held.covers(what)) {
            for recipe in recipes.keys() {
                holders.push(if held == what {
                    recipe.clone()
                } else {
                    format!("{recipe} ({held})")
                });
            }
        }
        if !holders.is_empty() {
            holders.sort();
            return Outcome::Already(format!("still blocked by {}", holders.join(", ")));
        }
        if ended { Outcome::Done } else { Outcome::Already(texts::NOT_BLOCKED.to_owned()) }
    }

    /// Removes what has ended.
    pub fn expire(&mut self, now: Timestamp) {
        self.held.retain(|_, recipes| {
            recipes.retain(|_, until| until.is_none_or(|until| until > now));
            !recipes.is_empty()
        });
    }

    /// What is blocked, by whom, and until when.
    pub fn iter(&self) -> impl Iterator<Item = (&Blockable, &BTreeMap<String, Option<Timestamp>>)> {
        self.held.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn net(text: &str) -> Blockable {
        Blockable::Net(text.parse().unwrap())
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn already(text: &str) -> Outcome {
        Outcome::Already(text.to_owned())
    }

    #[test]
    fn a_block_stands_until_its_last_lease_ends() {
        let mut leases = Leases::default();
        let what = net("203.0.113.7/32");
        assert_eq!(leases.add(&what, "a", Some(at(10)), at(0)), Outcome::Done);
        assert_eq!(leases.add(&what, "b", Some(at(20)), at(5)), already("already blocked"));
        assert_eq!(leases.add(&what, "c", None, at(19)), already("already blocked"));
        assert_eq!(leases.end(&what, "c", at(19)), already("still blocked by b"));
        assert_eq!(leases.add(&what, "a", None, at(20)), Outcome::Done);
    }

    #[test]
    fn a_shorter_lease_does_not_cut_a_longer_one() {
        let mut leases = Leases::default();
        let what = net("203.0.113.7/32");
        leases.add(&what, "a", Some(at(100)), at(0));
        leases.add(&what, "a", Some(at(10)), at(0));
        assert_eq!(leases.add(&what, "b", None, at(50)), already("already blocked"));
        leases.add(&what, "a", None, at(50));
        leases.add(&what, "a", Some(at(60)), at(50));
        leases.end(&what, "b", at(70));
        assert_eq!(leases.iter().count(), 1);
    }

    #[test]
    fn unblocking_ends_the_recipes_own_leases_and_names_the_others() {
        let mut leases = Leases::default();
        let what = net("203.0.113.7/32");
        assert_eq!(leases.end(&what, "a", at(0)), already("not blocked"));
        for recipe in ["c", "a", "b"] {
            leases.add(&what, recipe, None, at(0));
        }
        assert_eq!(leases.end(&what, "a", at(0)), already("still blocked by b, c"));
        leases.end(&what, "c", at(0));
        assert_eq!(leases.end(&what, "b", at(0)), Outcome::Done);
    }

    #[test]
    fn a_wider_block_covers_what_lies_in_it() {
        let mut leases = Leases::default();
        leases.add(&net("203.0.113.0/24"), "wide", None, at(0));
        assert_eq!(
            leases.add(&net("203.0.113.7/32"), "a", None, at(0)),
            already("already blocked")
        );
        let still = already("still blocked by wide (203.0.113.0/24)");
        assert_eq!(leases.end(&net("203.0.113.7/32"), "a", at(0)), still);
        let (evil, below) =
            (Blockable::Domain("evil.example".into()), Blockable::Domain("a.evil.example".into()));
        assert!(evil.covers(&below) && evil.covers(&evil) && !below.covers(&evil));
        assert!(!evil.covers(&Blockable::Domain("notevil.example".into())));
    }
}
