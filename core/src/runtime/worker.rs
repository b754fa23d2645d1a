//! A worker: its own virtual machines, its own loaded scripts, one reaction at a time.

use std::{
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, PoisonError, Weak, atomic::Ordering},
    time::Instant,
};

use crossbeam_channel::{never, select};

use super::{
    Fault, Outcome, Report, Shared, Status, add,
    build::Plan,
    gate::Started,
    queue::{Ears, Job, Word},
    set::{ReactionTerms, Set},
};
use crate::{
    audit::Entry,
    capability::Capability,
    detection::Detection,
    engine::{Halt, Invocation, Language, Machine, ReactionEngine, ScriptId, Setup},
    host::{Host, Missing, Terms, incomplete},
    limits::{Limits, Stop},
    recipe::{ReactionSpec, Recipe, SourceMap, When},
    seed::{mix, mix_text},
    verdict::Question,
};

/// What every worker works from.
pub(super) struct Workshop {
    pub(super) plan: Plan,
    pub(super) setup: Setup,
    pub(super) shared: Arc<Shared>,
}

pub(super) struct Worker {
    shop: Arc<Workshop>,
    index: usize,
    /// Whether it has only to do with what decides before the act.
    before_only: bool,
    /// The sets that it has machines for; more than one only while reactions of an earlier one wait.
    sets: Vec<Machines>,
}

/// The machines for the scripts of one set, by format.
struct Machines {
    set: Weak<Set>,
    by_format: HashMap<&'static str, Loaded>,
}

struct Loaded {
    machine: Box<dyn Machine>,
    scripts: HashMap<(usize, usize), Result<ScriptId, Halt>>,
}

/// How an invocation ended, before it is told.
type Ending = (Status, Option<Fault>);

fn failed(message: impl Into<String>) -> Ending {
    (Status::Error, Some(Fault::without_place(message)))
}

impl Worker {
    pub(super) fn new(shop: Arc<Workshop>, index: usize) -> Worker {
        Worker { shop, index, before_only: false, sets: Vec::new() }
    }

    /// One that has only to do with what decides before the act.
    pub(super) fn before(shop: Arc<Workshop>, index: usize) -> Worker {
        Worker { before_only: true, ..Worker::new(shop, index) }
    }

    /// Lets go of what nobody needs any more, where there may be some.
    pub(super) fn tidy(&mut self) {
        if self.sets.len() > 1 {
            self.sweep();
        }
    }

    /// Works until there is nothing more to come.
    pub(super) fn run(mut self, ears: Ears) {
        let Ears { jobs, mut words, pending } = ears;
        loop {
            // Reactions' panics are caught within; this one is for a report function of the user's.
            select! {
                recv(words) -> word => match word {
                    Ok(word) => drop(catch_unwind(AssertUnwindSafe(|| self.hear(word)))),
                    // The runtime is gone, and what it queued is skipped.
                    Err(_) => words = never(),
                },
                recv(jobs) -> job => {
                    let Ok(job) = job else { break };
                    let bytes = job.bytes();
                    let _ = catch_unwind(AssertUnwindSafe(|| self.work(job)));
                    pending.done(bytes);
                    self.tidy();
                },
            }
        }
    }

    pub(super) fn hear(&mut self, word: Word) {
        match word {
            Word::Prepare(set, _done) => self.prepare(&set),
            Word::Sweep => self.sweep(),
        }
    }

    /// Loads all scripts of a set that may run. What does not load fails again where it is wanted, and is told then.
    pub(super) fn prepare(&mut self, set: &Arc<Set>) {
        let shop = Arc::clone(&self.shop);
        let wanted =
            |recipe: &Recipe| recipe.enabled && (!self.before_only || recipe.when == When::Before);
        let wanted: Vec<_> =
            set.recipes.iter().enumerate().filter(|(_, recipe)| wanted(recipe)).collect();
        for (index, recipe) in wanted {
            for (reaction, spec) in recipe.reactions.iter().enumerate() {
                let (Some(engine), Some(terms)) =
                    (shop.plan.engines.get(spec.format), set.terms(index, reaction))
                else {
                    continue;
                };
                let load = AssertUnwindSafe(|| {
                    let Ok(loaded) = self.machine(set, engine, &shop.setup) else { return };
                    let _ = loaded.script((index, reaction), spec, &terms.loading);
                });
                if catch_unwind(load).is_err() {
                    self.machines(set).remove(spec.format);
                }
            }
        }
        self.tell_memory();
    }

