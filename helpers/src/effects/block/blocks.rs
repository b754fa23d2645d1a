//! The blocks themselves: leases, their file and the kernel, kept in step.

use std::{
    collections::VecDeque,
    io,
    path::Path,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use ipnet::IpNet;
use jiff::Timestamp;

use reactant_core::{capability::Capability, config::BlocksOnExit, helper::Failure};

use super::{
    Blocker, Chosen, Kind, Settings,
    backend::{Backend, Block, Boot},
    host::{Host, Needs},
    ledger::{self, Ledger},
    mark::{Mark, Record},
    names, reason, retire_others, sockets,
};
use crate::{
    block::{Own, refused},
    effects::{
        Act, Blockable, Holder, Leases, Outcome,
        leases::{self, Holders, Whose},
    },
    journal::Ended,
    protect::Protect,
    texts,
};

/// How many leases there are at most: they lie in memory, and a kernel's table has an end.
pub(super) const LEASES_LIMIT: usize = 1 << 20;

/// How many ended blocks a call takes out of the kernel at most, so that no call waits for very many.
const SWEPT: usize = 64;

/// Networks whose connections are ended after the blocks were mended: all sockets are looked at once for each few of them.
const ENDED: usize = 1024;

/// The blocks of this machine.
#[derive(Debug)]
pub struct Blocks {
    kind: Kind,
    backend: Box<dyn Backend>,
    on_exit: BlocksOnExit,
    protect: Protect,
    host: Host,
    dropped: Vec<(Blockable, String)>,
    unreadable: usize,
    /// Held as long as this lives, so that no start of another runtime takes its blocks for an orphan's. Where none could be made, nobody does either.
    record: Option<Record>,
    /// Names stay blocked: the record is theirs, too.
    keeps_record: AtomicBool,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    leases: Leases<Boot>,
    ledger: Ledger,
    /// Blocks whose time is over and that the kernel may still have an entry of, which does nothing.
    ended: VecDeque<IpNet>,
}

/// One lease, as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// What is blocked.
    pub what: Blockable,
    /// By whom.
    pub holder: Holder,
    /// How long it still holds; `None` for good.
    pub left: Option<Duration>,
}

/// The leases on a block before it was changed.
struct Change<'a> {
    what: &'a Blockable,
    net: IpNet,
    before: Option<Holders<Boot>>,
}

impl Blocks {
    /// Takes the leases, and makes the kernel agree with them: what is missing is added, what nobody holds is removed.
    ///
    /// # Errors
    ///
    /// Where another runtime has the leases, the file cannot be used, or the kernel refuses.
    pub fn open(chosen: Chosen, settings: Settings) -> Result<Blocks, String> {
        let remove = settings.on_exit == BlocksOnExit::Remove;
        let opened = Ledger::open(&settings.leases, settings.durability, remove);
        let (ledger, found) =
            opened.map_err(|error| format!("{}: {}", settings.leases.display(), reason(&error)))?;
        let failed = |error: io::Error| format!("{}: {}", chosen.kind.name(), reason(&error));
        let mark = Mark::of(settings.folder()).map_err(|error| reason(&error))?;
        if mark != chosen.mark {
            return Err(format!("{} is another folder by now", settings.folder().display()));
        }
        let (host, protect) = (Host::default(), settings.protect.clone());
        let mut state = State { leases: found.leases, ledger, ended: VecDeque::new() };
        let dropped = state.drop_needed(&host, &protect).map_err(|error| reason(&error))?;
        let (records, name, folder) = (&settings.records, &settings.name, settings.folder());
        let record = Record::take(records, name, &mark, folder, remove);
        let backend = chosen.backend;
        backend.replace(&state.blocks()).map_err(failed)?;
        retire_others(&settings, chosen.kind, &mark, record.as_ref().ok());
        let kind = chosen.kind;
        let (record, on_exit) = (record.ok(), settings.on_exit);
        let state = Mutex::new(state);
        let unreadable = found.unreadable;
        let keeps_record = AtomicBool::new(false);
        Ok(Blocks {
            kind,
            backend,
            on_exit,
            protect,
            host,
            dropped,
            unreadable,
            record,
            keeps_record,
            state,
        })
    }

