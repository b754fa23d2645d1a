//! Acts that wait for a verdict: opens and executions, held by fanotify permission events until somebody answers.
//!
//! # Who answers
//!
//! One thread reads the questions. It looks only at what is in memory: the path (`/proc/self/fd`, a link that the kernel writes without reading a disk), whether some recipe may want to
//! decide it, and who asks. What nobody wants is allowed at once, and so is what this process and its descendants do, known by their ancestry: a
//! reaction, the store or the journal never waits for itself. The rest goes to the [`Judge`]'s own workers, through a queue that gives back what it has no room for. The
//! thread opens no file, writes none and takes no lock that is held while something is read or written; it also gives the default answer, *allow*, when
//! a deadline comes.
//!
//! An event's descriptor is opened by the kernel for the reader, without waiting (`O_NONBLOCK`): neither a pipe without a writer nor somebody's lease holds the thread up. Where it cannot be opened, the kernel
//! refuses the act: a file under another's write lease fails once with `EPERM`, instead of waiting for the lease to be broken.
//!
//! # What is asked about
//!
//! Marks are on file systems, so they cover every mount of one, in every mount namespace, containers included. Not covered are file systems that this process's mount namespace does not show, those that others
//! serve (FUSE, network: whoever serves one could hold the answering thread up for ever), those of the kernel's own (`/proc`, `/sys`, `/dev`), files in no file system (memfd_create(2)), and directories.
//!
//! # When it ends
//!
//! The group is closed when the answering thread ends, however it does, and by the kernel when the process dies: then everything that waits happens. Nothing but that thread holds the group for longer than an answer takes.
//! A process that is stopped (`SIGSTOP`) answers nothing, and whoever opens a file waits until it goes on or is killed.

mod answering;
mod figures;
mod marks;
mod own;
mod people;
mod question;
mod text;

use std::{
    io,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
};

use reactant_core::{
    event::{Action, ActionSet},
    verdict::Judge,
};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

pub use figures::{Figures, Latency};

use super::fanotify::Group;
use answering::Answering;
use figures::Counters;
use marks::Marks;
use people::People;

/// What is asked about, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// `open`, `execve` or both.
    pub actions: ActionSet,
    /// The file systems on which these lie; `None`: all that this mount namespace shows and that are this machine's own.
    pub on: Option<Vec<PathBuf>>,
    /// Whether acts wait for the answer. Otherwise they are allowed at once, and only judged: for a dry run.
    pub hold: bool,
}

/// Why nothing can be asked about.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerdictError {
    /// The kernel makes no such group.
    #[error("acts cannot be asked about before they happen: fanotify: {0}")]
    Refused(io::Error),
    /// No file system could be marked.
    #[error("acts cannot be asked about on any file system: {reason}")]
    Unmarked {
        /// Why not, for the first.
        reason: String,
    },
    /// Something that is needed is not there.
    #[error("{what}: {source}")]
    System {
        /// What.
        what: &'static str,
        /// Why.
        source: io::Error,
    },
}

/// Asks, until it is dropped; see the [module](self).
pub struct Verdicts {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
    counters: Arc<Counters>,
    marked: Vec<String>,
    unmarked: Vec<String>,
}

impl Verdicts {
    /// Begins to ask. Needs `CAP_SYS_ADMIN`; to tell of who asks also what [`Live::start`](super::Live::start) needs. Raises how many files this process may have open as far
    /// as it may: an act whose descriptor finds no room would be refused by the kernel.
    ///
    /// # Errors
    ///
    /// [`VerdictError`]: nothing is asked.
    pub fn start(settings: &Settings, judge: Arc<dyn Judge>) -> Result<Verdicts, VerdictError> {
        let system = |what| move |source| VerdictError::System { what, source };
        raise_files();
        let flags = libc::FAN_CLASS_CONTENT | libc::FAN_UNLIMITED_QUEUE | libc::FAN_UNLIMITED_MARKS;
        let event_flags = libc::O_RDONLY
            | libc::O_LARGEFILE
            | libc::O_CLOEXEC
            | libc::O_NONBLOCK
            | libc::O_NOATIME;
        // Before Linux 5.15 no descriptor tells who asked.
        let group = Group::new(flags | libc::FAN_REPORT_PIDFD, event_flags)
            .or_else(|_| Group::new(flags, event_flags))
            .map_err(VerdictError::Refused)?;
        let group = Arc::new(group);
        let mut mask = 0;
        for (action, bit) in
            [(Action::Open, libc::FAN_OPEN_PERM), (Action::Execve, libc::FAN_OPEN_EXEC_PERM)]
        {
            mask |= if settings.actions.contains(action) { bit } else { 0 };
        }
        let counters = Arc::<Counters>::default();
        let stop = Arc::<AtomicBool>::default();
        let people = Arc::new(People::new().map_err(system("/proc"))?);
        let answering = Answering::new(&group, judge, settings.hold, people, Arc::clone(&counters))
            .map_err(system("/proc/self/fd"))?;
        let mut verdicts = Verdicts {
            stop: Arc::clone(&stop),
            threads: Vec::new(),
            counters,
            marked: Vec::new(),
            unmarked: Vec::new(),
        };
        // Before anything is marked: from then on somebody answers. It holds the group alone from here on.
        let weak = Arc::downgrade(&group);
        let signal = Arc::clone(&stop);
        let answerer = thread::Builder::new().name("verdicts".to_owned());
        let thread = answerer
            .spawn(move || answering.run(group, &signal))
            .map_err(system("a thread for verdicts"))?;
        verdicts.threads.push(thread);
        let mut marks = Marks::new(weak, mask, settings.on.clone());
        marks.refresh();
        (verdicts.marked, verdicts.unmarked) = marks.told();
        if verdicts.marked.is_empty() {
            let reason = verdicts.unmarked.first().cloned();
            let reason =
                reason.unwrap_or_else(|| "none of this machine's own is mounted".to_owned());
            return Err(VerdictError::Unmarked { reason });
        }
        if settings.on.is_none() {
            let marker = thread::Builder::new().name("verdict-marks".to_owned());
            let thread = marker
                .spawn(move || marks.keep(&stop))
                .map_err(system("a thread for what is mounted"))?;
            verdicts.threads.push(thread);
        }
        Ok(verdicts)
    }

    /// Where acts were asked about at the start.
    #[must_use]
    pub fn marked(&self) -> &[String] {
        &self.marked
    }

    /// Where they are not, and why.
    #[must_use]
    pub fn unmarked(&self) -> &[String] {
        &self.unmarked
    }

    /// Counts so far.
    #[must_use]
    pub fn figures(&self) -> Figures {
        self.counters.figures()
    }

    /// Closes the group: what waits happens. What is being judged is judged to its end.
    #[must_use]
    pub fn finish(mut self) -> Figures {
        self.end();
        self.figures()
    }

    fn end(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

impl Drop for Verdicts {
    fn drop(&mut self) {
        self.end();
    }
}

impl std::fmt::Debug for Verdicts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verdicts").field("figures", &self.figures()).finish_non_exhaustive()
    }
}

/// Raises how many files may be open, as far as this process may by itself.
fn raise_files() {
    /// Twice what a full queue takes at most.
    const ENOUGH: u64 = 1 << 16;
    let limit = getrlimit(Resource::Nofile);
    let most = limit.maximum.unwrap_or(ENOUGH).min(ENOUGH);
    if limit.current.is_some_and(|current| current < most) {
        let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(most), ..limit });
    }
}