    /// Lets go of the machines of sets that nobody needs any more.
    fn sweep(&mut self) {
        self.sets.retain(|machines| machines.set.strong_count() > 0);
        self.tell_memory();
    }

    fn tell_memory(&self) {
        let mut memory = self.shop.shared.memory.lock().unwrap_or_else(PoisonError::into_inner);
        memory.retain(|(index, _), _| *index != self.index);
        for (format, loaded) in self.sets.iter().flat_map(|machines| &machines.by_format) {
            *memory.entry((self.index, *format)).or_default() += loaded.machine.memory();
        }
    }

    fn machines(&mut self, set: &Arc<Set>) -> &mut HashMap<&'static str, Loaded> {
        let known = self.sets.iter().position(|known| known.set.as_ptr() == Arc::as_ptr(set));
        let index = known.unwrap_or_else(|| {
            self.sets.push(Machines { set: Arc::downgrade(set), by_format: HashMap::new() });
            self.sets.len() - 1
        });
        &mut self.sets[index].by_format
    }

    /// Does a job and reports it. Once the runtime is being dropped, jobs are only counted.
    pub(super) fn work(&mut self, job: Job) {
        let shop = Arc::clone(&self.shop);
        let Job { set, detection, reaction, missing } = job;
        let Some(reaction) = reaction else {
            (shop.shared.report)(Report::Detection(detection));
            return;
        };
        if let Some(outcome) = self.invoke(&set, (&detection, missing), reaction, None) {
            (shop.shared.report)(Report::Outcome(outcome));
        }
    }

    /// Runs a reaction; nothing once the runtime is being dropped.
    pub(super) fn invoke(
        &mut self,
        set: &Arc<Set>,
        (detection, missing): (&Arc<Detection>, Missing),
        reaction: usize,
        question: Option<&dyn Question>,
    ) -> Option<Outcome> {
        let shop = Arc::clone(&self.shop);
        let counters = &shop.shared.counters;
        if shop.shared.cancelled.load(Ordering::Relaxed) {
            add(&counters.cancelled, 1);
            return None;
        }
        let start = Instant::now();
        // Whoever waits for an answer waits no longer than until its own deadline.
        let left = question.map(|question| question.deadline().saturating_duration_since(start));
        let terms = set.terms(detection.recipe_index, reaction);
        let limits = terms.map(|terms| terms.limits).unwrap_or_default().lowered(left, None);
        // Outside of what may panic: what was done stays on record.
        let mut host = None;
        let react = AssertUnwindSafe(|| {
            self.react(&shop, set, (detection, missing), reaction, (&limits, question), &mut host)
        });
        let (status, error) = catch_unwind(react).unwrap_or_else(|_| {
            // The machine's state is unknown: the next reaction gets a new one.
            let spec = detection.recipe.reactions.get(reaction);
            spec.and_then(|spec| self.machines(set).remove(spec.format));
            failed("the engine failed inside; its machine was replaced")
        });
        let entries = host.map(Host::close).map_or_else(Vec::new, |(_, entries)| entries);
        let duration = start.elapsed();
        if let Some(gate) = &shop.plan.gate {
            for entry in &entries {
                if let Entry::Action(act) = entry
                    && act.refused
                    && !act.dry_run
                {
                    gate.refused(detection, reaction, act);
                }
            }
        }
        add(&counters.reactions, 1);
        add(&counters.errors, u64::from(status != Status::Ok));
        add(&counters.reacting_ns, duration.as_nanos() as u64);
        let detection = Arc::clone(detection);
        Some(Outcome { detection, reaction, status, error, entries, duration })
    }

    fn react<'a>(
        &mut self,
        shop: &'a Workshop,
        set: &'a Arc<Set>,
        (detection, missing): (&'a Detection, Missing),
        index: usize,
        (limits, question): (&'a Limits, Option<&'a dyn Question>),
        opened: &mut Option<Host<'a>>,
    ) -> Ending {
        let plan = &shop.plan;
        let (Some(spec), Some(terms)) =
            (detection.recipe.reactions.get(index), set.terms(detection.recipe_index, index))
        else {
            return failed("the detection names a reaction that the runtime lacks");
        };
        let seed = mix(
            mix(mix_text(shop.shared.seed, &detection.recipe.name), detection.event.number()),
            index as u64,
        );
        // What a script does passes the effects, which know themselves who only simulates; a program has to be held back here.
        let gate = plan.gate.as_deref().filter(|_| is_program(plan, spec));
        let held = gate.is_some_and(|gate| gate.simulates(&detection.recipe.name));
        let dry_run = plan.dry_run || spec.dry_run || held;
        let host = || {
            Host::new(Terms {
                registry: &plan.registry,
                grants: &terms.grants,
                limits,
                question,
                clock: &*plan.clock,
                detection,
                reaction: index,
                dry_run,
                seed,
                cancelled: &shop.shared.cancelled,
            })
            .lacking(missing)
        };
        let start = before_start(plan, spec, terms, dry_run, (detection, missing));
        match start {
            Start::Run | Start::RunOnRecord => {}
            Start::Denied(why) => return (Status::Denied, Some(Fault::without_place(why))),
            Start::Record => {
                opened.insert(host()).record(START, 0);
                return (Status::Ok, None);
            }
        }
        let Some(engine) = plan.engines.get(spec.format) else {
            return failed(format!("this build has no engine for `{}`", spec.format));
        };
        let loaded = match self.machine(set, engine, &shop.setup) {
            Ok(loaded) => loaded,
            Err(error) => return failed(error),
        };
        let known = loaded.scripts.len();
        // Loading has a deadline of its own, so that the first event of a worker fares as the others do.
        let script = match loaded.script((detection.recipe_index, index), spec, &terms.loading) {
            Ok(script) => script,
            Err(halt) => return verdict(None, Err(halt), &spec.map),
        };
        if loaded.scripts.len() > known {
            self.tell_memory();
        }
        let mut started = None;
        if let (Start::RunOnRecord, false, Some(gate)) = (&start, dry_run, gate) {
            let now = plan.clock.now(detection.event.timestamp().unwrap_or_default());
            match Started::announce(gate, detection, index, now) {
                Ok(announced) => started = Some(announced),
                Err(why) => return (Status::Denied, Some(Fault::without_place(why))),
            }
        }
        let host = opened.insert(host());
        if matches!(start, Start::RunOnRecord) {
            host.record(START, 0);
        }
        let invocation = Invocation {
            data: &detection.data,
            kind: &detection.recipe.kind,
            name: &detection.recipe.name,
            uuid: detection.event.uuid(),
            seed,
            limits,
        };
        let result = match self.machine(set, engine, &shop.setup) {
            Ok(loaded) => loaded.machine.run(script, &invocation, host),
            Err(error) => return failed(error),
        };
        let ending = verdict(host.verdict(), result, &spec.map);
        if let Some(started) = started {
            started.ended(ending.0);
        }
        ending
    }

    fn machine(
        &mut self,
        set: &Arc<Set>,
        engine: &Arc<dyn ReactionEngine>,
        setup: &Setup,
    ) -> Result<&mut Loaded, String> {
        let format = engine.language().format;
        let machines = self.machines(set);
        if !machines.contains_key(format) {
            let machine = engine.machine(setup).map_err(|error| error.to_string())?;
            machines.insert(format, Loaded { machine, scripts: HashMap::new() });
        }
        machines.get_mut(format).ok_or_else(|| format!("no machine for `{format}`"))
    }
}

