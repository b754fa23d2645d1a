//! The bounded queue between matching and the workers.

use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
};

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded, unbounded};

use super::set::Set;
use crate::{detection::Detection, host::Missing};

/// What happens when the queue is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Full {
    /// The submitter waits: nothing is lost. For a replay.
    #[default]
    Block,
    /// The reaction is dropped and counted: the submitter never waits. For a live sensor.
    Drop,
}

/// A reaction to run, or, without one, a detection to report in its turn.
pub(super) struct Job {
    /// The set that the recipe is of.
    pub(super) set: Arc<Set>,
    pub(super) detection: Arc<Detection>,
    pub(super) reaction: Option<usize>,
    /// What may be missing from the event's evidence.
    pub(super) missing: Missing,
}

/// Why a job was not queued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// There are as many as may wait.
    Full,
    /// Their events take as much memory as they may.
    Large,
    /// The runtime is gone.
    Closed,
}

/// What a worker is told beside its jobs, and does before the next of them.
pub(super) enum Word {
    /// Load the scripts of a set; what is sent along is dropped when that is done.
    Prepare(Arc<Set>, Sender<()>),
    /// Let go of sets that nobody needs any more.
    Sweep,
}

pub(super) struct Queue {
    sender: Option<Sender<Job>>,
    full: Full,
    pending: Arc<Pending>,
    workers: Vec<Hand>,
}

/// A worker, and the way to it.
struct Hand {
    thread: JoinHandle<()>,
    words: Sender<Word>,
}

/// Where a worker hears.
pub(super) struct Ears {
    pub(super) jobs: Receiver<Job>,
    pub(super) words: Receiver<Word>,
    pub(super) pending: Arc<Pending>,
}

/// Bytes of event data that may wait or be worked on, beside one job of any size. A queue of 8,192 events of usual size needs a third.
const BYTES: usize = 256 << 20;

/// What is queued or running.
#[derive(Default)]
pub(super) struct Pending {
    load: Mutex<Load>,
    changed: Condvar,
}

#[derive(Default)]
struct Load {
    jobs: usize,
    bytes: usize,
}

impl Load {
    fn has_room(&self, bytes: usize) -> bool {
        self.jobs == 0 || self.bytes.saturating_add(bytes) <= BYTES
    }
}

impl Pending {
    fn lock(&self) -> MutexGuard<'_, Load> {
        self.load.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait_while(&self, condition: impl Fn(&Load) -> bool) -> MutexGuard<'_, Load> {
        let waited = self.changed.wait_while(self.lock(), |load| condition(load));
        waited.unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a job in; false where it has no room and must not wait.
    fn begin(&self, bytes: usize, full: Full) -> bool {
        let mut load = match full {
            Full::Block => self.wait_while(|load| !load.has_room(bytes)),
            Full::Drop => self.lock(),
        };
        let room = load.has_room(bytes);
        if room {
            load.jobs += 1;
            load.bytes += bytes;
        }
        room
    }

    /// Ends a job of so many bytes; called by whoever ran it.
    pub(super) fn done(&self, bytes: usize) {
        let mut load = self.lock();
        load.jobs -= 1;
        load.bytes -= bytes;
        self.changed.notify_all();
    }
}

impl Job {
    /// What the job counts for: its event's data. Jobs of one detection share it, and each counts it.
    pub(super) fn bytes(&self) -> usize {
        self.detection.data.as_bytes().len()
    }
}

impl Queue {
    /// Makes the queue and starts the workers that `start` gives.
    pub(super) fn start(
        capacity: usize,
        full: Full,
        workers: usize,
        mut start: impl FnMut(usize, Ears) -> std::io::Result<JoinHandle<()>>,
    ) -> std::io::Result<Queue> {
        let (sender, receiver) = bounded(capacity.max(1));
        let pending = Arc::new(Pending::default());
        let mut queue = Queue { sender: Some(sender), full, pending, workers: Vec::new() };
        for index in 0..workers.max(1) {
            let (say, words) = unbounded();
            let pending = Arc::clone(&queue.pending);
            match start(index, Ears { jobs: receiver.clone(), words, pending }) {
                Ok(thread) => queue.workers.push(Hand { thread, words: say }),
                Err(error) => {
                    queue.close();
                    return Err(error);
                }
            }
        }
        Ok(queue)
    }

    /// Queues a job, or drops it and says why.
    pub(super) fn push(&self, job: Job) -> Result<(), Refusal> {
        let Some(sender) = &self.sender else { return Err(Refusal::Closed) };
        let bytes = job.bytes();
        if !self.pending.begin(bytes, self.full) {
            return Err(Refusal::Large);
        }
        let sent = match self.full {
            Full::Block => sender.send(job).map_err(|_| Refusal::Closed),
            Full::Drop => sender.try_send(job).map_err(|error| match error {
                TrySendError::Full(_) => Refusal::Full,
                TrySendError::Disconnected(_) => Refusal::Closed,
            }),
        };
        if sent.is_err() {
            self.pending.done(bytes);
        }
        sent
    }

    /// Whether the calling thread is one of the workers.
    pub(super) fn is_own_thread(&self) -> bool {
        let own = thread::current().id();
        self.workers.iter().any(|worker| worker.thread.thread().id() == own)
    }

    /// Lets one worker after another load the scripts of a set, so that the others go on meanwhile. A worker that runs a reaction does it afterwards.
    pub(super) fn prepare(&self, set: &Arc<Set>) {
        for worker in &self.workers {
            let (done, ready) = bounded(0);
            if worker.words.send(Word::Prepare(Arc::clone(set), done)).is_ok() {
                // Nothing is ever sent: it ends when the worker lets go.
                let _ = ready.recv();
            }
        }
    }

    /// Lets the workers let go of sets that nobody needs any more; does not wait.
    pub(super) fn sweep(&self) {
        for worker in &self.workers {
            let _ = worker.words.send(Word::Sweep);
        }
    }

    /// How many reactions wait or run.
    pub(super) fn depth(&self) -> usize {
        self.pending.lock().jobs
    }

    pub(super) fn wait_until_idle(&self) {
        drop(self.pending.wait_while(|load| load.jobs > 0));
    }

    /// Lets the workers take what is queued, then waits for their end.
    pub(super) fn close(&mut self) {
        self.sender = None;
        let own = thread::current().id();
        for worker in self.workers.drain(..) {
            if worker.thread.thread().id() == own {
                // The report function dropped the runtime: this worker ends once it returns.
                continue;
            }
            // A worker catches panics of reactions; one that died all the same has nothing left to do.
            let _ = worker.thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_data_is_bounded_by_its_bytes() {
        let pending = Pending::default();
        assert!(pending.begin(BYTES - 10, Full::Drop));
        assert!(pending.begin(10, Full::Block));
        assert!(!pending.begin(1, Full::Drop));
        pending.done(10);
        assert!(pending.begin(1, Full::Drop));
    }

    #[test]
    fn a_job_of_any_size_passes_alone() {
        let pending = Pending::default();
        assert!(pending.begin(10 * BYTES, Full::Block));
        assert!(!pending.begin(1, Full::Drop));
        pending.done(10 * BYTES);
        assert!(pending.begin(usize::MAX, Full::Drop));
    }

    #[test]
    fn whoever_waits_for_room_gets_it_when_a_job_ends() {
        let pending = Pending::default();
        assert!(pending.begin(BYTES, Full::Block));
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| pending.begin(BYTES, Full::Block));
            pending.done(BYTES);
            assert!(waiting.join().unwrap());
        });
    }
}
