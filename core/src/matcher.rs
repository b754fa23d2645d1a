//! Which recipes fire on an event (`recipes.md`).
//!
//! Matching has two halves. [`Matcher::candidates`] is a function of the recipes and the event alone and may run on any number of threads:
//! it finds the recipes that this event could make fire, by tables and tries first, by filters and expressions last. [`Matcher::judge`] runs in
//! event order over one bounded [`State`]: what earlier events brought to the same pair of process and file or to the same flow, and how many
//! detections were let through.

mod addresses;
mod attribute;
mod bounded;
mod condition;
mod digest;
mod domains;
mod files;
mod filters;
mod flows;
mod noise;
mod patterns;
#[cfg(test)]
mod tests;

use std::{collections::HashMap, sync::Arc, time::Duration};

use bounded::Bounded;
pub use bounded::TableFigures;
use condition::{Bits, CREATED, Condition};
use digest::Digest;
pub(crate) use domains::canonical as canonical_name;
use files::FileIndex;
use filters::{Banks, Facts, Filters};
use flows::FlowIndex;
use noise::{Counter, Subject};

use crate::{
    detection::Detection,
    event::{Action, ActionSet, Event, EventType, FlagSet},
    packed::{Key, Node},
    recipe::{Base, Group, Mechanism, Recipe, When},
};

/// A recipe's place in the loaded set.
type RuleId = u32;

/// What a matcher is told besides the recipes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// This machine's name: what `times_per_hostname` counts by where the event has no remote end.
    pub hostname: String,
    /// Pairs of process and file whose actions are remembered.
    pub pairs: usize,
    /// Flows whose flags are remembered.
    pub flows: usize,
    /// Keys that the limits of `times` count, all together; each limit has an equal share.
    pub counters: usize,
    /// Keys the hashes that the tables are looked up by. Who knows it could make two processes, files or flows share an entry: take it from the system's
    /// random numbers where events may be hostile. It changes no verdict.
    pub key: u128,
}

impl Default for Options {
    /// No name; 65,536 pairs and as many flows (some 6 MB each when full), 262,144 keys of limits (some 30 MB, and at most 70 MB of times).
    fn default() -> Self {
        Options {
            hostname: String::new(),
            pairs: 1 << 16,
            flows: 1 << 16,
            counters: 1 << 18,
            key: 0,
        }
    }
}

/// The index over a set of recipes.
#[derive(Debug)]
pub struct Matcher {
    options: Options,
    recipes: Vec<Arc<Recipe>>,
    rules: Vec<Rule>,
    files: FileIndex,
    /// Rules of each mechanism that want any file.
    any_file: Vec<RuleId>,
    any_executed: Vec<RuleId>,
    flows: FlowIndex,
    banks: Banks,
}

/// A recipe as it is judged once the index has found it.
#[derive(Debug)]
struct Rule {
    mechanism: Mechanism,
    condition: Condition,
    filters: Filters,
    /// It decides acts before they happen, and how long one may wait for it.
    before: Option<Duration>,
}

/// What the matcher remembers from event to event.
#[derive(Debug)]
pub struct State {
    pairs: Bounded<Bits>,
    flows: Bounded<Bits>,
    /// By rule.
    counters: Vec<Vec<Counter>>,
    /// What was forgotten of limits that are no more.
    evicted: u64,
    /// The time of the newest event, in nanoseconds since 1970.
    now: i128,
    hostname: String,
    /// Whether acts are asked about before they happen: then those that have happened are nothing to decide.
    asked: bool,
}

/// How full the tables are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Figures {
    /// Pairs of process and file.
    pub pairs: TableFigures,
    /// Flows.
    pub flows: TableFigures,
    /// Keys of all limits of `times`.
    pub counters: TableFigures,
}

/// The recipes that an event could make fire, and what it brings.
#[derive(Debug, Default)]
pub struct Candidates {
    brings: Bits,
    pair: Option<Pair>,
    rules: Vec<RuleId>,
}

/// What actions or flags accumulate under.
#[derive(Debug, Clone, Copy)]
enum Pair {
    File(Digest),
    Flow(Digest),
}

impl Candidates {
    /// Whether the event neither makes a recipe fire nor brings anything that must be remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pair.is_none() && self.rules.is_empty()
    }
}