    /// What an earlier run had blocked and this machine needs by now, or protects: it is not blocked any more. Each with the reason.
    #[must_use]
    pub fn dropped(&self) -> &[(Blockable, String)] {
        &self.dropped
    }

    /// How many lines of the leases could not be read at the start; a crash leaves one.
    #[must_use]
    pub fn unreadable(&self) -> usize {
        self.unreadable
    }

    /// Adds a lease on a block, for a time or for good.
    ///
    /// # Errors
    ///
    /// Why it is not blocked.
    pub fn add(
        &self,
        what: &Blockable,
        holder: &Holder,
        span: Option<Duration>,
    ) -> Result<Outcome, Failure> {
        one(self.add_all(std::slice::from_ref(what), holder, span))
    }

    /// Adds a lease on each of some blocks, and gives what came of each: as many single calls would, but what this machine needs is looked at once, the leases
    /// are written together, and the connections of all are looked for together.
    pub fn add_all(
        &self,
        whats: &[Blockable],
        holder: &Holder,
        span: Option<Duration>,
    ) -> Vec<Result<Outcome, Failure>> {
        let needs = match self.needs() {
            Ok(needs) => needs,
            Err(failure) => return whats.iter().map(|_| Err(failure.clone())).collect(),
        };
        let mut fresh = Vec::new();
        let outcomes = self.change(whats, |leases, what, net, now| {
            if let Some(why) = never(&net, &self.protect, &needs) {
                return Err(Failure(format!("{what} is never blocked: {why}")));
            }
            if leases.len() >= LEASES_LIMIT {
                return Err(Failure::new(texts::TOO_MANY_REAL_BLOCKS));
            }
            let outcome = leases.add(what, holder, span.map(|span| now.after(span)), now);
            if outcome == Outcome::Done {
                fresh.push(net);
            }
            Ok(outcome)
        });
        if outcomes.iter().any(|outcome| matches!(outcome, Ok(Outcome::Done))) {
            sockets::end_everywhere(&fresh);
        }
        outcomes
    }

    /// Ends a recipe's leases on a block.
    ///
    /// # Errors
    ///
    /// Why it is not unblocked.
    pub fn remove(&self, what: &Blockable, recipe: &str) -> Result<Outcome, Failure> {
        self.end(what, Whose::Recipe(recipe)).map(|(outcome, _)| outcome)
    }

    /// Ends leases on a block, and gives those that it has ended.
    ///
    /// # Errors
    ///
    /// Why it is not unblocked.
    pub fn end(
        &self,
        what: &Blockable,
        whose: Whose<'_>,
    ) -> Result<(Outcome, Vec<Ended>), Failure> {
        let mut ended = Vec::new();
        let end = |leases: &mut Leases<Boot>, what: &Blockable, _, now| {
            let (outcome, held) = leases.end_of(what, whose, now);
            ended = self::ended(&held, now);
            Ok(outcome)
        };
        let outcome = one(self.change(std::slice::from_ref(what), end))?;
        Ok((outcome, ended))
    }

    /// Ends one holder's lease on each of some blocks, and gives what came of each.
    pub fn release(&self, whats: &[Blockable], holder: &Holder) -> Vec<Result<Outcome, Failure>> {
        let whose = Whose::Holder(holder);
        self.change(whats, |leases, what, _, now| Ok(leases.end_of(what, whose, now).0))
    }

