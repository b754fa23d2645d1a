//! Acting for real: who wanted it, where it is on record, and what an earlier run left.

use std::{
    io::{self, BufRead, IsTerminal, Write},
    path::Path,
    sync::Arc,
};

use reactant_core::{
    capability::{Capability, PathGlob},
    config::BlockBy,
};
use reactant_helpers::{
    budget::Budget,
    control::Handlers,
    effects::block::{self, Kind, Lookout, OnDemand},
    folder::Folder,
    journal::{Crash, Journal, Kept, Options},
};

use crate::{
    acting,
    console::Console,
    exit::Failure,
    settings::Settings,
    state::{self, Served},
};

/// Who agrees to acting for real.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Consent {
    /// The command line says so.
    Given,
    /// Whoever sits at the terminal is asked; without one nothing is done.
    Ask,
    /// The same, but without a terminal nobody needs to be asked: acting is what the command is for, and a service manager starts it.
    AskWhoIsThere,
}

/// What acts for real.
#[derive(Debug)]
pub(crate) struct Enforcement {
    /// Where the state lies, held.
    pub(crate) folder: Folder,
    pub(crate) journal: Arc<Journal>,
    pub(crate) budget: Arc<Budget>,
    /// What blocks addresses, from the first block on.
    pub(crate) blocks: Arc<OnDemand>,
    /// Sees to it that they stand.
    _lookout: Lookout,
    /// What files held before they were replaced, where that is kept.
    pub(crate) kept: Option<Arc<Kept>>,
}

impl Enforcement {
    /// Asks, takes the folder and opens the journal; nothing where the run only simulates.
    pub(crate) fn begin(
        console: &Console,
        consent: Option<Consent>,
        settings: &Settings,
        data: Option<&Path>,
        command: &str,
    ) -> Result<Option<Enforcement>, Failure> {
        let Some(consent) = consent else { return Ok(None) };
        confirm(consent)?;
        let folder = data.or(settings.data.as_deref()).unwrap_or(Path::new(state::FOLDER));
        let folder = state::take(|| Folder::hold(folder))?;
        let journal = open(console, &folder, command, settings.journal)?;
        let budget = Budget::open(folder.path(), settings.budgets)
            .map_err(|error| Failure::Usage(format!("--data: {error}")))?
            .resume(&journal);
        for (recipe, trip) in budget.tripped() {
            let what = format!(
                "`{recipe}` only simulates, {trip} since {:.0}: `reactant budget reset {recipe}` lets it act again",
                trip.at
            );
            console.warn("budget", &what);
        }
        let blocks = OnDemand::new(block_settings(settings, folder.path()));
        let resumed = blocks.resume().map_err(|why| {
            Failure::Problem(format!("the blocks of an earlier run cannot be kept: {why}"))
        })?;
        for (what, why) in resumed.iter().flat_map(|blocks| blocks.dropped()) {
            console.warn("blocks", &format!("{what} is not blocked any more: {why}"));
        }
        resume_names(
            console,
            &blocks,
            command == "watch" && settings.grants.holds(&Capability::NET_BLOCK),
        )?;
        let kept = settings.keep_replaced.map(|limit| Kept::open(folder.path(), limit as u64));
        let kept = kept
            .transpose()
            .map_err(|error| Failure::Usage(format!("--data: replaced files: {error}")))?;
        let (blocks, console) = (Arc::new(blocks), *console);
        let lookout = Lookout::start(&blocks, move |what| console.warn("blocks", what))
            .map_err(|error| Failure::Problem(format!("a thread cannot be started: {error}")))?;
        Ok(Some(Enforcement {
            folder,
            journal: Arc::new(journal),
            budget: Arc::new(budget),
            blocks,
            _lookout: lookout,
            kept: kept.map(Arc::new),
        }))
    }

    /// The folder as a pattern, with all links resolved: whatever lies in it is covered too.
    pub(crate) fn own_folder(&self) -> Result<PathGlob, Failure> {
        let path = self.folder.path();
        let unusable = |why: &dyn std::fmt::Display| {
            Failure::Usage(format!("--data: `{}` cannot be used: {why}", path.display()))
        };
        let folder = path.canonicalize().map_err(|error| unusable(&error))?;
        let folder = folder.to_str().ok_or_else(|| unusable(&"its path is no UTF-8"))?;
        PathGlob::new(folder).map_err(|error| unusable(&error))
    }

    /// What an operator can ask of it beside the run.
    pub(crate) fn handlers(&self, settings: &Settings) -> Handlers {
        acting::handlers(&self.journal, &self.budget, &self.blocks, settings)
    }

