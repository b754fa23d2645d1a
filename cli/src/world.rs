//! What reactions run on and can reach: the engines, and the standard helpers over a store and a simulated world.

use std::{
    hash::{BuildHasher, RandomState},
    path::Path,
    sync::Arc,
};

use reactant_core::{
    engine::Engines,
    matcher::Figures as Tables,
    runtime::{Builder, Runtime},
};
use reactant_helpers::{
    LogMeter, Standard,
    effects::{Guarded, Real},
    store::Store,
};

use crate::{
    console::Console,
    enforcement::Enforcement,
    exit::Failure,
    netpolicy::{self, InForce},
    settings::Settings,
    state::{Served, State},
};

/// A runtime that lacks only its recipes, and what counts the messages of its reactions.
pub(crate) struct World {
    pub(crate) builder: Builder,
    pub(crate) meter: Arc<LogMeter>,
    /// The folder of the data store, for which this process answers as long as this lives.
    pub(crate) held: Option<Served>,
}

impl World {
    /// A world over the store in a folder, or over a fresh one in memory; one that acts for real where there is an enforcement.
    pub(crate) fn new(
        console: &Console,
        settings: &Settings,
        data: Option<&Path>,
        enforcement: Option<&Enforcement>,
        policy: &InForce,
    ) -> Result<World, Failure> {
        let state = match (enforcement, data) {
            (Some(Enforcement { folder, .. }), _) => {
                Some(State::of(folder.clone(), settings.durability)?)
            }
            (None, Some(folder)) => Some(State::hold(folder, settings.durability)?),
            (None, None) => None,
        };
        let store = state.as_ref().map_or_else(Store::memory, |state| state.store().clone());
        let mut protect = settings.protect.clone();
        if let Some(enforcement) = enforcement {
            // No reaction writes its own record.
            protect.paths.push(enforcement.own_folder()?);
        }
        let mut standard = Standard::new(store).protect(protect.clone()).armed(settings.armed);
        let guarded = enforcement.map(|enforcement| {
            let Enforcement { journal, budget, blocks, .. } = enforcement;
            let mut real = Real::new(protect.clone()).blocker(Arc::clone(blocks) as _);
            if let Some(kept) = &enforcement.kept {
                real = real.keep_replaced(Arc::clone(kept));
            }
            let real = Arc::new(real);
            let guarded = Guarded::new(real, Arc::clone(journal));
            Arc::new(guarded.within(Arc::clone(budget), protect))
        });
        if let Some(guarded) = &guarded {
            standard = standard.effects(Arc::<Guarded>::clone(guarded));
        }
        let mut builder = Runtime::builder()
            .engines(engines(console))
            .hash_key(secret())
            .helpers(standard.registry())
            .grants(settings.grants.clone())
            .limits(settings.limits)
            .enforce(enforcement.is_some());
        if let Some(guarded) = guarded {
            builder = builder.gate(guarded);
        }
        let acting = enforcement.map(|enforcement| enforcement.handlers(settings));
        let held = state.map(|state| {
            state.serve(console, |handlers| {
                handlers.with(netpolicy::Told(policy.described())).and(acting.unwrap_or_default())
            })
        });
        Ok(World { builder, meter: standard.log_meter(), held })
    }
}

/// Random bits of the system's, as the standard library draws them for its own tables: they key hashes, and no result depends on them.
fn secret() -> u128 {
    let half = || u128::from(RandomState::new().hash_one(0));
    half() << 64 | half()
}

/// Tells which recipes said more than they may.
pub(crate) fn tell_what_was_cut(console: &Console, meter: &LogMeter) {
    for (recipe, count) in meter.take_unreported() {
        let what = format!("{count} log messages of `{recipe}` were cut: too many at once");
        console.warn("log-cut", &what);
    }
}

/// Tells what the matcher's tables had no room for.
pub(crate) fn tell_what_was_forgotten(console: &Console, tables: &Tables) {
    let forgotten: Vec<String> = [
        (tables.pairs.evicted, "pairs of process and file"),
        (tables.flows.evicted, "flows"),
        (tables.counters.evicted, "keys of noise limits"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, what)| format!("{count} {what}"))
    .collect();
    if !forgotten.is_empty() {
        let what = forgotten.join(", ");
        let what = format!(
            "there was no room to remember everything: {what} were forgotten and begin anew"
        );
        console.warn("evicted", &what);
    }
}

/// Tells who asks for more what holds the programs that reactions start.
pub(crate) fn tell_what_holds(console: &Console) {
    if console.verbose {
        let engines = reactant_engines::table();
        let all = engines.languages().filter_map(|language| engines.get(language.format));
        all.flat_map(|engine| engine.confinement()).for_each(|line| console.note(&line));
    }
}

/// The engines of this build, with every deadline watched over where the system allows that.
fn engines(console: &Console) -> Engines {
    reactant_engines::watched().unwrap_or_else(|error| {
        console.warn("unwatched", &format!("some calls may overrun their deadline: {error}"));
        reactant_engines::table()
    })
}