impl Loaded {
    /// The loaded script. What a script threw it throws again; what a limit stopped may have been bad luck, and is tried again.
    fn script(
        &mut self,
        place: (usize, usize),
        spec: &ReactionSpec,
        limits: &Limits,
    ) -> Result<ScriptId, Halt> {
        if let Some(known) = self.scripts.get(&place) {
            return known.clone();
        }
        let script = self.machine.load(&spec.source, limits);
        if !matches!(script, Err(Halt::Stopped(_))) {
            self.scripts.insert(place, script.clone());
        }
        script
    }
}

/// What becomes of a reaction before it is started.
enum Start {
    Run,
    /// It is started, and that is on record as an act.
    RunOnRecord,
    /// It is not started, and that it would be is on record as an act.
    Record,
    Denied(String),
}

/// A format that starts programs is denied without its capability, refused on incomplete evidence, and in a dry run only recorded unless the builder
/// says otherwise.
fn before_start(
    plan: &Plan,
    spec: &ReactionSpec,
    terms: &ReactionTerms,
    dry_run: bool,
    (detection, missing): (&Detection, Missing),
) -> Start {
    let Some(capability) = capability_of(plan, spec) else {
        return Start::Run;
    };
    let capability = Capability::from(capability.to_owned());
    if !terms.grants.holds(&capability) {
        let format = spec.format;
        Start::Denied(format!(
            "permission denied: a `{format}` reaction needs capability {capability}"
        ))
    } else if let Some(why) = incomplete(detection, missing) {
        Start::Denied(why)
    } else if dry_run && !plan.run_shell {
        Start::Record
    } else {
        Start::RunOnRecord
    }
}

