//! The host behind the door: limits, capabilities and the audit stand here, in front of every helper.

mod convert;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use jiff::Timestamp;

use crate::{
    audit::{Action, Entry, cut},
    capability::{Capability, Grants},
    clock::{Clock, millis},
    detection::Detection,
    engine::Door,
    helper::{Call, Failure, HelperId, HelperSpec, Level, Registry, Reply, Signals},
    limits::{Limits, Stop},
    recipe::OnLoss,
    seed::mix,
    value::Value,
    verdict::Question,
};

/// What one invocation is allowed, and on whose behalf.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    /// The helpers.
    pub registry: &'a Registry,
    /// What the reaction holds.
    pub grants: &'a Grants,
    /// What it may use.
    pub limits: &'a Limits,
    /// The run's clock.
    pub clock: &'a dyn Clock,
    /// What it answers.
    pub detection: &'a Detection,
    /// The reaction's index in its recipe.
    pub reaction: usize,
    /// Whether effects are simulated.
    pub dry_run: bool,
    /// The invocation's seed.
    pub seed: u64,
    /// Raised when the runtime shuts down.
    pub cancelled: &'a AtomicBool,
    /// The act that waits for what the reaction decides.
    pub question: Option<&'a dyn Question>,
}

/// What may be missing from the evidence of an event: what was lost since its process began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Missing {
    /// Events.
    pub events: u64,
    /// Reactions to earlier events, which may have found something out.
    pub reactions: u64,
}

/// The host of one invocation.
#[derive(Debug)]
pub struct Host<'a> {
    terms: Terms<'a>,
    event_time: Timestamp,
    deadline: Instant,
    stopped: Option<Stop>,
    calls: u32,
    sequence: u64,
    missing: Missing,
    output: usize,
    errno: String,
    failed: bool,
    entries: Vec<Entry>,
}

impl<'a> Host<'a> {
    /// Opens the door; the time runs from here.
    #[must_use]
    pub fn new(terms: Terms<'a>) -> Host<'a> {
        Host {
            terms,
            event_time: terms.detection.event.timestamp().unwrap_or_default(),
            deadline: deadline(terms.limits.timeout),
            stopped: None,
            calls: 0,
            sequence: 0,
            missing: Missing::default(),
            output: 0,
            errno: String::new(),
            failed: false,
            entries: Vec::new(),
        }
    }

    /// Says what may be missing from the evidence, beside what the event itself says was lost before it.
    #[must_use]
    pub fn lacking(mut self, missing: Missing) -> Host<'a> {
        self.missing = missing;
        self
    }

    /// Why the host stopped the script, if it did; a script that returned after its deadline was stopped by it all the same.
    #[must_use]
    pub fn verdict(&self) -> Option<Stop> {
        self.stopped.or((Instant::now() >= self.deadline).then_some(Stop::Timeout))
    }

    /// Shuts the door: why the host stopped the script, if it did, and what the script said and did.
    #[must_use]
    pub fn close(self) -> (Option<Stop>, Vec<Entry>) {
        (self.stopped, self.entries)
    }

    /// Records an act that no helper stands for (starting a shell).
    pub fn record(&mut self, helper: &str, result: impl Into<Value>) {
        let action = Action {
            time: self.now(),
            helper: helper.to_owned(),
            args: Vec::new(),
            truncated: false,
            result: result.into(),
            errno: String::new(),
            refused: false,
            dry_run: self.terms.dry_run,
            duration: Duration::ZERO,
        };
        self.entries.push(Entry::Action(action));
    }

    fn now(&self) -> Timestamp {
        self.terms.clock.now(self.event_time)
    }

    fn check(&mut self) -> Result<(), Stop> {
        if self.stopped.is_none() {
            if Instant::now() >= self.deadline {
                self.stopped = Some(Stop::Timeout);
            } else if self.terms.cancelled.load(Ordering::Relaxed) {
                self.stopped = Some(Stop::Cancelled);
            }
        }
        self.stopped.map_or(Ok(()), Err)
    }