    /// Ends all leases; gives how many there were.
    ///
    /// # Errors
    ///
    /// Where that cannot be noted: then nothing is changed; or the kernel refuses: the next start takes out what is left there.
    pub fn flush(&self) -> Result<usize, Failure> {
        let mut state = self.state();
        self.sweep(&mut state);
        let before = std::mem::take(&mut state.leases);
        let State { leases, ledger, .. } = &mut *state;
        if let Err(error) = ledger.rewrite(leases) {
            state.leases = before;
            return Err(Failure(format!("{}: {}", texts::NOT_NOTED, reason(&error))));
        }
        state.ended.clear();
        let flushed = self.backend.replace(&[]).map(|()| before.len());
        flushed.map_err(|error| Failure(format!("{}: {}", self.kind.name(), reason(&error))))
    }

    /// Who holds leases on exactly this block.
    #[must_use]
    pub fn holders(&self, what: &Blockable) -> Vec<Holder> {
        let mut state = self.state();
        self.sweep(&mut state);
        let held = state.leases.of(what).into_iter();
        held.flat_map(|holders| holders.keys().cloned()).collect()
    }

    /// The leases that hold.
    #[must_use]
    pub fn list(&self) -> Vec<Listed> {
        let mut state = self.state();
        let now = self.sweep(&mut state);
        listed(&state.leases, now)
    }

    /// Looks whether the blocks still stand in the kernel, and puts them there again where somebody else took them away; connections that came about
    /// meanwhile end, where it is not very many addresses. Whether that was so.
    ///
    /// # Errors
    ///
    /// Why that is not known, or why they cannot be put there.
    pub fn mend(&self) -> Result<bool, String> {
        let failed = |error: io::Error| format!("{}: {}", self.kind.name(), reason(&error));
        let state = self.state();
        if state.leases.is_empty() || self.backend.stands().map_err(failed)? {
            return Ok(false);
        }
        let blocks = state.blocks();
        self.backend.mend(&blocks).map_err(failed)?;
        drop(state);
        let nets: Vec<IpNet> = blocks.iter().take(ENDED).map(|block| block.net).collect();
        sockets::end_everywhere(&nets);
        Ok(true)
    }

    /// Ends as configured: the blocks stay in the kernel, or nothing of them is left there, nor where there are none. Nothing is to be blocked
    /// through this afterwards.
    ///
    /// # Errors
    ///
    /// Where the kernel refuses to take them out.
    pub fn close(&self) -> Result<(), String> {
        let stays = self.on_exit == BlocksOnExit::Stay && !self.list().is_empty();
        if stays {
            return Ok(());
        }
        self.backend.remove().map_err(|error| reason(&error))?;
        // They are no leases of anybody's from here on.
        let mut state = self.state();
        if !state.leases.is_empty() {
            state.leases = Leases::default();
            let State { leases, ledger, .. } = &mut *state;
            ledger.rewrite(leases).map_err(|error| reason(&error))?;
        }
        drop(state);
        let record = self.record.as_ref().filter(|_| !self.keeps_record.load(Ordering::Relaxed));
        record.map_or(Ok(()), Record::remove).map_err(|error| reason(&error))
    }

