//! Ends what the engine's own interrupt check does not reach: one thread that signals a worker past its deadline.
//!
//! The worker's signal handler (`shim.c`) leaves the engine by a jump, under three conditions: the deadline of what the thread runs has really
//! passed, no host code runs, and the interrupted instruction belongs to the module that holds the engine. While host code runs, the jump waits for
//! its end. The C library is never left, since it may hold a lock: there the handler makes the engine's next interrupt check its very next one. The watchdog
//! tries again a millisecond later until the script has ended.

#![allow(unsafe_code, reason = "signals, and the list of loaded modules")]

use std::{
    ffi::{c_int, c_void},
    io,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::{self, JoinHandle, Thread},
    time::Duration,
};

use crate::{
    guard::{Guard, monotonic},
    shim,
};

/// A signal for the watchdog to claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signal(c_int);

impl Signal {
    /// `SIGURG`: ignored by default, so that one that comes late does no harm.
    pub const URGENT: Signal = Signal(libc::SIGURG);

    /// A signal by its number (`signal(7)`).
    #[must_use]
    pub const fn number(number: c_int) -> Signal {
        Signal(number)
    }
}

/// Why there is no watchdog.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WatchdogError {
    /// A program's handler is never replaced.
    #[error("signal {0} already has a handler: give the watchdog another signal")]
    Taken(c_int),
    /// A second watchdog would replace the first one's state.
    #[error("another engine of this process has a watchdog: share that engine")]
    Second,
    /// Where the C library is part of the program, a jump could leave its locks held.
    #[error(
        "no watchdog: the C library is linked into the program, and could be interrupted while it holds a lock"
    )]
    Static,
    /// The system refused.
    #[error("no watchdog on signal {number}: {source}")]
    System {
        /// The signal.
        number: c_int,
        /// What the system said.
        source: io::Error,
    },
}

/// A running watchdog, shared by an engine and its machines; the last one to go ends the thread and gives the signal back.
#[derive(Debug)]
pub(crate) struct Watch(Arc<Watchdog>);

impl Watch {
    /// Claims the signal and starts the thread.
    ///
    /// # Errors
    ///
    /// [`WatchdogError`] says what stands in the way.
    pub(crate) fn start(signal: Signal) -> Result<Watch, WatchdogError> {
        Watchdog::start(signal).map(Watch)
    }

    /// Watches the calling thread's guard until that is dropped.
    pub(crate) fn register(&self, guard: &Arc<Guard>) {
        self.0.register(guard);
    }

    /// Tells of a new deadline. Deadlines mostly lie later than the next look, so this is a load.
    pub(crate) fn expect(&self, deadline: u64) {
        self.0.expect(deadline);
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.stop();
    }
}

/// The thread, and whom it watches.
#[derive(Debug)]
struct Watchdog {
    workers: Mutex<Vec<Worker>>,
    /// When it looks next, in nanoseconds of `CLOCK_MONOTONIC`.
    next: AtomicU64,
    closing: AtomicBool,
    thread: Mutex<Option<(Thread, Option<JoinHandle<()>>)>>,
    signal: Signal,
    was_ignored: bool,
}

#[derive(Debug)]
struct Worker {
    guard: Weak<Guard>,
    thread: libc::pid_t,
}

/// There is one handler and one module in a process.
static CLAIMED: AtomicBool = AtomicBool::new(false);

const RETRY: Duration = Duration::from_millis(1);

impl Watchdog {
    fn start(signal: Signal) -> Result<Arc<Watchdog>, WatchdogError> {
        let (start, end) = engine_text().ok_or(WatchdogError::Static)?;
        if CLAIMED.swap(true, Ordering::AcqRel) {
            return Err(WatchdogError::Second);
        }
        let fail = |error| {
            CLAIMED.store(false, Ordering::Release);
            Err(error)
        };
        let system =
            || WatchdogError::System { number: signal.0, source: io::Error::last_os_error() };
        // SAFETY: only asks.
        let was_ignored = unsafe { shim::reactant_signal_ignored(signal.0) } != 0;
        // SAFETY: the handler is the shim's, which checks before it does anything.
        match unsafe { shim::reactant_claim_signal(signal.0, start, end) } {
            0 => {}
            1 => return fail(WatchdogError::Taken(signal.0)),
            _ => return fail(system()),
        }
        let watchdog = Arc::new(Watchdog {
            workers: Mutex::default(),
            next: AtomicU64::new(u64::MAX),
            closing: AtomicBool::new(false),
            thread: Mutex::default(),
            signal,
            was_ignored,
        });
        let watching = Arc::clone(&watchdog);
        match thread::Builder::new().name("js-watchdog".into()).spawn(move || watching.watch()) {
            Ok(handle) => {
                *lock(&watchdog.thread) = Some((handle.thread().clone(), Some(handle)));
                Ok(watchdog)
            }
            Err(source) => {
                watchdog.give_back();
                Err(WatchdogError::System { number: signal.0, source })
            }
        }
    }

    fn register(&self, guard: &Arc<Guard>) {
        // SAFETY: has no arguments and cannot fail.
        let thread = unsafe { libc::gettid() };
        // A program may have blocked every signal in its workers; this one has to come through.
        mask(libc::SIG_UNBLOCK, |set| {
            // SAFETY: the set is initialised, and the signal was accepted by `sigaction`.
            unsafe { libc::sigaddset(set, self.signal.0) };
        });
        let mut workers = lock(&self.workers);
        workers.retain(|worker| worker.guard.strong_count() > 0);
        workers.push(Worker { guard: Arc::downgrade(guard), thread });
    }

