//! The live sensor: what happens on this machine, as events.
//!
//! # Sources
//!
//! [`Live`] is a [`Source`] like a replay. It draws on what this kernel lets it use, in three tiers:
//!
//! 1. fentry and LSM programs, where the kernel allows them;
//! 2. programs at tracepoints with typed arguments (`tp_btf`), which locked-down kernels run too;
//! 3. fanotify and `/proc`, without BPF.
//!
//! Each program is loaded and attached by itself: one that is refused leaves its place to the next best source, and
//! [`Live::coverage`] says of each subject which source serves it, or why none does. So far there is the second tier, with `/proc` in
//! place of a fork or exit program that is refused; other subjects say that nothing watches them.
//!
//! # What is told
//!
//! Executions always. Of files, what an [`Interest`] wants, once for each process (with its program and user) and file (with the way to it): a loop of reads is
//! one event. Flows as they start, go on and end, where an [`Interest`] wants that of them or of the background. All is decided in the kernel. [`Filter::watch`] changes the interest without a gap.
//!
//! # The way of a record
//!
//! The programs (`bpf/`, in C; `.ci/bpf` compiles them, and the object is committed) write records of variable size to one ring of 8 MiB, in the order in which
//! things happened. One thread reads them, keeps the process table and makes the events; they wait in a short queue for
//! [`Source::next`]. While that is full the thread waits, and the ring fills: everything that is lost is lost in one place, where the programs count it.
//! Each record says how many were lost before it, and the next event passes that on in `lost`.
//!
//! # Processes
//!
//! A process is its pid and its start. Each record of an execution names the process, its parent and all its ancestors as the kernel
//! links them at that moment, so that neither reparenting nor a reused pid misleads; the table only says what is
//! known of each. It begins with what `/proc` tells after the programs are at work, is kept by fork, exec and exit, and asks `/proc` where it
//! knows nothing.
//!
//! # Own acts
//!
//! What this process and its descendants do never leaves the kernel: the programs know them from the first fork on. What is told of the
//! machine's other processes has pids of the initial namespace, which is therefore where the sensor must run.

mod asker;
mod clock;
mod container;
mod coverage;
mod execution;
mod fanotify;
mod figures;
mod file;
mod filter;
mod flow;
mod image;
mod maker;
mod process;
mod program;
mod reader;
mod record;
mod table;
mod text;
pub mod verdict;

use std::{
    fs, io,
    sync::{Arc, atomic::Ordering},
    thread,
    time::Duration,
};

use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};
use reactant_core::{
    interest::Interest,
    value::{Map, Value},
};

pub use coverage::{Coverage, Subject};
pub use figures::{Figures, KindFigures, Loss};
pub use filter::Filter;
pub use table::CacheFigures;

use crate::{Content, Item, Source, Stopper};
use figures::Counters;
use program::Loaded;
use reader::Reader;
use record::Who;
use text::Names;

/// Events that may wait to be taken.
const AHEAD: usize = 256;

/// Why nothing can be watched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LiveError {
    /// The kernel takes none of the programs.
    #[error("the kernel does not take the sensor's programs: {reason}")]
    Load {
        /// What the kernel or the loader says.
        reason: String,
    },
    /// Executions cannot be watched, and nothing else is.
    #[error("executions cannot be watched: {reason}")]
    Refused {
        /// What the kernel says.
        reason: String,
    },
    /// The kernel names processes by numbers that mean others here.
    #[error(
        "this is not the initial pid namespace: what the kernel tells of processes would be taken for others; run it on the host, or in a container that shares the host's pids"
    )]
    Namespace,
    /// Something that the sensor reads at its start is not there.
    #[error("{what}: {source}")]
    System {
        /// What.
        what: &'static str,
        /// Why.
        source: io::Error,
    },
}

/// Watches this machine; see the [module](self).
pub struct Live {
    items: Receiver<Item>,
    header: Option<Value>,
    coverage: Vec<Coverage>,
    filter: Filter,
    counters: Arc<Counters>,
    stopper: Stopper,
}

