//! Who has blocked what, and until when.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{Blockable, Outcome};
use crate::texts;

/// The leases of all recipes. A block stands as long as somebody's lease on it does.
#[derive(Debug, Default)]
pub struct Leases {
    held: BTreeMap<Blockable, BTreeMap<String, Option<Timestamp>>>,
    /// The leases that end, soonest first: a step costs what ends in it, not what is held.
    ends: BTreeSet<(Timestamp, Blockable, String)>,
    count: usize,
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
        let blocked = what.covering().any(|wider| self.held.contains_key(&wider));
        let recipes = self.held.entry(what.clone()).or_default();
        let old = recipes.get(recipe).copied();
        let new = match old {
            Some(old) => old.zip(until).map(|(old, new)| old.max(new)),
            None => until,
        };
        if recipes.insert(recipe.to_owned(), new).is_none() {
            self.count += 1;
        }
        if let Some(end) = old.flatten() {
            self.ends.remove(&(end, what.clone(), recipe.to_owned()));
        }
        if let Some(end) = new {
            self.ends.insert((end, what.clone(), recipe.to_owned()));
        }
        if blocked { Outcome::Already(texts::ALREADY_BLOCKED.to_owned()) } else { Outcome::Done }
    }

    /// Ends a recipe's lease; where others keep it blocked (also by a wider block), the outcome names them.
    pub fn end(&mut self, what: &Blockable, recipe: &str, now: Timestamp) -> Outcome {
        self.expire(now);
        let ended = self.remove(what, recipe);
        let mut holders = Vec::new();
        for wider in what.covering() {
            for recipe in self.held.get(&wider).into_iter().flat_map(BTreeMap::keys) {
                let own = wider == *what;
                holders.push(if own { recipe.clone() } else { format!("{recipe} ({wider})") });
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
        while let Some((_, what, recipe)) = self.ends.first().filter(|(end, ..)| *end <= now) {
            let (what, recipe) = (what.clone(), recipe.clone());
            self.remove(&what, &recipe);
        }
    }

    fn remove(&mut self, what: &Blockable, recipe: &str) -> bool {
        let Some(recipes) = self.held.get_mut(what) else { return false };
        let Some(lease) = recipes.remove(recipe) else { return false };
        self.count -= 1;
        if recipes.is_empty() {
            self.held.remove(what);
        }
        if let Some(end) = lease {
            self.ends.remove(&(end, what.clone(), recipe.to_owned()));
        }
        true
    }

    /// How many leases there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// What is blocked, by whom, and until when.
    pub fn iter(&self) -> impl Iterator<Item = (&Blockable, &BTreeMap<String, Option<Timestamp>>)> {
        self.held.iter()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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
    }

    #[test]
    fn what_covers_a_block_is_itself_and_all_that_is_wider() {
        let covering = |what: Blockable| -> Vec<String> {
            what.covering().map(|wider| wider.to_string()).collect()
        };
        let domain = Blockable::Domain("a.evil.example".into());
        assert_eq!(covering(domain), ["a.evil.example", "evil.example", "example"]);
        let nets = covering(net("203.0.113.7/32"));
        assert_eq!((nets.len(), &*nets[0], &*nets[8]), (33, "203.0.113.7", "203.0.113.0/24"));
        assert_eq!(covering(net("2001:db8::/32")).last().unwrap(), "::/0");
    }

    proptest! {
        /// Against the plainest model: a list of leases that is searched from end to end.
        #[test]
        fn leases_agree_with_a_plain_list(steps in prop::collection::vec((0..4_u8, 0..2_u8, prop::option::of(1..9_i64), 0..3_i64, any::<bool>()), 1..40)) {
            let (mut leases, mut model, mut now) = (Leases::default(), Vec::new(), 0);
            for (block, recipe, seconds, wait, adds) in steps {
                now += wait;
                let what = [net("10.0.0.0/8"), net("10.0.0.0/24"), net("10.0.0.1/32"), net("10.0.1.1/32")][usize::from(block)].clone();
                let recipe = recipe.to_string();
                model.retain(|(_, _, until): &(Blockable, String, Option<i64>)| until.is_none_or(|until| until > now));
                let covers = |held: &Blockable| what.covering().any(|wider| wider == *held);
                if adds {
                    let blocked = model.iter().any(|(held, ..)| covers(held));
                    let until = seconds.map(|seconds| now + seconds);
                    model.push((what.clone(), recipe.clone(), until));
                    let outcome = leases.add(&what, &recipe, until.map(at), at(now));
                    prop_assert_eq!(outcome != Outcome::Done, blocked);
                } else {
                    let before = model.len();
                    model.retain(|(held, by, _)| (held, by) != (&what, &recipe));
                    let done = model.len() < before && !model.iter().any(|(held, ..)| covers(held));
                    prop_assert_eq!(leases.end(&what, &recipe, at(now)) == Outcome::Done, done);
                }
                let held: usize = leases.iter().map(|(_, recipes)| recipes.len()).sum();
                prop_assert_eq!((leases.len(), leases.is_empty()), (held, held == 0));
            }
        }
    }
}