    /// Tells which addresses were not blocked though a blocked name led to them, and what of the answers was not seen.
    fn tell_what_names_led_to(&self, console: &Console) {
        let Some(names) = self.blocks.opened_names() else { return };
        let (notes, beyond) = names.take_notes();
        notes.iter().for_each(|note| console.warn("names", note));
        let heard = names.heard();
        for (count, what) in [
            (
                beyond,
                "addresses that blocked names led to were not blocked: names hold a quarter of all blocks already",
            ),
            (
                heard.lost,
                "answers of resolvers were not seen: they came faster than they were read",
            ),
            (heard.cut, "answers of resolvers were too long to be seen whole"),
        ] {
            if count > 0 {
                console.warn("names", &format!("{count} {what}"));
            }
        }
    }

    /// Ends the blocks as configured, and forces what was done to disk. Who is asked through what is `held` is asked for nothing more by then.
    pub(crate) fn end(&self, console: &Console, held: Option<Served>) -> Result<(), Failure> {
        drop(held);
        self.tell_what_names_led_to(console);
        self.blocks
            .close()
            .map_err(|why| Failure::Problem(format!("the blocks cannot be removed: {why}")))?;
        self.journal.sync().map_err(|failure| Failure::Problem(failure.0))
    }
}

/// Takes the blocked names of an earlier run; where the run listens, what resolvers answer is heard from now on, so that a name which is blocked later
/// has its addresses blocked at once.
fn resume_names(console: &Console, blocks: &OnDemand, listens: bool) -> Result<(), Failure> {
    let resumed = blocks.resume_names().map_err(|why| {
        Failure::Problem(format!("the blocked names of an earlier run cannot be kept: {why}"))
    })?;
    for (what, why) in resumed.iter().flat_map(|names| names.dropped()) {
        console.warn("names", &format!("{what} is not blocked any more: {why}"));
    }
    if listens {
        match blocks.names() {
            Ok(names) => {
                let (_, misses) = names.coverage();
                misses.iter().for_each(|what| console.note(&format!("names: not blocked: {what}")));
            }
            Err(why) => console.warn("names", &format!("no name can be blocked here: {why}")),
        }
    }
    Ok(())
}

/// How addresses are blocked, with the leases beside the journal.
pub(crate) fn block_settings(settings: &Settings, folder: &Path) -> block::Settings {
    block::Settings {
        kinds: match settings.blocks.by {
            BlockBy::Auto => Kind::ALL.to_vec(),
            BlockBy::Cgroup => vec![Kind::Cgroup],
            BlockBy::Nftables => vec![Kind::Nftables],
        },
        durability: settings.durability,
        on_exit: settings.blocks_on_exit,
        protect: settings.protect.clone(),
        cgroup: settings.blocks.cgroup.clone(),
        ..block::Settings::new(folder.join("blocks"))
    }
}

/// Opens a folder's journal, and tells what an earlier process left unfinished.
pub(crate) fn open(
    console: &Console,
    folder: &Folder,
    command: &str,
    options: Options,
) -> Result<Journal, Failure> {
    let (journal, crash) = Journal::open(folder.clone(), command, options)
        .map_err(|error| Failure::Usage(format!("--data: {error}")))?;
    tell(console, &crash);
    Ok(journal)
}

pub(crate) fn tell(console: &Console, crash: &Crash) {
    let warn = |what: String| console.warn("journal", &what);
    if !crash.unfinished.is_empty() {
        let numbers: Vec<String> = crash.unfinished.iter().map(u64::to_string).collect();
        warn(format!(
            "an earlier run ended in the middle of what lines {} of the journal announce: whether that was done is not known",
            numbers.join(", ")
        ));
    }
    if crash.torn > 0 {
        warn(format!(
            "the last line of the journal was incomplete, as after a crash: its {} bytes were cut",
            crash.torn
        ));
    }
    if crash.lost > 0 {
        warn(format!(
            "the journal lacks {} of its last lines: its end was cut, or was lost with the power",
            crash.lost
        ));
    }
    if crash.headless {
        warn("the head beside the journal is gone or damaged: whether the journal's end was cut is not known".to_owned());
    }
    if let Some(line) = crash.broken {
        warn(format!("the journal was changed at line {line}: `reactant audit verify` tells more"));
    }
}

/// Asks whoever sits at the terminal, where somebody has to be asked.
fn confirm(consent: Consent) -> Result<(), Failure> {
    let refused = |why: &str| Err(Failure::Usage(why.to_owned()));
    let terminal = io::stdin().is_terminal() && io::stderr().is_terminal();
    match consent {
        Consent::Given => return Ok(()),
        Consent::AskWhoIsThere if !terminal => return Ok(()),
        Consent::Ask if !terminal => {
            return refused(
                "--enforce acts for real, and nobody can be asked without a terminal: say --yes too",
            );
        }
        Consent::Ask | Consent::AskWhoIsThere => {}
    }
    let question = "This acts for real on this machine: processes are killed, addresses blocked and files written as the recipes say. Go on? [y/N] ";
    let mut stderr = io::stderr().lock();
    let _ = stderr.write_all(question.as_bytes()).and_then(|()| stderr.flush());
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    match answer.trim() {
        "y" | "Y" | "yes" => Ok(()),
        _ => refused("not confirmed: nothing was done"),
    }
}
