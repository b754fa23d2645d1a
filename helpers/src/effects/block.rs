//! Blocks addresses on this machine.
//!
//! A block is a lease in the data folder and an entry in the kernel, which drops what comes from there, refuses what goes there and ends the block when
//! its time is over, whoever runs then. [`Blocks`] keeps both in step, under the one lock of all changes: the lease is on disk before the kernel
//! blocks, and at a start the kernel is made to agree with the leases. Connections that stand are ended, in every network namespace of the machine.

mod backend;
mod cgroup;
mod host;
mod ledger;
mod mark;
pub mod names;
mod namespaces;
mod netlink;
mod nft;
mod on_demand;
mod sockets;

use std::{
    collections::VecDeque,
    fmt, io,
    path::{Path, PathBuf},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use ipnet::IpNet;
use jiff::Timestamp;

use reactant_core::{capability::Capability, config::BlocksOnExit, helper::Failure};

use self::{
    backend::{Backend, Block},
    cgroup::Cgroup,
    host::{Host, Needs},
    ledger::Ledger,
    mark::{Mark, Record},
    nft::Nftables,
};
use super::{
    Act, Blockable, Holder, Leases, Outcome,
    leases::{self, Holders, Whose},
};
use crate::{
    block::{Own, refused},
    journal::Ended,
    protect::Protect,
    store::Durability,
    texts,
};

pub use backend::Boot;
pub use names::Names;
pub use on_demand::OnDemand;

/// How many leases there are at most: they lie in memory, and a kernel's table has an end.
const LEASES_LIMIT: usize = 1 << 20;

/// How many ended blocks a call takes out of the kernel at most, so that no call waits for very many.
const SWEPT: usize = 64;

/// What blocks for [`Real`](super::Real).
#[allow(clippy::missing_errors_doc, reason = "as `Effects` says")]
pub trait Blocker: Send + Sync + fmt::Debug {
    /// Adds a lease of the recipe on a block, until a time of the run's clock or for good.
    fn block(
        &self,
        act: &Act<'_>,
        what: &Blockable,
        until: Option<Timestamp>,
    ) -> Result<Outcome, Failure>;

    /// Ends the recipe's leases on a block.
    fn unblock(&self, act: &Act<'_>, what: &Blockable) -> Result<Outcome, Failure>;
}

/// What blocks in the kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Kind {
    /// Programs on a cgroup.
    Cgroup,
    /// A table of nf_tables.
    Nftables,
}

impl Kind {
    /// All of them, the best first.
    pub const ALL: [Kind; 2] = [Kind::Cgroup, Kind::Nftables];

    /// Its name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Kind::Cgroup => "cgroup",
            Kind::Nftables => "nftables",
        }
    }

    fn open(self, settings: &Settings, mark: &Mark) -> io::Result<Box<dyn Backend>> {
        Ok(match self {
            Kind::Cgroup => {
                let cgroup = settings.cgroup.as_deref();
                Box::new(Cgroup::open(cgroup, &settings.bpffs, &settings.named(mark))?)
            }
            Kind::Nftables => Box::new(Nftables::open(&settings.table(mark))?),
        })
    }

    /// Takes out what a start that chose this has left under a mark.
    fn retire(self, settings: &Settings, mark: &Mark) -> io::Result<()> {
        match self {
            Kind::Cgroup => cgroup::remove(&settings.bpffs.join(settings.named(mark))),
            Kind::Nftables => nft::remove(&settings.table(mark)),
        }
    }
}

/// How to block.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What to try, in this order.
    pub kinds: Vec<Kind>,
    /// The file of the leases, in the data folder.
    pub leases: PathBuf,
    /// When a lease is acknowledged.
    pub durability: Durability,
    /// Whether the blocks stay when the runtime ends.
    pub on_exit: BlocksOnExit,
    /// What is never blocked, beside what never is anyway.
    pub protect: Protect,
    /// The cgroup whose processes are kept from what is blocked; `None`: the root of the tree, which is all of them.
    pub cgroup: Option<PathBuf>,
    /// The file system that keeps what is pinned (bpf(2)); it is mounted there if it is not.
    pub bpffs: PathBuf,
    /// Where it is noted which data folder the blocks in the kernel belong to; it has to go with the boot, as they do.
    pub records: PathBuf,
    /// What the names of tables, of folders of pins and of records begin with; behind it stands the mark of the data folder.
    pub name: String,
}

impl Settings {
    /// Blocks that stay, on the whole machine, with the leases in this file.
    #[must_use]
    pub fn new(leases: PathBuf) -> Settings {
        Settings {
            kinds: Kind::ALL.to_vec(),
            leases,
            durability: Durability::default(),
            on_exit: BlocksOnExit::Stay,
            protect: Protect::default(),
            cgroup: None,
            bpffs: "/sys/fs/bpf".into(),
            records: "/run".into(),
            name: "reactant".to_owned(),
        }
    }

