//! Forcing lines to disk, soon after they were written.

use std::{
    io,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use super::disk::Disk;

/// A thread that forces a file to disk a while after it was told to.
#[derive(Debug)]
pub(super) struct Sync {
    after: Duration,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    file: Disk,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    due: Option<Instant>,
    ends: bool,
    /// Why the disk refused. What it holds is unknown from then on (fsync(2)).
    failed: Option<String>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn force(&self) -> Result<(), String> {
        let forced = self.file.sync().map_err(|error| error.to_string());
        if let Err(reason) = &forced {
            self.state().failed.get_or_insert_with(|| reason.clone());
        }
        forced
    }

    fn work(&self) {
        let mut state = self.state();
        loop {
            let now = Instant::now();
            match state.due {
                Some(due) if due <= now || state.ends => {
                    state.due = None;
                    drop(state);
                    let _ = self.force();
                    state = self.state();
                }
                None if state.ends => return,
                Some(due) => {
                    let waited = self.changed.wait_timeout(state, due - now);
                    state = waited.unwrap_or_else(PoisonError::into_inner).0;
                }
                None => {
                    state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
    }
}

impl Sync {
    pub(super) fn start(file: Disk, after: Duration) -> io::Result<Sync> {
        let shared = Shared { file, state: Mutex::default(), changed: Condvar::new() };
        let shared = Arc::new(shared);
        let own = Arc::clone(&shared);
        let thread = thread::Builder::new().name("journal".to_owned()).spawn(move || own.work())?;
        Ok(Sync { shared, after, thread: Some(thread) })
    }

    /// Something was written.
    pub(super) fn due(&self) {
        let mut state = self.shared.state();
        if state.due.is_none() {
            state.due = Some(Instant::now() + self.after);
            self.shared.changed.notify_one();
        }
    }

    /// Forces the file to disk at once.
    pub(super) fn now(&self) -> Result<(), String> {
        self.check()?;
        self.shared.force()
    }

    /// Fails where the disk has refused before.
    pub(super) fn check(&self) -> Result<(), String> {
        self.shared.state().failed.clone().map_or(Ok(()), Err)
    }
}

impl Drop for Sync {
    fn drop(&mut self) {
        self.shared.state().ends = true;
        self.shared.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