    fn expect(&self, deadline: u64) {
        if deadline < self.next.load(Ordering::SeqCst)
            && let Some((thread, _)) = &*lock(&self.thread)
        {
            thread.unpark();
        }
    }

    fn watch(&self) {
        // The program's signals are for its own threads.
        // SAFETY: fills an initialised set.
        mask(libc::SIG_BLOCK, |set| unsafe {
            libc::sigfillset(set);
        });
        while !self.closing.load(Ordering::Acquire) {
            let now = monotonic();
            let mut next = u64::MAX;
            let mut signalled = false;
            for worker in lock(&self.workers).iter() {
                let Some(guard) = worker.guard.upgrade() else { continue };
                let guard = guard.get();
                let deadline = guard.deadline.load(Ordering::SeqCst);
                if deadline > now {
                    // That of a run that has ended counts too: the worker's next one will hardly end earlier.
                    next = next.min(deadline);
                    continue;
                }
                if guard.active.load(Ordering::SeqCst) == 0 {
                    continue;
                }
                signalled = true;
                self.signal(worker.thread);
            }
            if signalled {
                next = next.min(now + RETRY.as_nanos() as u64);
            }
            self.next.store(next, Ordering::SeqCst);
            if self.missed(next) {
                continue;
            }
            match next {
                u64::MAX => thread::park(),
                next => {
                    thread::park_timeout(Duration::from_nanos(next.saturating_sub(monotonic())))
                }
            }
        }
    }

    /// Whether a deadline was set between the look and the announcement of the next one.
    fn missed(&self, next: u64) -> bool {
        lock(&self.workers).iter().any(|worker| {
            worker.guard.upgrade().is_some_and(|guard| {
                let deadline = guard.get().deadline.load(Ordering::SeqCst);
                deadline < next && deadline > monotonic()
            })
        })
    }

    fn signal(&self, thread: libc::pid_t) {
        // SAFETY: a thread that has gone, or whose number was given to another of this process, gets a signal whose handler does nothing.
        unsafe {
            libc::syscall(libc::SYS_tgkill, libc::getpid(), thread, self.signal.0);
        }
    }

    fn stop(&self) {
        self.closing.store(true, Ordering::Release);
        let thread = lock(&self.thread).take();
        if let Some((thread, handle)) = thread {
            thread.unpark();
            if let Some(handle) = handle {
                // A panic of the thread would already have been reported by the panic hook.
                let _ = handle.join();
            }
            self.give_back();
        }
    }

    fn give_back(&self) {
        // SAFETY: restores the default or "ignored", whichever it was, and only if the handler is still the shim's.
        unsafe { shim::reactant_release_signal(self.signal.0, c_int::from(self.was_ignored)) };
        CLAIMED.store(false, Ordering::Release);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Changes the calling thread's signal mask by a set that begins empty.
fn mask(how: c_int, fill: impl FnOnce(&mut libc::sigset_t)) {
    // SAFETY: the set is initialised before it is filled and used.
    unsafe {
        let mut set = std::mem::zeroed();
        libc::sigemptyset(&mut set);
        fill(&mut set);
        libc::pthread_sigmask(how, &set, std::ptr::null_mut());
    }
}

/// The executable segment of the module that holds the engine; `None` if the C library is in the same module, or is not found.
fn engine_text() -> Option<(usize, usize)> {
    let engine = reactant_quickjs_sys::JS_NewRuntime2 as *const () as usize;
    // `dlsym` gives the true address, where a function pointer could be a trampoline of this module. A static program finds nothing.
    // SAFETY: looks a name up.
    let library = unsafe { libc::dlsym(libc::RTLD_DEFAULT, c"localtime_r".as_ptr()) } as usize;
    let text = segment_of(engine)?;
    (library != 0 && !(text.0..text.1).contains(&library)).then_some(text)
}

fn segment_of(address: usize) -> Option<(usize, usize)> {
    struct Search {
        address: usize,
        found: Option<(usize, usize)>,
    }
    unsafe extern "C" fn visit(
        info: *mut libc::dl_phdr_info,
        _: libc::size_t,
        search: *mut c_void,
    ) -> c_int {
        // SAFETY: the C library passes a valid description, and `search` is the one given below.
        unsafe {
            let (info, search) = (&*info, &mut *search.cast::<Search>());
            for index in 0..usize::from(info.dlpi_phnum) {
                let header = &*info.dlpi_phdr.add(index);
                let start = info.dlpi_addr as usize + header.p_vaddr as usize;
                let end = start + header.p_memsz as usize;
                if header.p_type == libc::PT_LOAD
                    && header.p_flags & libc::PF_X != 0
                    && (start..end).contains(&search.address)
                {
                    search.found = Some((start, end));
                    return 1;
                }
            }
        }
        0
    }
    let mut search = Search { address, found: None };
    // SAFETY: `visit` reads what it is given; `search` outlives the call.
    unsafe { libc::dl_iterate_phdr(Some(visit), (&raw mut search).cast()) };
    search.found
}
