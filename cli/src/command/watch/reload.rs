//! Recipes that change while the watch goes on: all of a set or nothing of it.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError},
    },
    thread,
    time::{Duration, Instant, SystemTime},
};

use reactant_core::runtime::{Loader, Replaced, Runtime};
use reactant_sensor::live::{Coverage, Filter};
use serde::Serialize;

use super::{
    changes::{Change, Changes, Followed},
    coverage::{interest, tell_what_waits_in_vain},
    metrics::Observed,
    relay::Relay,
    supervisor::Supervisor,
    verdicts::Asking,
};
use crate::{args::OutputFormat, console::Console, recipes::Selection};

/// Changes come in groups: what is written meanwhile belongs to the same one.
const QUIET: Duration = Duration::from_millis(100);

/// A group that does not end is loaded after this time all the same.
const LONGEST: Duration = Duration::from_secs(1);

/// Of the time, loading takes one part in so many at most: whoever can write beside recipes must not keep a processor busy.
const SHARE: u32 = 4;

/// Folders may be found to be new so many times in a row.
const AGAIN: usize = 3;

/// Before the reading began by the clock that stamps files, which lags by a tick.
const TICK: Duration = Duration::from_millis(20);

/// Loads recipes, again and again.
pub(super) struct Recipes {
    pub(super) loader: Loader,
    pub(super) paths: Vec<PathBuf>,
    pub(super) only: Vec<String>,
    pub(super) include_disabled: bool,
    /// `None` where the kernel tells of no changes; then only who asks has them loaded.
    pub(super) changes: Option<Changes>,
}

/// What is loaded.
pub(super) struct Loaded {
    /// `None` where the set cannot be used as a whole.
    pub(super) recipes: Option<Vec<Arc<reactant_core::recipe::Recipe>>>,
    /// Whether some of it was rejected.
    pub(super) rejected: bool,
    /// Why there is no set, if for another reason than its diagnostics.
    pub(super) failure: Option<crate::exit::Failure>,
}

impl Recipes {
    /// Loads the set, tells what is wrong with it, and watches from here on what it depends on.
    pub(super) fn load(&self, console: &Console) -> Loaded {
        let mut since = SystemTime::now() - TICK;
        let mut loaded = self.loader.load(&self.paths);
        let mut followed = self.follow(&loaded.looked_at, since);
        // What changed before it was watched is read again; what does so for ever is told as any other change.
        for _ in 0..AGAIN {
            if !followed.stale {
                break;
            }
            since = SystemTime::now() - TICK;
            loaded = self.loader.load(&self.paths);
            followed = self.follow(&loaded.looked_at, since);
        }
        loaded.diagnostics.iter().for_each(|diagnostic| console.diagnostic(diagnostic));
        for (path, error) in &followed.unseen {
            let what = format!(
                "changes in {} are not seen: {error}; SIGHUP has the recipes loaded again",
                path.display()
            );
            console.warn("unseen-changes", &what);
        }
        let rejected = loaded.has_errors();
        let selection = Selection { only: &self.only, include_disabled: self.include_disabled };
        let (recipes, failure) = match selection.choose(console, loaded.recipes) {
            Ok(recipes) => (Some(recipes), None),
            Err(failure) => (None, Some(failure)),
        };
        Loaded { recipes, rejected, failure }
    }

    /// Watches what was named, before it is looked at for the first time.
    pub(super) fn follow_names(&self) {
        let _ = self.follow(&self.paths, SystemTime::now());
    }

    fn follow(&self, paths: &[PathBuf], since: SystemTime) -> Followed {
        self.changes.as_ref().map_or_else(Followed::default, |changes| changes.follow(paths, since))
    }
}

/// Loads the recipes again whenever they may have changed.
pub(super) struct Reloader {
    pub(super) console: Console,
    pub(super) recipes: Recipes,
    pub(super) runtime: Arc<Runtime>,
    pub(super) relay: Arc<Relay>,
    pub(super) observed: Arc<Observed>,
    pub(super) coverage: Vec<Coverage>,
    /// What leaves the kernel.
    pub(super) filter: Filter,
    /// Whether all of it is to.
    pub(super) everything: bool,
    pub(super) supervisor: Arc<Supervisor>,
    pub(super) state: Arc<Freshness>,
    pub(super) asking: Arc<Asking>,
}

/// How the recipes in force stand to those in their files.
#[derive(Debug, Default)]
pub(super) struct Freshness {
    /// Some of what was loaded last was rejected.
    pub(super) rejected: AtomicBool,
    /// The watch is ending: nothing is loaded any more.
    pub(super) ending: AtomicBool,
}

/// What came of a change; a line of the JSON output.
#[derive(Serialize)]
struct ReloadLine {
    r#type: &'static str,
    /// Whether the new set is in force; otherwise the last good one is.
    replaced: bool,
    recipes: usize,
    kept: usize,
    changed: usize,
    added: usize,
    removed: usize,
}

impl Reloader {
    /// Waits for changes, and loads, for ever.
    pub(super) fn run(self, changed: &Receiver<Change>) {
        while let Ok(Change) = changed.recv() {
            wait_for_quiet(changed);
            if self.state.ending.load(Ordering::Relaxed) {
                return;
            }
            let start = Instant::now();
            self.reload();
            thread::sleep((start.elapsed() * (SHARE - 1)).min(10 * LONGEST));
        }
    }

    fn reload(&self) {
        self.supervisor.reloading();
        let loaded = self.recipes.load(&self.console);
        let recipes = loaded.recipes.filter(|_| !loaded.rejected);
        if let Some(failure) = loaded.failure {
            self.console.error(&failure.to_string());
        }
        self.state.rejected.store(recipes.is_none(), Ordering::Relaxed);
        let replaced = recipes.and_then(|recipes| self.runtime.replace(recipes).ok());
        if replaced.is_some() {
            // What both sets want is told all the while; what only this one wants, from here on.
            let interest = interest(&self.runtime.recipes(), self.everything);
            if let Err(error) = self.filter.watch(&interest) {
                let what = format!("what only the changed recipes want is not seen: {error}");
                self.console.warn("unseen-changes", &what);
            }
            self.asking.follow(&self.runtime);
        }
        self.observed.reload(replaced.is_some());
        self.tell(replaced);
        self.supervisor.ready();
    }

    fn tell(&self, replaced: Option<Replaced>) {
        let recipes = self.runtime.recipes();
        if replaced.is_none() {
            let count = recipes.len();
            let what = format!(
                "the changed recipes are refused as a whole; the {count} that were good last stay in force"
            );
            self.console.warn("reload-refused", &what);
        }
        let Replaced { kept, changed, added, removed, .. } = replaced.unwrap_or_default();
        if replaced.is_some() {
            let what = format!(
                "recipes loaded again: {kept} as before, {changed} changed, {added} new, {removed} gone"
            );
            self.console.inform(&what);
            tell_what_waits_in_vain(&self.console, &self.coverage, &recipes);
        }
        if self.console.format == OutputFormat::Json {
            let line = ReloadLine {
                r#type: "reload",
                replaced: replaced.is_some(),
                recipes: recipes.len(),
                kept,
                changed,
                added,
                removed,
            };
            // Texts and numbers always serialise.
            let _ = serde_json::to_string(&line).map(|text| self.relay.line(text));
        }
    }
}

fn wait_for_quiet(changed: &Receiver<Change>) {
    let start = Instant::now();
    loop {
        let left = LONGEST.saturating_sub(start.elapsed());
        match changed.recv_timeout(QUIET.min(left)) {
            Ok(Change) if !left.is_zero() => {}
            Ok(Change) | Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return,
        }
    }
}