/// What an event did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Verdict {
    /// The accumulated actions on the event's file.
    pub actions: ActionSet,
    /// The accumulated flags of the event's flow.
    pub flags: FlagSet,
    /// The recipes that fire, by their place in the set, in order.
    pub fired: Vec<usize>,
    /// The recipes that their noise limits held back, likewise.
    pub suppressed: Vec<usize>,
}

impl Matcher {
    /// Builds the index. Disabled recipes keep their place and match nothing.
    #[must_use]
    pub fn new(recipes: &[Arc<Recipe>], options: Options) -> Matcher {
        let mut matcher = Matcher {
            options,
            recipes: recipes.to_vec(),
            rules: Vec::with_capacity(recipes.len()),
            files: FileIndex::default(),
            any_file: Vec::new(),
            any_executed: Vec::new(),
            flows: FlowIndex::default(),
            banks: Banks::default(),
        };
        for (rule, recipe) in (0..).zip(recipes) {
            matcher.add(rule, recipe);
        }
        matcher.files.prepare();
        matcher.banks.prepare();
        matcher
    }

    fn add(&mut self, rule: RuleId, recipe: &Recipe) {
        let judges = recipe.enabled && recipe.mechanism != Mechanism::Baseline;
        let network = recipe.mechanism.judges_flows();
        let filters: &[Group] = if judges { &recipe.arbitrary } else { &[] };
        self.rules.push(Rule {
            mechanism: recipe.mechanism,
            condition: if network {
                Condition::of_flow(&recipe.flow)
            } else {
                Condition::of_file(&recipe.file)
            },
            filters: Filters::new(filters, &mut self.banks),
            before: (judges && recipe.when == When::Before).then(|| recipe.patience()),
        });
        let bases = &recipe.file.bases;
        match recipe.mechanism {
            _ if !judges => {}
            _ if network => self.flows.add(rule, &recipe.flow),
            Mechanism::FileAccess if any_file(bases) => self.any_file.push(rule),
            Mechanism::Execution if any_file(bases) => self.any_executed.push(rule),
            _ => bases.iter().for_each(|base| self.files.add(rule, base)),
        }
    }

    /// An empty state for one run of this matcher.
    #[must_use]
    pub fn state(&self) -> State {
        let share = self.share();
        State {
            pairs: Bounded::new(self.options.pairs),
            flows: Bounded::new(self.options.flows),
            counters: self.recipes.iter().map(|recipe| counters(recipe, share)).collect(),
            evicted: 0,
            now: 0,
            hostname: self.options.hostname.clone(),
            asked: false,
        }
    }

    /// The keys that each limit may count.
    fn share(&self) -> usize {
        let limits: usize = self.recipes.iter().map(|recipe| recipe.times.len()).sum();
        self.options.counters / limits.max(1)
    }

    /// Makes a state of another matcher's, which had the same options, this one's: what files and flows have accumulated stays, and what the limits of
    /// recipes have counted that say the same as before.
    pub fn take_over(&self, before: &Matcher, state: &mut State) {
        let mut old: HashMap<&str, (&Recipe, Vec<Counter>)> = before
            .recipes
            .iter()
            .zip(std::mem::take(&mut state.counters))
            .map(|(recipe, counters)| (&*recipe.name, (&**recipe, counters)))
            .collect();
        let share = self.share();
        let carried = |recipe: &Arc<Recipe>| match old.remove(&*recipe.name) {
            Some((before, mut kept)) if before.is_same(recipe) => {
                kept.iter_mut().for_each(|counter| counter.share(share));
                kept
            }
            Some((_, gone)) => {
                state.evicted += evicted(&gone);
                counters(recipe, share)
            }
            None => counters(recipe, share),
        };
        state.counters = self.recipes.iter().map(carried).collect();
        state.evicted += old.into_values().map(|(_, gone)| evicted(&gone)).sum::<u64>();
    }

    /// Finds what the event could make fire, by all that does not depend on other events.
    #[must_use]
    pub fn candidates(&self, event: &Event) -> Candidates {
        match event.event_type() {
            EventType::FileAccess | EventType::Execution => self.file_candidates(event),
            EventType::NetworkPeer | EventType::DropIp | EventType::DropDomain => {
                self.flow_candidates(event)
            }
        }
    }

