//! Stopping a source that another thread waits on.

use std::sync::{Arc, Mutex, PoisonError};

use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded};

/// Nothing is ever sent: the signal is that the sender is gone.
enum Never {}

/// Stops a source. Clones stop the same one.
#[derive(Clone)]
pub struct Stopper(Arc<Mutex<Option<Sender<Never>>>>);

/// The source's side of a [`Stopper`].
#[derive(Clone)]
pub struct StopSignal(Receiver<Never>);

impl Stopper {
    /// A stopper and the signal that it sets. The source keeps a clone of the stopper: once all are gone, the signal is set too.
    #[must_use]
    pub fn new() -> (Stopper, StopSignal) {
        let (sender, receiver) = bounded(0);
        (Stopper(Arc::new(Mutex::new(Some(sender)))), StopSignal(receiver))
    }

    /// Stops the source; it stays stopped.
    pub fn stop(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

impl StopSignal {
    /// Whether the source was stopped.
    #[must_use]
    pub fn is_set(&self) -> bool {
        matches!(self.0.try_recv(), Err(TryRecvError::Disconnected))
    }

    /// Waits for a message or the signal; `None` for the signal, and for a channel that has ended.
    pub(crate) fn or_receive<T>(&self, channel: &Receiver<T>) -> Option<T> {
        if self.is_set() {
            return None;
        }
        crossbeam_channel::select! {
            recv(channel) -> message => message.ok(),
            recv(self.0) -> _ => None,
        }
    }
}

impl std::fmt::Debug for Stopper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stopper").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for StopSignal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StopSignal").field("set", &self.is_set()).finish()
    }
}