impl Live {
    /// Begins to watch what is of interest. Needs what root has, or `CAP_BPF`, `CAP_PERFMON` and `CAP_SYS_PTRACE`; for the environments of what runs already,
    /// `CAP_DAC_READ_SEARCH` too.
    ///
    /// # Errors
    ///
    /// [`LiveError`]: nothing can be watched.
    pub fn start(interest: &Interest) -> Result<Live, LiveError> {
        /// `PROC_PID_INIT_INO` (include/linux/proc_ns.h).
        const INITIAL: &str = "pid:[4026531836]";
        let system = |what| move |source| LiveError::System { what, source };
        let space = fs::read_link("/proc/self/ns/pid").map_err(system("/proc/self/ns/pid"))?;
        if space.as_os_str() != INITIAL {
            return Err(LiveError::Namespace);
        }
        let boot_id = fs::read_to_string("/proc/sys/kernel/random/boot_id")
            .map_err(system("/proc/sys/kernel/random/boot_id"))?;
        let mut random = [0; 8];
        let mut urandom = fs::File::open("/dev/urandom").map_err(system("/dev/urandom"))?;
        io::Read::read_exact(&mut urandom, &mut random).map_err(system("/dev/urandom"))?;
        let names = Names {
            boot_id: boot_id.trim().to_owned(),
            boot: clock::boot(),
            random: u64::from_ne_bytes(random),
        };
        let itself = Who::read(std::process::id()).ok_or_else(|| LiveError::System {
            what: "/proc/self/stat",
            source: io::Error::other("it says nothing of this process"),
        })?;

        let Loaded { programs, coverage, filter, flows, ring, counts } =
            program::load(names.random, interest)?;
        let served = |subject| coverage.iter().find(|coverage| coverage.subject == subject);
        if let Some(Coverage { source: Err(reason), .. }) = served(Subject::Execution) {
            return Err(LiveError::Refused { reason: reason.clone() });
        }
        let counters = Arc::new(Counters::new(counts));
        let header = header(&names, &coverage);
        let (stopper, stopped) = Stopper::new();
        let (sender, items) = bounded(AHEAD);
        let reader = Reader::new(
            programs,
            ring,
            names,
            itself,
            flows,
            filter.clone(),
            Arc::clone(&counters),
        );
        thread::Builder::new()
            .name("sensor".to_owned())
            .spawn(move || reader.run(&sender, &stopped))
            .map_err(system("a thread for the sensor"))?;
        Ok(Live { items, header: Some(header), coverage, filter, counters, stopper })
    }

    /// Which source serves each subject.
    #[must_use]
    pub fn coverage(&self) -> &[Coverage] {
        &self.coverage
    }

    /// What changes what is told, also while [`Source::next`] waits.
    #[must_use]
    pub fn filter(&self) -> Filter {
        self.filter.clone()
    }

    /// Counts so far; complete once [`Source::next`] has given `None`.
    #[must_use]
    pub fn figures(&self) -> Figures {
        self.counters.figures()
    }

    /// What tells the figures on other threads.
    #[must_use]
    pub fn gauge(&self) -> Gauge {
        Gauge(Arc::clone(&self.counters))
    }

    /// As [`Source::next`], but waits so long at most.
    pub fn next_within(&mut self, time: Duration) -> Next {
        if let Some(header) = self.header.take() {
            return Next::Item(Item { line: 0, content: Content::Header(header) });
        }
        match self.items.recv_timeout(time) {
            Ok(item) => Next::Item(item),
            Err(RecvTimeoutError::Timeout) => Next::Nothing,
            Err(RecvTimeoutError::Disconnected) => Next::Ended,
        }
    }
}

/// What became of a wait.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "nearly every one is an event")]
pub enum Next {
    /// An item.
    Item(Item),
    /// The time was over.
    Nothing,
    /// The source has ended.
    Ended,
}

/// Tells of a [`Live`], which another thread waits on.
#[derive(Clone)]
pub struct Gauge(Arc<Counters>);

impl Gauge {
    /// As [`Live::figures`].
    #[must_use]
    pub fn figures(&self) -> Figures {
        self.0.figures()
    }

    /// A number that grows as long as the sensor is at work, whether or not anything happens; it stands still where nobody takes the items.
    #[must_use]
    pub fn turns(&self) -> u64 {
        self.0.turns.load(Ordering::Relaxed)
    }
}

impl std::fmt::Debug for Gauge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gauge").field("figures", &self.figures()).finish_non_exhaustive()
    }
}

impl Source for Live {
    /// The header comes first.
    fn next(&mut self) -> Option<Item> {
        if let Some(header) = self.header.take() {
            return Some(Item { line: 0, content: Content::Header(header) });
        }
        self.items.recv().ok()
    }

    fn stopper(&self) -> Stopper {
        self.stopper.clone()
    }
}

impl std::fmt::Debug for Live {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Live").field("figures", &self.figures()).finish_non_exhaustive()
    }
}

/// The first line of a recording.
fn header(names: &Names, coverage: &[Coverage]) -> Value {
    let text = |text: &str| Value::from(text);
    let uname = rustix::system::uname();
    let mut sources = Map::new();
    for Coverage { subject, source } in coverage {
        if let Ok(source) = source {
            sources.insert(subject.name().into(), text(source));
        }
    }
    let mut header = Map::new();
    header.insert("type".into(), text("header"));
    header.insert("version".into(), text(env!("CARGO_PKG_VERSION")));
    header.insert("boot_id".into(), text(&names.boot_id));
    header.insert("hostname".into(), text(&uname.nodename().to_string_lossy()));
    header.insert("kernel".into(), text(&uname.release().to_string_lossy()));
    header.insert("sources".into(), Value::Map(sources));
    Value::Map(header)
}
