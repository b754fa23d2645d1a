//! A worker: its own virtual machines, its own loaded scripts, one reaction at a time.

use std::{
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Instant,
};

use super::{Fault, Outcome, Report, Shared, Status, add, build::Plan, queue::Job};
use crate::{
    audit::Entry,
    capability::Capability,
    detection::Detection,
    engine::{Halt, Invocation, Language, Machine, ReactionEngine, ScriptId, Setup},
    host::{Host, Terms},
    limits::Stop,
    recipe::{ReactionSpec, SourceMap},
    seed::{mix, mix_text},
};

/// What every worker works from.
pub(super) struct Workshop {
    pub(super) plan: Plan,
    pub(super) setup: Setup,
    pub(super) shared: Arc<Shared>,
}

pub(super) struct Worker {
    shop: Arc<Workshop>,
    machines: HashMap<&'static str, Loaded>,
}

struct Loaded {
    machine: Box<dyn Machine>,
    scripts: HashMap<(usize, usize), Result<ScriptId, Halt>>,
}

/// How an invocation ended, before it is told.
struct Ending {
    status: Status,
    error: Option<Fault>,
    entries: Vec<Entry>,
}

impl Ending {
    fn failed(message: String) -> Ending {
        let error = Fault { message, file: None, line: None, column: None, trace: String::new() };
        Ending { status: Status::Error, error: Some(error), entries: Vec::new() }
    }
}

impl Worker {
    pub(super) fn new(shop: Arc<Workshop>) -> Worker {
        Worker { shop, machines: HashMap::new() }
    }

    /// Does a job and reports it.
    pub(super) fn work(&mut self, job: Job) {
        let shop = Arc::clone(&self.shop);
        let Some(reaction) = job.reaction else {
            (shop.shared.report)(Report::Detection(job.detection));
            return;
        };
        let start = Instant::now();
        let format = job.detection.recipe.reactions.get(reaction).map(|spec| spec.format);
        let ending = catch_unwind(AssertUnwindSafe(|| self.react(&job.detection, reaction)));
        let Ending { status, error, entries } = ending.unwrap_or_else(|_| {
            // The machine's state is unknown: the next reaction gets a new one.
            format.and_then(|format| self.machines.remove(format));
            Ending::failed("the engine failed inside; its machine was replaced".to_owned())
        });
        let duration = start.elapsed();
        let counters = &shop.shared.counters;
        add(&counters.reactions, 1);
        add(&counters.errors, u64::from(status != Status::Ok));
        add(&counters.reacting_ns, duration.as_nanos() as u64);
        let detection = job.detection;
        let outcome = Outcome { detection, reaction, status, error, entries, duration };
        (shop.shared.report)(Report::Outcome(outcome));
    }

    fn react(&mut self, detection: &Detection, index: usize) -> Ending {
        let shop = Arc::clone(&self.shop);
        let plan = &shop.plan;
        let (Some(spec), Some(terms)) =
            (detection.recipe.reactions.get(index), plan.terms(detection.recipe_index, index))
        else {
            return Ending::failed(
                "the detection names a reaction that the runtime lacks".to_owned(),
            );
        };
        let seed = mix(
            mix(mix_text(shop.shared.seed, &detection.recipe.name), detection.event.number()),
            index as u64,
        );
        let mut host = Host::new(Terms {
            registry: &plan.registry,
            grants: &terms.grants,
            limits: &terms.limits,
            clock: &*plan.clock,
            detection,
            reaction: index,
            dry_run: plan.dry_run || spec.dry_run,
            seed,
            cancelled: &shop.shared.cancelled,
        });
        if let Some(ending) = before_start(plan, spec, terms, &mut host, detection) {
            return Ending { entries: host.close().1, ..ending };
        }
        let Some(engine) = plan.engines.get(spec.format) else {
            return Ending::failed(format!("this build has no engine for `{}`", spec.format));
        };
        let loaded = match self.machine(engine, &shop.setup) {
            Ok(loaded) => loaded,
            Err(error) => return Ending::failed(error),
        };
        let script = loaded
            .scripts
            .entry((detection.recipe_index, index))
            .or_insert_with(|| loaded.machine.load(&spec.source, &terms.limits))
            .clone();
        let invocation = Invocation {
            data: &detection.data,
            kind: &detection.recipe.kind,
            name: &detection.recipe.name,
            uuid: detection.event.uuid(),
            seed,
            limits: &terms.limits,
        };
        let result = script.and_then(|script| loaded.machine.run(script, &invocation, &mut host));
        let (stopped, entries) = host.close();
        let (status, error) = verdict(stopped, result, &spec.map);
        Ending { status, error, entries }
    }

    fn machine(
        &mut self,
        engine: &Arc<dyn ReactionEngine>,
        setup: &Setup,
    ) -> Result<&mut Loaded, String> {
        let format = engine.language().format;
        if !self.machines.contains_key(format) {
            let machine = engine.machine(setup).map_err(|error| error.to_string())?;
            self.machines.insert(format, Loaded { machine, scripts: HashMap::new() });
        }
        self.machines.get_mut(format).ok_or_else(|| format!("no machine for `{format}`"))
    }
}

/// A format that starts programs is denied without its capability, refused on incomplete evidence, and in a dry run only recorded.
fn before_start(
    plan: &Plan,
    spec: &ReactionSpec,
    terms: &super::build::ReactionTerms,
    host: &mut Host<'_>,
    detection: &Detection,
) -> Option<Ending> {
    let language = plan.engines.get(spec.format).map_or(&SHELL, |engine| engine.language());
    if language.format != spec.format {
        return None;
    }
    let capability = Capability::from(language.capability?.to_owned());
    let denied = |message: String| {
        let error = Fault { message, file: None, line: None, column: None, trace: String::new() };
        Ending { status: Status::Denied, error: Some(error), entries: Vec::new() }
    };
    if !terms.grants.holds(&capability) {
        return Some(denied(format!(
            "permission denied: a `{}` reaction needs capability {capability}",
            spec.format
        )));
    }
    let lost = detection.event.lost();
    if lost > 0 && detection.recipe.on_loss == crate::recipe::OnLoss::SkipDestructive {
        return Some(denied(format!("refused on incomplete evidence: {lost} events were lost")));
    }
    if plan.dry_run || spec.dry_run {
        host.record("Shell", 0);
        return Some(Ending { status: Status::Ok, error: None, entries: Vec::new() });
    }
    None
}

/// `/bin/sh`, as `helpers.md` describes it. Recipes may carry it whether or not this build has an engine for it.
pub static SHELL: Language = Language {
    format: "shell",
    aliases: &["sh"],
    extensions: &["sh"],
    defines_process: false,
    capability: Some("exec.shell"),
};

/// The host's verdict outranks the script's.
fn verdict(
    stopped: Option<Stop>,
    result: Result<(), Halt>,
    map: &SourceMap,
) -> (Status, Option<Fault>) {
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
    let message = stop.to_string();
    (status, Some(Fault { message, file: None, line: None, column: None, trace: String::new() }))
}

impl Fault {
    /// A script's error at the place that its author wrote.
    #[must_use]
    pub fn of(error: &crate::engine::ScriptError, map: &SourceMap) -> Fault {
        let at = error.at.map(|at| map.place(at));
        let trace = error.trace.iter().map(|frame| {
            let function = if frame.function.is_empty() { "<anonymous>" } else { &frame.function };
            match frame.at.map(|at| map.place(at)) {
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
