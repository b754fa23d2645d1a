//! Blocks that are opened when they are first needed: a run that blocks nothing touches nothing. Addresses and names alike are blocked through this.

use std::{
    io,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{RecvTimeoutError, Sender, channel},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use jiff::Timestamp;

use reactant_core::{capability::Capability, helper::Failure};

use super::{Blocker, Blocks, Names, OnFile, Settings, choose, names, on_file};
use crate::{
    effects::{Act, Blockable, Holder, Outcome, Whose},
    journal::Ended,
};

/// How long an operator waits for resolvers at most.
const PATIENCE: Duration = Duration::from_secs(2);

/// The blocks of a run, once there are any.
#[derive(Debug)]
pub struct OnDemand {
    settings: Settings,
    opened: Mutex<Option<Arc<Blocks>>>,
    names: Mutex<Option<Arc<Names>>>,
}

impl OnDemand {
    /// Blocks that would be opened so.
    #[must_use]
    pub fn new(settings: Settings) -> OnDemand {
        OnDemand { settings, opened: Mutex::default(), names: Mutex::default() }
    }

    /// Opens them now if an earlier run has left leases, so that the kernel agrees with these, and gives them.
    ///
    /// # Errors
    ///
    /// As [`choose`] and [`Blocks::open`].
    pub fn resume(&self) -> Result<Option<Arc<Blocks>>, String> {
        self.settings.leases.exists().then(|| self.blocks()).transpose()
    }

    /// Opens the names now if an earlier run has left leases on any, and gives them.
    ///
    /// # Errors
    ///
    /// As [`choose`], [`Blocks::open`] and [`Names::open`].
    pub fn resume_names(&self) -> Result<Option<Arc<Names>>, String> {
        names::file(&self.settings.leases).exists().then(|| self.names()).transpose()
    }

    /// The blocks of addresses, opened if they are not yet.
    ///
    /// # Errors
    ///
    /// As [`choose`] and [`Blocks::open`]; the next call tries again.
    pub fn blocks(&self) -> Result<Arc<Blocks>, String> {
        let mut opened = hold(&self.opened);
        if let Some(blocks) = &*opened {
            return Ok(Arc::clone(blocks));
        }
        let chosen = choose(&self.settings)?;
        let blocks = Arc::new(Blocks::open(chosen, self.settings.clone())?);
        Ok(Arc::clone(opened.insert(blocks)))
    }

    /// The blocks of names, opened if they are not yet: from then on what resolvers answer is heard, so that a name which is blocked later has its
    /// addresses blocked at once.
    ///
    /// # Errors
    ///
    /// As [`choose`], [`Blocks::open`] and [`Names::open`]; the next call tries again.
    pub fn names(&self) -> Result<Arc<Names>, String> {
        let mut opened = hold(&self.names);
        if let Some(names) = &*opened {
            return Ok(Arc::clone(names));
        }
        let names = Names::open(self.blocks()?, &self.settings)?;
        Ok(Arc::clone(opened.insert(names)))
    }

    /// The blocks of names, where they are opened.
    #[must_use]
    pub fn opened_names(&self) -> Option<Arc<Names>> {
        hold(&self.names).clone()
    }

    /// The leases that hold; where nothing was opened yet, as the files have them, and nothing is.
    ///
    /// # Errors
    ///
    /// Where a file cannot be read.
    pub fn list(&self) -> Result<OnFile, String> {
        let (blocks, names) = (hold(&self.opened).clone(), hold(&self.names).clone());
        let unreadable = |error: io::Error| error.to_string();
        let mut all = match blocks {
            Some(blocks) => OnFile { leases: blocks.list(), to_go: false },
            None => on_file(&self.settings.leases).map_err(unreadable)?,
        };
        all.add(match names {
            Some(names) => OnFile { leases: names.list(), to_go: false },
            None => on_file(&names::file(&self.settings.leases)).map_err(unreadable)?,
        });
        Ok(all)
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
        self.add_by(what, holder, span, Instant::now() + PATIENCE)
    }

    fn add_by(
        &self,
        what: &Blockable,
        holder: &Holder,
        span: Option<Duration>,
        deadline: Instant,
    ) -> Result<Outcome, Failure> {
        match what {
            Blockable::Net(_) => self.blocks().map_err(Failure)?.add(what, holder, span),
            Blockable::Domain(_) => {
                self.names().map_err(Failure)?.add(what, holder, span, deadline)
            }
        }
    }

    /// Ends leases on a block, and gives them.
    ///
    /// # Errors
    ///
    /// Why it is not unblocked.
    pub fn end(
        &self,
        what: &Blockable,
        whose: Whose<'_>,
    ) -> Result<(Outcome, Vec<Ended>), Failure> {
        match what {
            Blockable::Net(_) => self.blocks().map_err(Failure)?.end(what, whose),
            Blockable::Domain(_) => self.names().map_err(Failure)?.end(what, whose),
        }
    }

    /// Ends all leases; gives how many there were.
    ///
    /// # Errors
    ///
    /// As [`Blocks::flush`].
    pub fn flush(&self) -> Result<usize, Failure> {
        // Without them no address follows any more.
        let names = self.resume_names().map_err(Failure)?.map_or(Ok(0), |names| names.flush())?;
        Ok(names + self.blocks().map_err(Failure)?.flush()?)
    }

    /// Who holds leases on exactly this block.
    ///
    /// # Errors
    ///
    /// As [`OnDemand::blocks`] and [`OnDemand::names`].
    pub fn holders(&self, what: &Blockable) -> Result<Vec<Holder>, Failure> {
        Ok(match what {
            Blockable::Net(_) => self.blocks().map_err(Failure)?.holders(what),
            Blockable::Domain(_) => self.names().map_err(Failure)?.holders(what),
        })
    }

    /// Ends them as [`Blocks::close`] does, where they were opened.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn close(&self) -> Result<(), String> {
        // They block addresses: they end first.
        let names = hold(&self.names).take();
        let ended = names.map_or(Ok(()), |names| names.close());
        let opened = hold(&self.opened).take();
        opened.map_or(Ok(()), |blocks| blocks.close()).and(ended)
    }
}