    /// Refused in this order: by capability, by incomplete evidence, by arguments.
    fn answer(&mut self, id: HelperId, spec: &HelperSpec, args: &[Value]) -> Answer {
        let dry_run = self.terms.dry_run;
        let refused = |args, denied, failure| {
            let (announced, reply) = (false, Err(failure));
            Answer { args, denied, announced, dry_run, reply }
        };
        let converted = convert::arguments(spec, args);
        let granted = match &spec.capability {
            None => None,
            Some(capability) => match self.terms.grants.check(capability) {
                Some(granted) => Some(granted),
                None => {
                    let text =
                        format!("permission denied: {} needs capability {capability}", spec.name);
                    return refused(shown(converted, args), true, Failure(text));
                }
            },
        };
        if let Some(text) = self.incomplete(spec) {
            return refused(shown(converted, args), false, Failure(text));
        }
        let converted = match converted {
            Ok(converted) => converted,
            Err(failure) => return refused(args.to_vec(), false, failure),
        };
        let now = self.now();
        let (output, entries, limit) =
            (&mut self.output, &mut self.entries, self.terms.limits.output);
        let mut over = false;
        let mut log = |level: Level, message: String| {
            *output = output.saturating_add(message.len());
            if *output > limit {
                over = true;
            } else {
                entries.push(Entry::Log { level, message });
            }
        };
        let signals = Signals::default();
        let mut call = Call {
            helper: &spec.name,
            args: &converted,
            detection: self.terms.detection,
            reaction: self.terms.reaction,
            granted,
            now,
            deadline: self.deadline,
            dry_run: self.terms.dry_run,
            seed: mix(self.terms.seed, self.sequence),
            errno: &self.errno,
            log: &mut log,
            signals: &signals,
            question: self.terms.question,
            refused: Vec::new(),
        };
        let reply = match self.terms.registry.get(id) {
            // A library user's helper may panic; the script's world and the worker go on.
            Some((_, helper)) => catch_unwind(AssertUnwindSafe(|| helper.call(&mut call)))
                .unwrap_or_else(|_| {
                    Err(Failure(format!("{}: the helper failed inside", spec.name)))
                }),
            None => Err(Failure(format!("{}: no such helper", spec.name))),
        };
        // Each refusal leaves a record, so each counts as a call: an event of many addresses must not multiply what a loop may record.
        let room = self.terms.limits.helper_calls.saturating_sub(self.calls) as usize;
        if call.refused.len() > room {
            self.stopped.get_or_insert(Stop::HelperCalls);
            call.refused.truncate(room);
        }
        self.calls = self.calls.saturating_add(call.refused.len() as u32);
        let dry_run = dry_run || signals.was_simulated();
        for (what, why) in call.refused {
            let mut args = vec![what];
            self.entries.push(Entry::Action(Action {
                time: now,
                helper: spec.name.to_string(),
                truncated: cut(&mut args),
                args,
                result: spec.failure.clone(),
                refused: !signals.was_announced(&why),
                errno: why,
                dry_run,
                duration: Duration::ZERO,
            }));
        }
        for message in signals.take_alarms() {
            self.entries.push(Entry::Log { level: Level::Error, message });
        }
        if over {
            self.stopped.get_or_insert(Stop::Output);
        }
        let announced = reply.as_ref().is_err_and(|Failure(why)| signals.was_announced(why));
        Answer { args: shown(Ok(converted), args), denied: false, announced, dry_run, reply }
    }

    fn incomplete(&self, spec: &HelperSpec) -> Option<String> {
        let destructive =
            [Capability::PROCESS_KILL, Capability::NET_BLOCK, Capability::SYSTEM_POWER];
        let applies = !spec.undoes
            && spec.capability.as_ref().is_some_and(|needs| destructive.contains(needs));
        let why = incomplete(self.terms.detection, self.missing).filter(|_| applies)?;
        Some(format!("{}: {why}", spec.name))
    }
}

