//! `arbitrary`: filters on the attributes of an event.

use std::net::IpAddr;

use ipnet::IpNet;
use jiff::Timestamp;

use super::{
    addresses,
    attribute::{self, Form},
    patterns::{PatternId, Patterns},
};
use crate::{
    event::Event,
    recipe::{self, Comparison, Join, What, Which},
};

/// The patterns of all recipes, by the attribute that they are searched for in.
#[derive(Debug)]
pub(super) struct Banks(Vec<Patterns>);

/// The groups of one recipe.
#[derive(Debug, Default)]
pub(super) struct Filters(Vec<Group>);

#[derive(Debug)]
struct Group {
    how: Join,
    own: Which,
    /// The verdict that all items share.
    common: Option<Which>,
    items: Vec<Item>,
}

#[derive(Debug)]
struct Item {
    what: What,
    which: Which,
    tests: Vec<Test>,
}

#[derive(Debug)]
enum Test {
    Pattern(PatternId),
    Contains(String),
    Number(Comparison, i64),
    Numbers(Vec<i64>),
    Time(Comparison, Timestamp),
    Cidr(IpNet),
}

impl Default for Banks {
    fn default() -> Self {
        Banks(What::ALL.iter().map(|_| Patterns::default()).collect())
    }
}

impl Banks {
    /// Compiles what [`Filters::new`] added.
    pub(super) fn prepare(&mut self) {
        self.0.iter_mut().for_each(Patterns::prepare);
    }
}

impl Filters {
    /// Takes a recipe's groups; their patterns go into the banks.
    pub(super) fn new(groups: &[recipe::Group], banks: &mut Banks) -> Filters {
        Filters(groups.iter().map(|group| Group::new(group, banks)).collect())
    }

    /// Whether every group judges the event pertinent.
    pub(super) fn pass(&self, facts: &mut Facts<'_>) -> bool {
        self.0.iter().all(|group| group.judge(facts) == Which::Pertinent)
    }
}

impl Group {
    fn new(group: &recipe::Group, banks: &mut Banks) -> Group {
        let first = group.items.first().map(|item| item.which);
        Group {
            how: group.how,
            own: group.which,
            common: first.filter(|first| group.items.iter().all(|item| item.which == *first)),
            items: group.items.iter().map(|item| Item::new(item, banks)).collect(),
        }
    }

    fn judge(&self, facts: &mut Facts<'_>) -> Which {
        let mut items = self.items.iter();
        let decides = match self.how {
            Join::Or => items.find(|item| item.matches(facts)),
            Join::And => {
                if items.all(|item| item.matches(facts)) {
                    self.items.last()
                } else {
                    None
                }
            }
        };
        match (decides, self.common) {
            (Some(item), _) => item.which,
            (None, Some(common)) => opposite(common),
            (None, None) => self.own,
        }
    }
}

fn opposite(which: Which) -> Which {
    match which {
        Which::Pertinent => Which::Irrelevant,
        Which::Irrelevant => Which::Pertinent,
    }
}

impl Item {
    fn new(item: &recipe::Item, banks: &mut Banks) -> Item {
        let tests = item.tests.iter().map(|test| match test {
            recipe::Test::Pattern(regex) => Test::Pattern(banks.0[item.what as usize].add(regex)),
            recipe::Test::Contains(text) => Test::Contains(text.clone()),
            recipe::Test::Number(how, number) => Test::Number(*how, *number),
            recipe::Test::Numbers(numbers) => Test::Numbers(numbers.clone()),
            recipe::Test::Time(how, time) => Test::Time(*how, *time),
            recipe::Test::Cidr(cidr) => Test::Cidr(addresses::canonical(*cidr)),
        });
        Item { what: item.what, which: item.which, tests: tests.collect() }
    }

    /// Whether every test holds for some value of the attribute.
    fn matches(&self, facts: &mut Facts<'_>) -> bool {
        let (what, event) = (self.what, facts.event);
        self.tests.iter().all(|test| match test {
            Test::Pattern(id) => facts.has(what, *id),
            Test::Contains(part) => {
                attribute::any_text(event, what, Form::Contains, &mut |text| text.contains(part))
            }
            Test::Number(how, number) => {
                attribute::any_number(event, what, |value| holds(*how, value, *number))
            }
            Test::Numbers(numbers) => {
                attribute::any_number(event, what, |value| numbers.contains(&value))
            }
            Test::Time(how, time) => {
                attribute::time(event, what).is_some_and(|value| holds(*how, value, *time))
            }
            Test::Cidr(cidr) => attribute::any_address(event, what, |address: IpAddr| {
                addresses::contains(*cidr, address)
            }),
        })
    }
}

fn holds<T: Ord>(how: Comparison, value: T, than: T) -> bool {
    match how {
        Comparison::Smaller => value < than,
        Comparison::Bigger => value > than,
        Comparison::Equal => value == than,
    }
}

/// An event, and what was already found out about it.
#[derive(Debug)]
pub(super) struct Facts<'e> {
    event: &'e Event,
    banks: &'e Banks,
    found: Vec<(What, Vec<PatternId>)>,
}

impl<'e> Facts<'e> {
    pub(super) fn new(event: &'e Event, banks: &'e Banks) -> Self {
        Facts { event, banks, found: Vec::new() }
    }

    /// Whether the pattern is found in a text of the attribute. All patterns of the attribute are searched for together, once.
    fn has(&mut self, what: What, id: PatternId) -> bool {
        let known = self.found.iter().position(|(known, _)| *known == what);
        let index = known.unwrap_or_else(|| {
            let mut ids = Vec::new();
            attribute::any_text(self.event, what, Form::Pattern, &mut |text| {
                self.banks.0[what as usize].search(text, |id| {
                    // An ancestry may be long: each pattern is noted once.
                    if !ids.contains(&id) {
                        ids.push(id);
                    }
                });
                false
            });
            self.found.push((what, ids));
            self.found.len() - 1
        });
        self.found[index].1.contains(&id)
    }
}