    /// The data folder.
    fn folder(&self) -> &Path {
        let folder = self.leases.parent().filter(|folder| !folder.as_os_str().is_empty());
        folder.unwrap_or(Path::new("."))
    }

    fn named(&self, mark: &Mark) -> String {
        format!("{}-{mark}", self.name)
    }

    fn table(&self, mark: &Mark) -> String {
        format!("{}_{mark}", self.name)
    }
}

/// What the choice of a back end came to.
#[derive(Debug)]
pub struct Chosen {
    backend: Box<dyn Backend>,
    mark: Mark,
    /// What was chosen.
    pub kind: Kind,
    /// What it blocks.
    pub reaches: Vec<String>,
    /// What it does not block, and why others were not chosen.
    pub misses: Vec<String>,
}

/// Chooses how addresses are blocked on this machine, by trying.
///
/// # Errors
///
/// Why none works, or that there is no data folder yet.
pub fn choose(settings: &Settings) -> Result<Chosen, String> {
    let folder = settings.folder();
    let mark =
        Mark::of(folder).map_err(|error| format!("{}: {}", folder.display(), reason(&error)))?;
    let mut refused = Vec::new();
    for kind in settings.kinds.iter().copied() {
        let backend = match kind.open(settings, &mark) {
            Ok(backend) => backend,
            Err(error) => {
                refused.push(format!("{}: {}", kind.name(), reason(&error)));
                continue;
            }
        };
        let own = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let (reaches, mut misses): (_, Vec<String>) =
            (own(backend.reaches()), own(backend.misses()));
        if let Err(error) = sockets::probe() {
            let why = reason(&error);
            misses.push(format!("connections that stand go silent instead of ending: {why}"));
        }
        misses.extend(refused.into_iter().map(|why| format!("not chosen: {why}")));
        return Ok(Chosen { backend, mark, kind, reaches, misses });
    }
    Err(format!("nothing blocks addresses here: {}", refused.join("; ")))
}

/// What the choice of a back end would come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probed {
    /// What would be chosen.
    pub kind: Kind,
    /// What it would block.
    pub reaches: Vec<String>,
    /// What it would not block, and why others would not be chosen.
    pub misses: Vec<String>,
}

