//! Blocks addresses on this machine.
//!
//! A block is a lease in the data folder and an entry in the kernel, which drops what comes from there, refuses what goes there and ends the block when
//! its time is over, whoever runs then. [`Blocks`] keeps both in step, under the one lock of all changes: the lease is on disk before the kernel
//! blocks, and at a start the kernel is made to agree with the leases. Connections that stand are ended, in every network namespace of the machine.

mod backend;
mod blocks;
mod calls;
mod cgroup;
mod host;
mod ledger;
mod mark;
pub mod names;
mod namespaces;
mod netlink;
mod nft;
mod on_demand;
pub mod policy;
mod sockets;

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

use jiff::Timestamp;

use reactant_core::{config::BlocksOnExit, helper::Failure};

use self::{
    backend::Backend,
    blocks::{LEASES_LIMIT, ended, listed, never, on_file},
    cgroup::Cgroup,
    ledger::Ledger,
    mark::{Mark, Record},
    nft::Nftables,
};
use super::{Act, Blockable, Outcome};
use crate::{protect::Protect, store::Durability, texts};

pub use backend::Boot;
pub use blocks::{Blocks, Listed, OnFile, in_folder};
pub use names::Names;
pub use on_demand::{Lookout, OnDemand};

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

fn reason(error: &io::Error) -> String {
    match error.raw_os_error() {
        Some(code) => texts::system(rustix::io::Errno::from_raw_os_error(code)),
        None if error.kind() == io::ErrorKind::ResourceBusy => {
            "in use by another process".to_owned()
        }
        None => error.to_string(),
    }
}
