//! How much a recipe may do before it only simulates: the blast radius of a mistake.
//!
//! A recipe that asks for more than its budget, or for what the budget of all recipes together has not left, is tripped: it only simulates from then on, over
//! restarts too, until somebody resets it. Counted is what was done in any 60 seconds of the machine's own time, whatever the events' clock says, and
//! over restarts: what earlier processes did in the last minute, the journal tells. What turned out to be so already, or failed, is given back.

mod window;

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use reactant_core::{config::Budgets, helper::Failure};

use crate::{
    folder::private,
    journal::{By, Entry, Journal},
};
pub(crate) use window::SPAN;
use window::Window;

/// The file in the folder that names the tripped recipes.
const FILE: &str = "budgets";

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Kills of processes.
    Kills,
    /// Blocks of addresses and names.
    Blocks,
    /// Writes of files, and directories that are made or removed.
    Writes,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Kills => "kills",
            Kind::Blocks => "blocks",
            Kind::Writes => "writes",
        })
    }
}

/// Why a recipe only simulates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trip {
    /// What it asked for.
    pub kind: Kind,
    /// How many of these a minute may see.
    pub limit: u64,
    /// Whether that is the limit of all recipes together.
    pub total: bool,
    /// When, by this machine's clock.
    pub at: Timestamp,
}

impl fmt::Display for Trip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Trip { kind, limit, total, .. } = self;
        let together = if *total { " of all recipes together" } else { "" };
        write!(f, "its budget is used up ({limit} {kind} a minute{together})")
    }
}

/// The budgets of all recipes.
#[derive(Debug)]
pub struct Budget {
    limits: Budgets,
    file: PathBuf,
    start: Instant,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    recipes: HashMap<String, [Window; 3]>,
    total: [Window; 3],
    tripped: BTreeMap<String, Trip>,
}

/// What a recipe that asks is told.
#[derive(Debug)]
pub(crate) enum Answer {
    /// It may, and this was taken.
    Go(Taken),
    /// Nothing is counted.
    Free,
    /// It only simulates.
    Simulate,
    /// It only simulates from here on.
    Tripped(Trip),
}

/// One that was taken of a budget.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Taken {
    kind: Kind,
    second: u64,
}

impl Budget {
    /// The budgets with what a folder holds of them.
    ///
    /// # Errors
    ///
    /// Where the file cannot be read, or was not written by this.
    pub fn open(folder: &Path, limits: Budgets) -> io::Result<Budget> {
        let tripped = tripped(folder)?;
        let state = Mutex::new(State { tripped, ..State::default() });
        Ok(Budget { limits, file: folder.join(FILE), start: Instant::now(), state })
    }

    /// The budgets where the file is damaged, and all is to be forgotten that it held.
    #[must_use]
    pub fn anew(folder: &Path, limits: Budgets) -> Budget {
        let state = Mutex::default();
        Budget { limits, file: folder.join(FILE), start: Instant::now(), state }
    }

