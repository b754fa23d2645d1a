//! What reactions can reach: the standard helpers over a store and a simulated world.

use std::{path::Path, sync::Arc};

use reactant_core::helper::Registry;
use reactant_helpers::{LogMeter, Standard, store::Store};

use crate::{console::Console, exit::Failure, settings::Settings, state};

/// The helpers, and what counts their messages.
pub(crate) struct World {
    pub(crate) helpers: Registry,
    meter: Arc<LogMeter>,
}

impl World {
    /// A world over the store in a folder, or over a fresh one in memory.
    pub(crate) fn new(settings: &Settings, data: Option<&Path>) -> Result<World, Failure> {
        let store = match data {
            Some(folder) => state::open_store(folder, settings.durability)?,
            None => Store::memory(),
        };
        let standard = Standard::new(store).protect(settings.protect.clone()).armed(settings.armed);
        Ok(World { helpers: standard.registry(), meter: standard.log_meter() })
    }

    /// Tells which recipes said more than they may.
    pub(crate) fn tell_what_was_cut(&self, console: &Console) {
        for (recipe, count) in self.meter.take_unreported() {
            console.warn(&format!("{count} log messages of `{recipe}` were cut: too many at once"));
        }
    }
}