/// Tries what [`choose`] does, blocks nothing, and takes everything out of the kernel again. The folder of the leases must be one of its own.
///
/// # Errors
///
/// As [`choose`], and where the kernel refuses to take it out.
pub fn probe(settings: &Settings) -> Result<Probed, String> {
    let Chosen { backend, kind, reaches, misses, .. } = choose(settings)?;
    backend.remove().map_err(|error| reason(&error))?;
    Ok(Probed { kind, reaches, misses })
}

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
        let net = address(what)?;
        self.judge(what, &net)?;
        let outcome = {
            let mut state = self.state();
            let now = self.sweep(&mut state);
            if state.leases.len() >= LEASES_LIMIT {
                return Err(Failure::new(texts::TOO_MANY_REAL_BLOCKS));
            }
            let before = state.leases.of(what).cloned();
            let until = span.map(|span| now.after(span));
            let outcome = state.leases.add(what, holder, until, now);
            self.settle(&mut state, what, &net, before)?;
            outcome
        };
        if outcome == Outcome::Done {
            end_sockets(&net);
        }
        Ok(outcome)
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
        let net = address(what)?;
        let mut state = self.state();
        let now = self.sweep(&mut state);
        let before = state.leases.of(what).cloned();
        let (outcome, ended) = state.leases.end_of(what, whose, now);
        self.settle(&mut state, what, &net, before)?;
        Ok((outcome, self::ended(ended, now)))
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
        state.leases.of(what).into_iter().flat_map(|holders| holders.keys().cloned()).collect()
    }

    /// The leases that hold.
    #[must_use]
    pub fn list(&self) -> Vec<Listed> {
        let mut state = self.state();
        let now = self.sweep(&mut state);
        listed(&state.leases, now)
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
    fn keep_record(&self) {
        self.keeps_record.store(true, Ordering::Relaxed);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What must stay reachable from this machine.
    fn needs(&self) -> Result<Needs, Failure> {
        let unknown =
            |error: io::Error| Failure(format!("{}: {}", texts::UNKNOWN_HOST, reason(&error)));
        self.host.needs().map_err(unknown)
    }

    /// Fails for what must stay reachable from this machine.
    fn judge(&self, what: &Blockable, net: &IpNet) -> Result<(), Failure> {
        match never(net, &self.protect, &self.needs()?) {
            None => Ok(()),
            Some(why) => Err(Failure(format!("{what} is never blocked: {why}"))),
        }
    }

    /// Forgets the leases that have ended, takes some of their blocks out of the kernel, and gives the time.
    fn sweep(&self, state: &mut State) -> Boot {
        let now = Boot::now();
        let ended = state.leases.expire(now);
        state.ended.extend(ended.iter().filter_map(|what| address(what).ok()));
        for _ in 0..SWEPT {
            let Some(net) = state.ended.pop_front() else { break };
            if state.leases.of(&Blockable::Net(net)).is_none() {
                // Where that fails, an entry stays that does nothing.
                let _ = self.backend.clear(&net);
            }
        }
        now
    }

    /// Brings disk and kernel to where the leases on a block are; where that fails, everything is as it was before.
    fn settle(
        &self,
        state: &mut State,
        what: &Blockable,
        net: &IpNet,
        before: Option<Holders<Boot>>,
    ) -> Result<(), Failure> {
        let restore = |state: &mut State, before| {
            state.leases.restore(what, before);
        };
        let changed = state.leases.of(what) != before.as_ref();
        if changed && let Err(error) = state.ledger.note(what, &state.leases) {
            restore(state, before.unwrap_or_default());
            return Err(Failure(format!("{}: {}", texts::NOT_NOTED, reason(&error))));
        }
        let done = match state.leases.of(what).map(leases::last) {
            // Also where it is there already, as far as is known: somebody else may have taken it away.
            Some(until) => self.backend.set(&Block { net: *net, until }),
            None if before.is_none() => Ok(()),
            None => self.backend.clear(net),
        };
        // Somebody else may have taken away all that was there.
        let done = done.or_else(|error| self.backend.replace(&state.blocks()).map_err(|_| error));
        done.map_err(|error| {
            restore(state, before.unwrap_or_default());
            // The next start has the failure's lease where this fails too: it says more than the kernel then, not less.
            let _ = state.ledger.note(what, &state.leases);
            Failure(format!("{}: {}", self.kind.name(), reason(&error)))
        })
    }
}

/// Takes out what the folder's other starts have left, and what is left of folders that are gone. What cannot be taken out now is at the next start.
fn retire_others(settings: &Settings, kind: Kind, mark: &Mark, record: Option<&Record>) {
    for other in Kind::ALL.into_iter().filter(|other| *other != kind) {
        // One that does not work here has left nothing here.
        let _ = other.retire(settings, mark);
    }
    if let Some(record) = record.filter(|record| record.has_moved().unwrap_or(false)) {
        let _ = record.there(|| Kind::Nftables.retire(settings, mark));
    }
    for orphan in Record::orphans(&settings.records, &settings.name, mark) {
        let pins = Kind::Cgroup.retire(settings, &orphan.mark);
        let pins = names::retire(settings, &orphan.mark).and(pins);
        let table = orphan.there(|| Kind::Nftables.retire(settings, &orphan.mark));
        let _ = pins.and(table).and_then(|()| orphan.remove());
    }
}

/// Leases that were ended, by this machine's clock.
fn ended(leases: Holders<Boot>, now: Boot) -> Vec<Ended> {
    let wall = Timestamp::now();
    let ended = leases.into_iter().map(|(holder, until)| Ended {
        recipe: holder.recipe,
        event: holder.event,
        until: until.map(|until| wall.saturating_add(until.since(now)).unwrap_or(wall)),
    });
    ended.collect()
}

fn listed(leases: &Leases<Boot>, now: Boot) -> Vec<Listed> {
    let of = |what: &Blockable, holder: &Holder, until: Option<Boot>| Listed {
        what: what.clone(),
        holder: holder.clone(),
        left: until.map(|until| until.since(now)),
    };
    let held = leases.iter();
    held.flat_map(|(what, holders)| holders.iter().map(move |(h, until)| of(what, h, *until)))
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
    fn add(&mut self, other: OnFile) {
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
fn on_file(leases: &Path) -> io::Result<OnFile> {
    match ledger::peek(leases) {
        Ok((found, to_go)) => Ok(OnFile { leases: listed(&found.leases, Boot::now()), to_go }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(OnFile::default()),
        Err(error) => Err(error),
    }
}

/// Why a network is never blocked on this machine, if so.
fn never(net: &IpNet, protect: &Protect, needs: &Needs) -> Option<String> {
    refused(net, &Own::default(), protect).or_else(|| needs.refuse(net))
}

impl State {
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
            dropped.iter().for_each(|(what, _)| self.leases.restore(what, Holders::new()));
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

/// Ends the connections with a network, here first and then in every other namespace. One that cannot be ended is silent: its packets are dropped.
fn end_sockets(net: &IpNet) {
    let _ = sockets::end(net);
    for namespace in namespaces::others() {
        let _ = namespaces::inside(&namespace, || sockets::end(net));
    }
}

fn address(what: &Blockable) -> Result<IpNet, Failure> {
    match what {
        Blockable::Net(net) => Ok(*net),
        Blockable::Domain(_) => Err(Failure::new(texts::ADDRESSES_ONLY)),
    }
}

fn reason(error: &io::Error) -> String {
    match error.raw_os_error() {
        Some(code) => texts::system(rustix::io::Errno::from_raw_os_error(code)),
        None if error.kind() == io::ErrorKind::ResourceBusy => {
            "in use by another process".to_owned()
        }
        None => error.to_string(),
    }
}