    fn file_candidates(&self, event: &Event) -> Candidates {
        let executed = event.event_type() == EventType::Execution;
        let mut rules = Vec::new();
        self.files.find(event.path(), &mut rules);
        let wanted =
            !rules.is_empty() || !self.any_file.is_empty() || !self.any_executed.is_empty();
        if !wanted {
            return Candidates::default();
        }
        let actions = brought_actions(event);
        let before = event.is_before();
        let alive = |rule: &RuleId| {
            let rule = &self.rules[*rule as usize];
            (executed || rule.mechanism == Mechanism::FileAccess)
                && (!before || rule.before.is_some())
                && rule.condition.may_fire(actions.bits())
        };
        rules.retain(alive);
        rules.extend(self.any_file.iter().copied().filter(alive));
        if executed {
            rules.extend(self.any_executed.iter().copied().filter(alive));
        }
        Candidates {
            brings: actions.bits(),
            // What was only asked for is no part of what was done.
            pair: digest::file_pair(self.options.key ^ u128::from(before), event).map(Pair::File),
            rules: self.filtered(event, rules),
        }
    }

    fn flow_candidates(&self, event: &Event) -> Candidates {
        if self.flows.is_empty() {
            return Candidates::default();
        }
        let brings = event.flags().bits() | CREATED;
        let mut rules = Vec::new();
        self.flows.find(event, &mut rules);
        let is_denied = event.event_type() != EventType::NetworkPeer;
        let mechanism = if is_denied { Mechanism::NetworkPolicy } else { Mechanism::NetworkPeers };
        rules.retain(|rule| {
            let rule = &self.rules[*rule as usize];
            rule.mechanism == mechanism && rule.condition.may_fire(brings)
        });
        let uuid = event.field(Key::FLOW).and_then(|flow| flow.get(Key::UUID));
        let uuid = uuid.and_then(Node::as_str).unwrap_or_default();
        let proto = attribute::protocol_text(event).unwrap_or_default();
        Candidates {
            brings,
            // What is denied is no part of what the flow does.
            pair: digest::flow(self.options.key, event, uuid, proto)
                .filter(|_| !is_denied)
                .map(Pair::Flow),
            rules: self.filtered(event, rules),
        }
    }

    /// Those whose filters let the event pass, each once, in order.
    fn filtered(&self, event: &Event, mut rules: Vec<RuleId>) -> Vec<RuleId> {
        rules.sort_unstable();
        rules.dedup();
        let mut facts = Facts::new(event, &self.banks);
        rules.retain(|rule| self.rules[*rule as usize].filters.pass(&mut facts));
        rules
    }

    /// Judges the candidates in event order: adds what the event brings, and says which recipes fire and which are held back.
    ///
    /// The state and the candidates are this matcher's own.
    pub fn judge(&self, state: &mut State, event: &Event, candidates: Candidates) -> Verdict {
        if let Some(time) = event.timestamp() {
            state.now = time.as_nanosecond();
        }
        let set = match candidates.pair {
            Some(Pair::File(pair)) => Some(state.pairs.entry(pair)),
            Some(Pair::Flow(flow)) => Some(state.flows.entry(flow)),
            None => None,
        };
        let set = match set {
            Some(set) => {
                *set |= candidates.brings;
                *set
            }
            None => candidates.brings,
        };
        let mut verdict = Verdict::default();
        match event.event_type() {
            EventType::NetworkPeer | EventType::DropIp | EventType::DropDomain => {
                verdict.flags = FlagSet::from_bits(set & !CREATED);
            }
            EventType::FileAccess | EventType::Execution => {
                verdict.actions = ActionSet::from_bits(set);
            }
        }
        let decided = state.asked && !event.is_before();
        for rule in candidates.rules {
            let index = rule as usize;
            let rule = self.rules.get(index).filter(|rule| !decided || rule.before.is_none());
            let condition = rule.map(|rule| rule.condition);
            if condition.is_some_and(|condition| condition.fires(set, candidates.brings)) {
                let let_through = self.count(state, event, index);
                let out = if let_through { &mut verdict.fired } else { &mut verdict.suppressed };
                out.push(index);
            }
        }
        verdict
    }