    /// Counts what earlier processes did within the last minute.
    #[must_use]
    pub fn resume(self, journal: &Journal) -> Budget {
        let now = Timestamp::now();
        let mut state = self.state();
        for one in journal.recent() {
            let age = u64::try_from(now.duration_since(one.time).as_secs()).unwrap_or_default();
            // Before it began, seconds are those that led there.
            let second = self.second().saturating_sub(age);
            state.total[one.kind as usize].add(second);
            state.recipes.entry(one.recipe.clone()).or_default()[one.kind as usize].add(second);
        }
        drop(state);
        self
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The second that is running. It is late enough for what was done before it began.
    fn second(&self) -> u64 {
        SPAN + self.start.elapsed().as_secs()
    }

    /// Whether a recipe only simulates.
    #[must_use]
    pub fn simulates(&self, recipe: &str) -> bool {
        self.state().tripped.contains_key(recipe)
    }

    /// The recipes that only simulate, by name.
    #[must_use]
    pub fn tripped(&self) -> BTreeMap<String, Trip> {
        self.state().tripped.clone()
    }

    /// Lets recipes act again that only simulate, at once, with nothing counted; `None` for all. Gives their names, and writes that into the journal first.
    ///
    /// # Errors
    ///
    /// [`Failure`] where that cannot be written: then nothing has changed.
    pub fn reset(
        &self,
        journal: &Journal,
        recipes: Option<&[String]>,
        by: Option<By>,
    ) -> Result<Vec<String>, Failure> {
        let mut state = self.state();
        let meant = |name: &String| recipes.is_none_or(|recipes| recipes.contains(name));
        let names: Vec<String> = state.tripped.keys().filter(|name| meant(name)).cloned().collect();
        let mut left = state.tripped.clone();
        left.retain(|name, _| !names.contains(name));
        if !names.is_empty() {
            journal.write(Entry::Reset { recipes: names.clone(), by })?;
        }
        if !names.is_empty() || recipes.is_none() {
            keep(&self.file, &left).map_err(|error| {
                Failure(format!("the budgets cannot be written, nothing is reset: {error}"))
            })?;
        }
        state.tripped = left;
        for name in &names {
            let Some(own) = state.recipes.remove(name) else { continue };
            for (total, own) in state.total.iter_mut().zip(own) {
                total.forgive(own);
            }
        }
        Ok(names)
    }

    /// Asks for one.
    pub(crate) fn take(&self, recipe: &str, kind: Kind) -> Answer {
        self.take_at(recipe, kind, self.second())
    }

    fn take_at(&self, recipe: &str, kind: Kind, second: u64) -> Answer {
        let mut state = self.state();
        if state.tripped.contains_key(recipe) {
            return Answer::Simulate;
        }
        let each = u64::from(match kind {
            Kind::Kills => self.limits.kills_per_minute,
            Kind::Blocks => self.limits.blocks_per_minute,
            Kind::Writes => self.limits.writes_per_minute,
        });
        let all = each * u64::from(self.limits.total_factor);
        let own = &mut state.recipes.entry(recipe.to_owned()).or_default()[kind as usize];
        let (limit, total) = if own.count(second) >= each {
            (each, false)
        } else if state.total[kind as usize].count(second) >= all {
            (all, true)
        } else {
            state.total[kind as usize].add(second);
            if let Some(own) = state.recipes.get_mut(recipe) {
                own[kind as usize].add(second);
            }
            return Answer::Go(Taken { kind, second });
        };
        let trip = Trip { kind, limit, total, at: Timestamp::now() };
        state.tripped.insert(recipe.to_owned(), trip);
        Answer::Tripped(trip)
    }

    /// Nothing was done with what was taken.
    pub(crate) fn give_back(&self, recipe: &str, Taken { kind, second }: Taken) {
        let now = self.second();
        let mut state = self.state();
        state.total[kind as usize].remove(second, now);
        if let Some(own) = state.recipes.get_mut(recipe) {
            own[kind as usize].remove(second, now);
        }
    }

    /// Writes down who only simulates.
    pub(crate) fn keep(&self) -> io::Result<()> {
        // Locked, so that of two that are tripped at once the later does not lose the earlier.
        let state = self.state();
        keep(&self.file, &state.tripped)
    }
}

/// The recipes that only simulate, by name, as a folder holds them.
///
/// # Errors
///
/// Where the file cannot be read, or was not written by this.
pub fn tripped(folder: &Path) -> io::Result<BTreeMap<String, Trip>> {
    let file = folder.join(FILE);
    let text = match fs::read(&file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        text => text?,
    };
    serde_json::from_slice(&text).map_err(|_| {
        let what = format!(
            "`{}` is damaged: `reactant budget reset --all` replaces it, and lets all recipes act",
            file.display()
        );
        io::Error::new(io::ErrorKind::InvalidData, what)
    })
}

/// Replaces the file, on disk before it has the name.
fn keep(file: &Path, tripped: &BTreeMap<String, Trip>) -> io::Result<()> {
    let new = file.with_extension("new");
    let mut written: File = private().truncate(true).open(&new)?;
    serde_json::to_writer_pretty(&mut written, tripped)?;
    written.write_all(b"\n")?;
    written.sync_data()?;
    fs::rename(&new, file)
}

#[cfg(test)]
mod tests;