    /// Leaves the record where it is at the end.
    pub(super) fn keep_record(&self) {
        self.keeps_record.store(true, Ordering::Relaxed);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What must stay reachable from this machine.
    pub(super) fn needs(&self) -> Result<Needs, Failure> {
        let unknown = |error| Failure(format!("{}: {}", texts::UNKNOWN_HOST, reason(&error)));
        self.host.needs().map_err(unknown)
    }

    /// Changes the leases on some blocks, and brings disk and kernel to where they are then; where that fails, all is as it was before.
    fn change(
        &self,
        whats: &[Blockable],
        mut change: impl FnMut(&mut Leases<Boot>, &Blockable, IpNet, Boot) -> Result<Outcome, Failure>,
    ) -> Vec<Result<Outcome, Failure>> {
        let mut state = self.state();
        let now = self.sweep(&mut state);
        let mut changes = Vec::new();
        let mut outcomes: Vec<_> = whats
            .iter()
            .map(|what| {
                let net = address(what)?;
                let before = state.leases.of(what).cloned();
                let outcome = change(&mut state.leases, what, net, now)?;
                changes.push(Change { what, net, before });
                Ok(outcome)
            })
            .collect();
        if let Err(failure) = self.settle(&mut state, changes) {
            outcomes.iter_mut().filter(|outcome| outcome.is_ok()).for_each(|outcome| {
                *outcome = Err(failure.clone());
            });
        }
        outcomes
    }

    /// Forgets the leases that have ended, takes some of their blocks out of the kernel, and gives the time.
    fn sweep(&self, state: &mut State) -> Boot {
        let now = Boot::now();
        let ended = state.leases.expire(now);
        state.ended.extend(ended.iter().filter_map(|what| address(what).ok()));
        let some = state.ended.len().min(SWEPT);
        let mut over: Vec<IpNet> = state.ended.drain(..some).collect();
        over.retain(|net| state.leases.of(&Blockable::Net(*net)).is_none());
        if !over.is_empty() {
            // Where that fails, entries stay that do nothing.
            let _ = self.backend.change(&[], &over);
        }
        now
    }

    fn settle(&self, state: &mut State, changes: Vec<Change<'_>>) -> Result<(), Failure> {
        let changed: Vec<&Blockable> = changes
            .iter()
            .filter(|change| state.leases.of(change.what) != change.before.as_ref())
            .map(|change| change.what)
            .collect();
        if let Err(error) = state.ledger.note(changed.iter().copied(), &state.leases) {
            state.restore(changes);
            return Err(Failure(format!("{}: {}", texts::NOT_NOTED, reason(&error))));
        }
        let (mut set, mut clear) = (Vec::new(), Vec::new());
        for Change { what, net, before } in &changes {
            match state.leases.of(what).map(leases::last) {
                // Also where it is there already, as far as is known: somebody else may have taken it away.
                Some(until) => set.push(Block { net: *net, until }),
                None if before.is_none() => {}
                None => clear.push(*net),
            }
        }
        if set.is_empty() && clear.is_empty() {
            return Ok(());
        }
        let done = self.backend.change(&set, &clear);
        // Somebody else may have taken away all that was there.
        let done = done.or_else(|error| self.backend.replace(&state.blocks()).map_err(|_| error));
        done.map_err(|error| {
            state.restore(changes);
            // The next start has the failure's leases where this fails too: it says more than the kernel then, not less.
            let _ = state.ledger.note(changed.into_iter(), &state.leases);
            Failure(format!("{}: {}", self.kind.name(), reason(&error)))
        })
    }
}

/// Leases that were ended, by this machine's clock.
pub(super) fn ended(leases: &Holders<Boot>, now: Boot) -> Vec<Ended> {
    let wall = Timestamp::now();
    let ended = leases.iter().map(|(holder, until)| Ended {
        recipe: holder.recipe.clone(),
        event: holder.event.clone(),
        until: until.map(|until| wall.saturating_add(until.since(now)).unwrap_or(wall)),
    });
    ended.collect()
}

pub(super) fn listed(leases: &Leases<Boot>, now: Boot) -> Vec<Listed> {
    let of = |what: &Blockable, holder: &Holder, until: Option<Boot>| Listed {
        what: what.clone(),
        holder: holder.clone(),
        left: until.map(|until| until.since(now)),
    };
    let held = leases.iter();
    held.flat_map(|(what, holders)| holders.iter().map(move |(h, until)| of(what, h, until)))
        .collect()
}

/// The leases that a file of leases holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OnFile {
    /// Those that hold.
    pub leases: Vec<Listed>,
    /// They were to go with their runtime, which died or still lives: the next start takes them out.
    pub to_go: bool,
}

impl OnFile {
    pub(super) fn add(&mut self, other: OnFile) {
        self.to_go |= other.to_go;
        self.leases.extend(other.leases);
    }
}