/// What a format needs whose reactions are programs.
fn capability_of(plan: &Plan, spec: &ReactionSpec) -> Option<&'static str> {
    let language = plan.engines.get(spec.format).map_or(&SHELL, |engine| engine.language());
    language.capability.filter(|_| language.format == spec.format)
}

fn is_program(plan: &Plan, spec: &ReactionSpec) -> bool {
    capability_of(plan, spec).is_some()
}

/// The helper that the start of a program is recorded under.
pub const START: &str = "Shell";

/// `/bin/sh`, as `helpers.md` describes it. Recipes may carry it whether or not this build has an engine for it.
pub static SHELL: Language = Language {
    format: "shell",
    aliases: &["sh"],
    extensions: &["sh"],
    defines_process: false,
    capability: Some("exec.shell"),
};

/// The host's verdict outranks the script's.
fn verdict(stopped: Option<Stop>, result: Result<(), Halt>, map: &SourceMap) -> Ending {
    let stop = match (stopped, result) {
        (Some(stop), _) | (None, Err(Halt::Stopped(stop))) => stop,
        (None, Ok(())) => return (Status::Ok, None),
        (None, Err(Halt::Threw(error))) => return (Status::Error, Some(Fault::of(&error, map))),
    };
    let status = match stop {
        Stop::Timeout => Status::Timeout,
        Stop::Memory => Status::Memory,
        Stop::Output | Stop::HelperCalls => Status::Limit,
        Stop::Loading | Stop::Cancelled => Status::Error,
    };
    (status, Some(Fault::without_place(stop.to_string())))
}

impl Fault {
    fn without_place(message: impl Into<String>) -> Fault {
        let message = message.into();
        Fault { message, file: None, line: None, column: None, trace: String::new() }
    }

    /// A script's error at the place that its author wrote.
    #[must_use]
    pub fn of(error: &crate::engine::ScriptError, map: &SourceMap) -> Fault {
        let at = error.at.map(|at| map.place(at));
        let trace = error.trace.iter().map(|frame| {
            let function = if frame.function.is_empty() { "<anonymous>" } else { &frame.function };
            match frame.at.map(|at| map.place(at)) {
                // Some languages tell lines only.
                Some(at) if at.column == 0 => {
                    format!("at {function} ({}:{})", map.file.display(), at.line)
                }
                Some(at) => {
                    format!("at {function} ({}:{}:{})", map.file.display(), at.line, at.column)
                }
                None => format!("at {function} (native)"),
            }
        });
        Fault {
            message: error.message.clone(),
            file: at.map(|_| map.file.to_path_buf()),
            line: at.map(|at| at.line),
            column: at.map(|at| at.column).filter(|column| *column > 0),
            trace: trace.collect::<Vec<_>>().join("\n"),
        }
    }
}
