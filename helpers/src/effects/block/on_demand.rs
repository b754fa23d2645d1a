//! Blocks that are opened when they are first needed: a run that blocks nothing touches nothing.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use reactant_core::{capability::Capability, helper::Failure};

use super::{Blocker, Blocks, OnFile, Settings, choose, on_file};
use crate::effects::{Act, Blockable, Outcome};

/// The blocks of a run, once there are any.
#[derive(Debug)]
pub struct OnDemand {
    settings: Settings,
    opened: Mutex<Option<Arc<Blocks>>>,
}

impl OnDemand {
    /// Blocks that would be opened so.
    #[must_use]
    pub fn new(settings: Settings) -> OnDemand {
        OnDemand { settings, opened: Mutex::default() }
    }

    /// Opens them now if an earlier run has left leases, so that the kernel agrees with these, and gives them.
    ///
    /// # Errors
    ///
    /// As [`choose`] and [`Blocks::open`].
    pub fn resume(&self) -> Result<Option<Arc<Blocks>>, String> {
        self.settings.leases.exists().then(|| self.blocks()).transpose()
    }

    /// The blocks, opened if they are not yet.
    ///
    /// # Errors
    ///
    /// As [`choose`] and [`Blocks::open`]; the next call tries again.
    pub fn blocks(&self) -> Result<Arc<Blocks>, String> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(blocks) = &*opened {
            return Ok(Arc::clone(blocks));
        }
        let chosen = choose(&self.settings)?;
        let blocks = Arc::new(Blocks::open(chosen, self.settings.clone())?);
        Ok(Arc::clone(opened.insert(blocks)))
    }

    /// The leases that hold; where nothing was opened yet, as the file has them, and nothing is.
    ///
    /// # Errors
    ///
    /// Where the file cannot be read.
    pub fn list(&self) -> Result<OnFile, String> {
        let opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match opened {
            Some(blocks) => Ok(OnFile { leases: blocks.list(), to_go: false }),
            None => on_file(&self.settings.leases).map_err(|error| error.to_string()),
        }
    }

    /// Ends them as [`Blocks::close`] does, where they were opened.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn close(&self) -> Result<(), String> {
        let opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner).take();
        opened.map_or(Ok(()), |blocks| blocks.close())
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
        self.blocks().map_err(Failure)?.block(act, what, until)
    }

    fn unblock(&self, act: &Act<'_>, what: &Blockable) -> Result<Outcome, Failure> {
        act.demand(&Capability::NET_BLOCK)?;
        self.blocks().map_err(Failure)?.unblock(act, what)
    }
}