    /// How long an act on this path may wait: the longest time of the recipes that may want to decide it before it happens.
    #[must_use]
    pub fn wants(&self, path: &str, action: Action) -> Option<Duration> {
        let executed = action == Action::Execve;
        let mut rules = Vec::new();
        self.files.find(path, &mut rules);
        let any = self.any_file.iter().chain(self.any_executed.iter().filter(|_| executed));
        let brings = ActionSet::from_iter([action]).bits();
        let patience = |rule: &RuleId| {
            let rule = &self.rules[*rule as usize];
            let fits = (executed || rule.mechanism == Mechanism::FileAccess)
                && rule.condition.may_fire(brings);
            rule.before.filter(|_| fits)
        };
        rules.iter().chain(any).filter_map(patience).max()
    }

    /// The acts that some recipe wants to decide before they happen.
    #[must_use]
    pub fn decides(&self) -> ActionSet {
        let verdicts = [Action::Open, Action::Execve];
        let wants = |action: &Action| {
            let brings = ActionSet::from_iter([*action]).bits();
            self.rules.iter().any(|rule| {
                let fits = *action == Action::Execve || rule.mechanism == Mechanism::FileAccess;
                rule.before.is_some() && fits && rule.condition.may_fire(brings)
            })
        };
        verdicts.into_iter().filter(wants).collect()
    }

    /// What the reactions of the recipes that fire are told; each is made as it is asked for.
    pub fn detections<'a>(
        &'a self,
        event: &'a Arc<Event>,
        verdict: &'a Verdict,
    ) -> impl Iterator<Item = Detection> + 'a {
        verdict.fired.iter().filter_map(|index| {
            let recipe = self.recipes.get(*index)?;
            Some(Detection {
                event: event.clone(),
                recipe: recipe.clone(),
                recipe_index: *index,
                data: Arc::new(event.data(&recipe.metadata, verdict.actions)),
            })
        })
    }

    /// Whether every noise limit of the rule has room; if so, the detection counts against each.
    fn count(&self, state: &mut State, event: &Event, rule: usize) -> bool {
        let Some(counters) = state.counters.get_mut(rule) else { return true };
        let hostname = &state.hostname;
        let subject =
            |counter: &Counter| noise::subject(event, counter.by(), hostname, self.options.key);
        let subjects: Vec<Subject> = counters.iter().map(subject).collect();
        let now = state.now;
        let room = counters
            .iter_mut()
            .zip(&subjects)
            .all(|(counter, subject)| counter.has_room(*subject, now));
        if room {
            for (counter, subject) in counters.iter_mut().zip(subjects) {
                counter.count(subject, now);
            }
        }
        room
    }
}

/// A recipe's limits, of which nothing is counted yet.
fn counters(recipe: &Arc<Recipe>, share: usize) -> Vec<Counter> {
    recipe.times.iter().map(|limit| Counter::new(limit, share)).collect()
}

fn evicted(counters: &[Counter]) -> u64 {
    counters.iter().map(|counter| counter.figures().evicted).sum()
}

/// Whether `bases` hold for every file: there is none, or one that gives nothing to hold.
fn any_file(bases: &[Base]) -> bool {
    let gives_nothing =
        |base: &Base| base.dir.is_none() && base.base.is_none() && base.regex.is_none();
    bases.is_empty() || bases.iter().any(gives_nothing)
}

/// What the event brings to its file; an execution is an `execve` whatever its list says.
fn brought_actions(event: &Event) -> ActionSet {
    let mut actions = event.actions();
    if event.event_type() == EventType::Execution {
        actions.insert(Action::Execve);
    }
    actions
}

impl State {
    /// Takes another name of the machine for the events to come, in place of [`Options::hostname`].
    pub fn set_hostname(&mut self, name: &str) {
        name.clone_into(&mut self.hostname);
    }

    /// Says that acts are asked about before they happen, so that recipes with `when: before` decide those and look past what has happened.
    pub fn set_asked(&mut self) {
        self.asked = true;
    }

    /// How full the tables are, and what they had to forget.
    #[must_use]
    pub fn figures(&self) -> Figures {
        let mut counters = TableFigures { evicted: self.evicted, ..TableFigures::default() };
        for counter in self.counters.iter().flatten() {
            counters += counter.figures();
        }
        Figures { pairs: self.pairs.figures(), flows: self.flows.figures(), counters }
    }
}