/// Why a recipe that asks for whole evidence must not destroy anything on this detection: events were lost, or reactions dropped.
///
/// Arguments that were cut and names that are not UTF-8 are not counted as a loss: whoever is to be killed could choose them.
pub(crate) fn incomplete(detection: &Detection, missing: Missing) -> Option<String> {
    let lost = missing.events.max(detection.event.lost());
    let mut what = Vec::new();
    if lost > 0 {
        what.push(format!("{lost} events were lost"));
    }
    if missing.reactions > 0 {
        what.push(format!("{} reactions were dropped", missing.reactions));
    }
    let applies = detection.recipe.on_loss == OnLoss::SkipDestructive && !what.is_empty();
    applies.then(|| format!("refused on incomplete evidence: {}", what.join(", ")))
}

/// When so long a time is over; a time that no clock can tell is a year.
fn deadline(timeout: Duration) -> Instant {
    const YEAR: Duration = Duration::from_hours(365 * 24);
    let now = Instant::now();
    now.checked_add(timeout).unwrap_or_else(|| now + YEAR)
}

struct Answer {
    args: Vec<Value>,
    denied: bool,
    /// It failed after it was announced.
    announced: bool,
    dry_run: bool,
    reply: Result<Reply, Failure>,
}

/// The arguments for the record: as converted, or as given where they could not be.
fn shown(converted: Result<Vec<Option<Value>>, Failure>, given: &[Value]) -> Vec<Value> {
    match converted {
        Ok(converted) => converted.into_iter().flatten().collect(),
        Err(_) => given.to_vec(),
    }
}

impl Door for Host<'_> {
    fn call(&mut self, helper: HelperId, args: &[Value]) -> Result<Value, Stop> {
        self.check()?;
        let registry = self.terms.registry;
        let Some((spec, _)) = registry.get(helper) else { return Ok(Value::Null) };
        if spec.counted {
            self.calls += 1;
            if self.calls > self.terms.limits.helper_calls {
                self.stopped = Some(Stop::HelperCalls);
                return Err(Stop::HelperCalls);
            }
        }
        self.sequence += 1;
        let (time, start) = (self.now(), Instant::now());
        let Answer { mut args, denied, announced, dry_run, reply } =
            self.answer(helper, spec, args);
        self.failed = reply.is_err();
        let (result, errno) = match reply {
            Ok(Reply { value, note }) => (value, note.unwrap_or_default()),
            Err(Failure(text)) => (spec.failure.clone(), text),
        };
        if !errno.is_empty() {
            self.errno.clone_from(&errno);
        }
        if spec.act || denied {
            let truncated = cut(&mut args);
            self.entries.push(Entry::Action(Action {
                time,
                helper: spec.name.to_string(),
                args,
                truncated,
                result: result.clone(),
                errno,
                refused: self.failed && !announced,
                dry_run,
                duration: start.elapsed(),
            }));
        }
        self.check()?;
        Ok(result)
    }

    fn now_millis(&mut self) -> i64 {
        millis(self.now())
    }

    fn failed(&mut self) -> bool {
        self.failed
    }

    /// The helper of that level says what may be logged and how it is made harmless; it is not called in the script's name.
    fn say(&mut self, level: Level, line: &str) -> Result<(), Stop> {
        self.check()?;
        let registry = self.terms.registry;
        let helper = level.helper();
        if let (Some(id), Some(spec)) = (registry.id(helper), registry.spec(helper))
            && spec.capability.as_ref().is_none_or(|needs| self.terms.grants.holds(needs))
        {
            self.sequence += 1;
            let _ = self.answer(id, spec, &[Value::from(line)]);
        }
        self.check()
    }

    fn ask(&mut self) -> Result<(), Stop> {
        self.check()
    }

    fn dry_run(&mut self) -> bool {
        self.terms.dry_run
    }
}

#[cfg(test)]
mod tests;
