//! Who has blocked what, and until when.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::Timestamp;

use super::{Blockable, Outcome};
use crate::texts;

/// How many leases one recipe holds on one block at most, each by another event. Beyond, the one that ends first is forgotten, which changes nothing of
/// when the block ends.
const OF_ONE_RECIPE: usize = 64;

/// Who holds a lease: a recipe, because of an event.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Holder {
    /// The recipe's name.
    pub recipe: String,
    /// The event's identifier.
    pub event: String,
}

impl Holder {
    /// A recipe that answers to an event.
    #[must_use]
    pub fn new(recipe: impl Into<String>, event: impl Into<String>) -> Holder {
        Holder { recipe: recipe.into(), event: event.into() }
    }

    /// An operator, who answers to nobody's event: the identifier is of the act.
    #[must_use]
    pub fn operator(act: impl Into<String>) -> Holder {
        // No recipe has this name.
        Holder::new("", act)
    }

    /// Who that is, for people.
    #[must_use]
    pub fn name(&self) -> &str {
        if self.recipe.is_empty() { "the operator" } else { &self.recipe }
    }
}

/// Whose leases on a block are meant.
#[derive(Debug, Clone, Copy)]
pub enum Whose<'a> {
    /// All of them.
    Anybodys,
    /// Those of a recipe.
    Recipe(&'a str),
    /// That of one holder.
    Holder(&'a Holder),
}

/// The leases on one block, by who holds them: until when, or for good. Most have one; it is kept small, for there may be a million.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holders<T>(Vec<(Arc<Holder>, Option<T>)>);

impl<T> Default for Holders<T> {
    fn default() -> Self {
        Holders(Vec::new())
    }
}

impl<T: Copy> Holders<T> {
    /// Who holds a lease, and until when, in the order of holders.
    pub fn iter(&self) -> impl Iterator<Item = (&Holder, Option<T>)> {
        self.0.iter().map(|(holder, until)| (&**holder, *until))
    }

    /// Who holds one.
    pub fn keys(&self) -> impl Iterator<Item = &Holder> {
        self.0.iter().map(|(holder, _)| &**holder)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn find(&self, holder: &Holder) -> Result<usize, usize> {
        self.0.binary_search_by(|(held, _)| (**held).cmp(holder))
    }

    fn insert(&mut self, holder: Arc<Holder>, until: Option<T>) -> bool {
        match self.find(&holder) {
            Ok(at) => {
                self.0[at].1 = until;
                false
            }
            Err(at) => {
                self.0.insert(at, (holder, until));
                true
            }
        }
    }

    fn remove(&mut self, holder: &Holder) -> Option<(Arc<Holder>, Option<T>)> {
        self.find(holder).ok().map(|at| self.0.remove(at))
    }

    /// Those of a recipe.
    fn by(&self, recipe: &str) -> &[(Arc<Holder>, Option<T>)] {
        let first = self.0.partition_point(|(holder, _)| *holder.recipe < *recipe);
        let own = self.0[first..].partition_point(|(holder, _)| holder.recipe == recipe);
        &self.0[first..first + own]
    }
}

impl<T: Copy> FromIterator<(Holder, Option<T>)> for Holders<T> {
    fn from_iter<I: IntoIterator<Item = (Holder, Option<T>)>>(leases: I) -> Self {
        let mut holders = Holders(Vec::new());
        for (holder, until) in leases {
            holders.insert(Arc::new(holder), until);
        }
        holders.0.shrink_to_fit();
        holders
    }
}

/// The leases of all recipes, by some clock. A block stands as long as somebody's lease on it does.
#[derive(Debug)]
pub struct Leases<T = Timestamp> {
    held: BTreeMap<Blockable, Holders<T>>,
    /// The leases that end, soonest first: a step costs what ends in it, not what is held.
    ends: BTreeSet<(T, Blockable, Arc<Holder>)>,
    count: usize,
}

impl<T> Default for Leases<T> {
    fn default() -> Self {
        Leases { held: BTreeMap::new(), ends: BTreeSet::new(), count: 0 }
    }
}

impl<T: Copy + Ord> Leases<T> {
    /// Adds a lease, until a time or for good. One that is held already ends with the later of both.
    pub fn add(&mut self, what: &Blockable, holder: &Holder, until: Option<T>, now: T) -> Outcome {
        self.expire(now);
        let blocked = what.covering().any(|wider| self.held.contains_key(&wider));
        let holders = self.held.get(what);
        let old = holders.and_then(|held| held.find(holder).ok().map(|at| held.0[at].1));
        let until = match old {
            Some(old) => old.zip(until).map(|(old, new)| old.max(new)),
            None => until,
        };
        self.remove(what, holder);
        self.insert(what, Arc::new(holder.clone()), until);
        self.forget(what, &holder.recipe);
        if blocked { Outcome::Already(texts::ALREADY_BLOCKED.to_owned()) } else { Outcome::Done }
    }

    /// Ends a recipe's leases; where others keep it blocked (also by a wider block), the outcome names them.
    pub fn end(&mut self, what: &Blockable, recipe: &str, now: T) -> Outcome {
        self.end_of(what, Whose::Recipe(recipe), now).0
    }

    /// Ends leases on a block, and gives them; where others keep it blocked (also by a wider block), the outcome names them.
    pub fn end_of(&mut self, what: &Blockable, whose: Whose<'_>, now: T) -> (Outcome, Holders<T>) {
        self.expire(now);
        let held = self.held.get(what).map_or(&[][..], |holders| &holders.0);
        let own = Holders(match whose {
            Whose::Anybodys => held.to_vec(),
            Whose::Recipe(recipe) => self.by(what, recipe).to_vec(),
            Whose::Holder(holder) => {
                held.iter().filter(|(held, _)| **held == *holder).cloned().collect()
            }
        });
        own.iter().for_each(|(holder, _)| self.remove(what, holder));
        let mut holders = BTreeSet::new();
        for wider in what.covering() {
            for (holder, _) in self.held.get(&wider).into_iter().flat_map(Holders::iter) {
                let (own, name) = (wider == *what, holder.name());
                holders.insert(if own { name.to_owned() } else { format!("{name} ({wider})") });
            }
        }
        let outcome = if !holders.is_empty() {
            let names: Vec<String> = holders.into_iter().collect();
            Outcome::Already(format!("still blocked by {}", names.join(", ")))
        } else if own.is_empty() {
            Outcome::Already(texts::NOT_BLOCKED.to_owned())
        } else {
            Outcome::Done
        };
        (outcome, own)
    }

    /// Removes what has ended, and gives the blocks on which no lease is left.
    pub fn expire(&mut self, now: T) -> Vec<Blockable> {
        let mut ended = Vec::new();
        while let Some((_, what, holder)) = self.ends.first().filter(|(end, ..)| *end <= now) {
            let (what, holder) = (what.clone(), Arc::clone(holder));
            self.remove(&what, &holder);
            if !self.held.contains_key(&what) {
                ended.push(what);
            }
        }
        ended
    }

    /// The leases on exactly this block.
    #[must_use]
    pub fn of(&self, what: &Blockable) -> Option<&Holders<T>> {
        self.held.get(what)
    }

    /// Makes these the leases on a block.
    pub fn restore(&mut self, what: &Blockable, holders: Holders<T>) {
        if let Some(old) = self.held.remove(what) {
            self.count -= old.len();
            for (holder, until) in old.0 {
                self.forget_end(what, holder, until);
            }
        }
        if holders.is_empty() {
            return;
        }
        for (holder, until) in &holders.0 {
            if let Some(end) = until {
                self.ends.insert((*end, what.clone(), Arc::clone(holder)));
            }
        }
        self.count += holders.len();
        self.held.insert(what.clone(), holders);
    }

    fn insert(&mut self, what: &Blockable, holder: Arc<Holder>, until: Option<T>) {
        if let Some(end) = until {
            self.ends.insert((end, what.clone(), Arc::clone(&holder)));
        }
        let is_new = self.held.entry(what.clone()).or_default().insert(holder, until);
        self.count += usize::from(is_new);
    }

    fn remove(&mut self, what: &Blockable, holder: &Holder) {
        let Some(holders) = self.held.get_mut(what) else { return };
        let Some((holder, until)) = holders.remove(holder) else { return };
        self.count -= 1;
        if holders.is_empty() {
            self.held.remove(what);
        }
        self.forget_end(what, holder, until);
    }

    fn forget_end(&mut self, what: &Blockable, holder: Arc<Holder>, until: Option<T>) {
        if let Some(end) = until {
            self.ends.remove(&(end, what.clone(), holder));
        }
    }

    /// Forgets a recipe's leases on a block beyond so many, those first that end first.
    fn forget(&mut self, what: &Blockable, recipe: &str) {
        while self.by(what, recipe).len() > OF_ONE_RECIPE {
            let last = |until: &Option<T>| (until.is_none(), *until);
            let first = self.by(what, recipe).iter().min_by_key(|(_, until)| last(until));
            let Some(first) = first.map(|(holder, _)| Arc::clone(holder)) else { return };
            self.remove(what, &first);
        }
    }

    fn by(&self, what: &Blockable, recipe: &str) -> &[(Arc<Holder>, Option<T>)] {
        self.held.get(what).map_or(&[], |holders| holders.by(recipe))
    }

    /// How many leases there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// How many blocks they are on.
    pub(super) fn blocks(&self) -> usize {
        self.held.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// What is blocked, by whom, and until when.
    pub fn iter(&self) -> impl Iterator<Item = (&Blockable, &Holders<T>)> {
        self.held.iter()
    }
}

/// When the last of some leases ends; `None` where one of them does not.
pub(super) fn last<T: Copy + Ord>(holders: &Holders<T>) -> Option<T> {
    holders.iter().map(|(_, until)| until).reduce(|a, b| a.zip(b).map(|(a, b)| a.max(b))).flatten()
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

    fn by(recipe: &str) -> Holder {
        Holder::new(recipe, "event")
    }

    fn already(text: &str) -> Outcome {
        Outcome::Already(text.to_owned())
    }

    #[test]
    fn a_block_stands_until_its_last_lease_ends() {
        let mut leases = Leases::default();
        let what = net("203.0.113.7/32");
        assert_eq!(leases.add(&what, &by("a"), Some(at(10)), at(0)), Outcome::Done);
        assert_eq!(leases.add(&what, &by("b"), Some(at(20)), at(5)), already("already blocked"));
        assert_eq!(leases.add(&what, &by("c"), None, at(19)), already("already blocked"));
        assert_eq!(leases.end(&what, "c", at(19)), already("still blocked by b"));
        assert_eq!(leases.add(&what, &by("a"), None, at(20)), Outcome::Done);
    }

    #[test]
    fn a_shorter_lease_does_not_cut_a_longer_one() {
        let mut leases = Leases::default();
        let what = net("203.0.113.7/32");
        leases.add(&what, &by("a"), Some(at(100)), at(0));
        leases.add(&what, &by("a"), Some(at(10)), at(0));
        assert_eq!(leases.add(&what, &by("b"), None, at(50)), already("already blocked"));
        leases.add(&what, &by("a"), None, at(50));
        leases.add(&what, &by("a"), Some(at(60)), at(50));
        leases.end(&what, "b", at(70));
        assert_eq!(leases.iter().count(), 1);
    }

    #[test]
    fn unblocking_ends_the_recipes_own_leases_and_names_the_others() {
        let mut leases = Leases::default();
        let what = net("203.0.113.7/32");
        assert_eq!(leases.end(&what, "a", at(0)), already("not blocked"));
        for recipe in ["c", "a", "b"] {
            leases.add(&what, &by(recipe), None, at(0));
        }
        assert_eq!(leases.end(&what, "a", at(0)), already("still blocked by b, c"));
        leases.end(&what, "c", at(0));
        assert_eq!(leases.end(&what, "b", at(0)), Outcome::Done);
    }

    #[test]
    fn one_lease_of_several_of_a_recipe_can_be_ended() {
        let mut leases = Leases::default();
        let (what, one, two) = (net("203.0.113.7/32"), by("a"), Holder::new("a", "another"));
        for holder in [&one, &two] {
            leases.add(&what, holder, Some(at(10)), at(0));
        }
        assert_eq!(
            leases.end_of(&what, Whose::Holder(&one), at(1)).0,
            already("still blocked by a")
        );
        assert_eq!(
            leases.end_of(&what, Whose::Holder(&one), at(1)).0,
            already("still blocked by a")
        );
        assert_eq!(leases.end_of(&what, Whose::Holder(&two), at(1)).0, Outcome::Done);
        assert_eq!(leases.end_of(&what, Whose::Holder(&two), at(1)).0, already("not blocked"));
        assert_eq!((leases.len(), leases.expire(at(10))), (0, vec![]));
    }

    #[test]
    fn a_wider_block_covers_what_lies_in_it() {
        let mut leases = Leases::default();
        leases.add(&net("203.0.113.0/24"), &by("wide"), None, at(0));
        assert_eq!(
            leases.add(&net("203.0.113.7/32"), &by("a"), None, at(0)),
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

    #[test]
    fn each_event_has_a_lease_of_its_own_and_they_are_bounded() {
        let mut leases = Leases::default();
        let what = net("203.0.113.7/32");
        for event in 0..100_i64 {
            // The first lasts longest, and is kept for that.
            let holder = Holder::new("a", format!("{event:03}"));
            leases.add(&what, &holder, Some(at(1000 - event)), at(0));
        }
        let holders = leases.of(&what).unwrap();
        assert_eq!((leases.len(), holders.len(), last(holders)), (64, 64, Some(at(1000))));
        assert_eq!(leases.expire(at(999)), []);
        assert_eq!(leases.expire(at(1000)), [what]);
    }

    #[test]
    fn leases_are_put_back_as_they_were() {
        let mut leases = Leases::default();
        let what = net("203.0.113.7/32");
        leases.add(&what, &by("a"), Some(at(10)), at(0));
        let before = leases.of(&what).cloned().unwrap();
        leases.add(&what, &by("a"), None, at(0));
        leases.add(&what, &by("b"), Some(at(5)), at(0));
        leases.restore(&what, before);
        assert_eq!((leases.len(), leases.expire(at(10))), (1, vec![what]));
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
                    let outcome = leases.add(&what, &by(&recipe), until.map(at), at(now));
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
