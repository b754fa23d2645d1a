//! The bounded queue between matching and the workers.

use std::{
    sync::{Arc, Condvar, Mutex, PoisonError},
    thread::JoinHandle,
};

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

use crate::detection::Detection;

/// What happens when the queue is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Full {
    /// The submitter waits: nothing is lost. For a replay.
    #[default]
    Block,
    /// The reaction is dropped and counted: the submitter never waits. For a live sensor.
    Drop,
}

/// A reaction to run, or, without one, a detection to report in its turn.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) detection: Arc<Detection>,
    pub(super) reaction: Option<usize>,
}

pub(super) struct Queue {
    sender: Option<Sender<Job>>,
    full: Full,
    pending: Arc<Pending>,
    workers: Vec<JoinHandle<()>>,
}

/// How many jobs are queued or running.
#[derive(Default)]
pub(super) struct Pending {
    count: Mutex<usize>,
    idle: Condvar,
}

impl Pending {
    fn change(&self, by: isize) {
        let mut count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        *count = count.saturating_add_signed(by);
        if *count == 0 {
            self.idle.notify_all();
        }
    }

    /// Ends a job; called by whoever ran it.
    pub(super) fn done(&self) {
        self.change(-1);
    }
}

impl Queue {
    /// Makes the queue and starts the workers that `start` gives.
    pub(super) fn start(
        capacity: usize,
        full: Full,
        workers: usize,
        mut start: impl FnMut(usize, Receiver<Job>, Arc<Pending>) -> std::io::Result<JoinHandle<()>>,
    ) -> std::io::Result<Queue> {
        let (sender, receiver) = bounded(capacity.max(1));
        let pending = Arc::new(Pending::default());
        let mut queue = Queue { sender: Some(sender), full, pending, workers: Vec::new() };
        for index in 0..workers.max(1) {
            match start(index, receiver.clone(), Arc::clone(&queue.pending)) {
                Ok(worker) => queue.workers.push(worker),
                Err(error) => {
                    queue.close();
                    return Err(error);
                }
            }
        }
        Ok(queue)
    }

    /// Queues a job; false where it was dropped.
    pub(super) fn push(&self, job: Job) -> bool {
        let Some(sender) = &self.sender else { return false };
        self.pending.change(1);
        let sent = match self.full {
            Full::Block => sender.send(job).is_ok(),
            Full::Drop => match sender.try_send(job) {
                Ok(()) => true,
                Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => false,
            },
        };
        if !sent {
            self.pending.done();
        }
        sent
    }

    pub(super) fn wait_until_idle(&self) {
        let mut count = self.pending.count.lock().unwrap_or_else(PoisonError::into_inner);
        while *count > 0 {
            count = self.pending.idle.wait(count).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Lets the workers take what is queued, then waits for their end.
    pub(super) fn close(&mut self) {
        self.sender = None;
        for worker in self.workers.drain(..) {
            // A worker catches panics of reactions; one that died all the same has nothing left to do.
            let _ = worker.join();
        }
    }
}