/// Reads the leases of a data folder, on addresses and on names, without taking them and without a look at the kernel.
///
/// # Errors
///
/// Where they cannot be read.
pub fn in_folder(folder: &Path) -> io::Result<OnFile> {
    let addresses = folder.join("blocks");
    let mut all = on_file(&addresses)?;
    all.add(on_file(&names::file(&addresses))?);
    Ok(all)
}

/// Reads a file of leases, without taking it and without a look at the kernel; nothing where there is none.
///
/// # Errors
///
/// Where it cannot be read.
pub(super) fn on_file(leases: &Path) -> io::Result<OnFile> {
    match ledger::peek(leases) {
        Ok((found, to_go)) => Ok(OnFile { leases: listed(&found.leases, Boot::now()), to_go }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(OnFile::default()),
        Err(error) => Err(error),
    }
}

/// What came of the only one.
fn one(mut outcomes: Vec<Result<Outcome, Failure>>) -> Result<Outcome, Failure> {
    outcomes.pop().unwrap_or_else(|| Err(Failure::new(texts::ADDRESSES_ONLY)))
}

/// Why a network is never blocked on this machine, if so.
pub(super) fn never(net: &IpNet, protect: &Protect, needs: &Needs) -> Option<String> {
    refused(net, &Own::default(), protect).or_else(|| needs.refuse(net))
}

impl State {
    /// Puts the leases back, the last change first: a block may have been changed twice.
    fn restore(&mut self, changes: Vec<Change<'_>>) {
        for Change { what, before, .. } in changes.into_iter().rev() {
            self.leases.restore(what, before.unwrap_or_default());
        }
    }

    /// Ends the leases on what may not be blocked (any more).
    fn drop_needed(
        &mut self,
        host: &Host,
        protect: &Protect,
    ) -> io::Result<Vec<(Blockable, String)>> {
        if self.leases.is_empty() {
            return Ok(Vec::new());
        }
        let needs = host.needs()?;
        let why = |what: &Blockable| match address(what) {
            Ok(net) => never(&net, protect, &needs),
            Err(Failure(why)) => Some(why),
        };
        let held = self.leases.iter();
        let dropped: Vec<_> =
            held.filter_map(|(what, _)| Some((what.clone(), why(what)?))).collect();
        if !dropped.is_empty() {
            dropped.iter().for_each(|(what, _)| self.leases.restore(what, Holders::default()));
            self.ledger.rewrite(&self.leases)?;
        }
        Ok(dropped)
    }

    /// What the kernel has to block.
    fn blocks(&self) -> Vec<Block> {
        let block = |(what, holders): (&Blockable, &Holders<Boot>)| {
            Some(Block { net: address(what).ok()?, until: leases::last(holders) })
        };
        self.leases.iter().filter_map(block).collect()
    }
}

impl Blocker for Blocks {
    fn block(
        &self,
        act: &Act<'_>,
        what: &Blockable,
        until: Option<Timestamp>,
    ) -> Result<Outcome, Failure> {
        act.demand(&Capability::NET_BLOCK)?;
        // The run's clock may be that of a recording; how long is meant as it is.
        let span = until.map(|until| until.duration_since(act.now).unsigned_abs());
        self.add(what, &Holder::new(act.recipe, act.uuid), span)
    }

    fn unblock(&self, act: &Act<'_>, what: &Blockable) -> Result<Outcome, Failure> {
        act.demand(&Capability::NET_BLOCK)?;
        let (outcome, ended) = self.end(what, Whose::Recipe(act.recipe))?;
        act.note_ended(ended);
        Ok(outcome)
    }
}

fn address(what: &Blockable) -> Result<IpNet, Failure> {
    match what {
        Blockable::Net(net) => Ok(*net),
        Blockable::Domain(_) => Err(Failure::new(texts::ADDRESSES_ONLY)),
    }
}