fn hold<T>(held: &Mutex<T>) -> MutexGuard<'_, T> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Looks now and then whether the blocks still stand, until it is dropped.
#[derive(Debug)]
pub struct Lookout {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Between two looks at blocks. One costs some 20 system calls.
const LOOK: Duration = Duration::from_secs(2);

impl Lookout {
    /// Begins to look, and tells what was amiss. The thread has the rights of the one that calls.
    ///
    /// # Errors
    ///
    /// Where no thread can be started.
    pub fn start(
        blocks: &Arc<OnDemand>,
        told: impl Fn(&str) + Send + 'static,
    ) -> io::Result<Lookout> {
        let (stop, stopped) = channel();
        let blocks = Arc::clone(blocks);
        let look = move || {
            let mut last = None;
            while stopped.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                let Some(blocks) = hold(&blocks.opened).clone() else { continue };
                let amiss = match blocks.mend() {
                    Ok(false) => None,
                    Ok(true) => {
                        told(MENDED);
                        None
                    }
                    Err(why) => Some(format!(
                        "whether addresses are still blocked is not known, or they are not: {why}"
                    )),
                };
                // One that lasts is told once.
                if let Some(why) = amiss.as_deref().filter(|_| amiss != last) {
                    told(why);
                }
                last = amiss;
            }
        };
        let thread = thread::Builder::new().name("lookout".to_owned()).spawn(look)?;
        Ok(Lookout { stop: Some(stop), thread: Some(thread) })
    }
}

/// What is told once it is well again.
const MENDED: &str = "another program took the blocks of addresses out of the kernel: they are back, but for some seconds everything passed";

impl Drop for Lookout {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic has been told by the thread itself.
            let _ = thread.join();
        }
    }
}

impl Blocker for OnDemand {
    fn block(
        &self,
        act: &Act<'_>,
        what: &Blockable,
        until: Option<Timestamp>,
    ) -> Result<Outcome, Failure> {
        act.demand(&Capability::NET_BLOCK)?;
        // The run's clock may be that of a recording; how long is meant as it is.
        let span = until.map(|until| until.duration_since(act.now).unsigned_abs());
        self.add_by(what, &Holder::new(act.recipe, act.uuid), span, act.deadline)
    }

    fn unblock(&self, act: &Act<'_>, what: &Blockable) -> Result<Outcome, Failure> {
        act.demand(&Capability::NET_BLOCK)?;
        let (outcome, ended) = self.end(what, Whose::Recipe(act.recipe))?;
        act.note_ended(ended);
        Ok(outcome)
    }
}
