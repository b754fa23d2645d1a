//! Acts on this machine: addresses are blocked by what it was given for that, and an act is refused through what waits for an answer.

use std::sync::Arc;

use jiff::Timestamp;

use reactant_core::{capability::Capability, helper::Failure};

use super::{
    Act, Blockable, Effects, FileStat, Outcome, Power, Target,
    block::Blocker,
    files, kill, mounts, power,
    remove::{Mount, Removal},
    temp::Temp,
    undo,
    walk::{Lost, Over, Place, Walk},
};
use crate::{journal::Kept, protect::Protect, texts};

/// This machine.
#[derive(Debug, Default)]
pub struct Real {
    protect: Protect,
    blocker: Option<Arc<dyn Blocker>>,
    kept: Option<Arc<Kept>>,
}

impl Real {
    /// This machine, but for what is protected.
    #[must_use]
    pub fn new(protect: Protect) -> Real {
        Real { protect, ..Real::default() }
    }

    /// Keeps what files held before they are replaced.
    #[must_use]
    pub fn keep_replaced(mut self, kept: Arc<Kept>) -> Real {
        self.kept = Some(kept);
        self
    }

    /// Blocks through this.
    #[must_use]
    pub fn blocker(mut self, blocker: Arc<dyn Blocker>) -> Real {
        self.blocker = Some(blocker);
        self
    }

    fn writable(&self, act: &Act<'_>, path: &str) -> Result<Place, Failure> {
        act.demand(&Capability::FS_WRITE)?;
        let place =
            found(act, Walk { follow_last: false, write: true, over: &|_| Over::Disk }, path)?;
        self.protect.check_write(&place.path)?;
        for name in mounts::other_names(&place) {
            self.protect.check_write(&name).map_err(|_| {
                place.fails(format!("is also {}, which is protected", shown(&name)))
            })?;
        }
        Ok(place)
    }
}

fn shown(name: &[u8]) -> String {
    texts::shown(&String::from_utf8_lossy(name))
}

/// Walks a path, and demands that the grant covers where it leads; or, where it leads nowhere, what it might have led to.
pub(super) fn found(act: &Act<'_>, walk: Walk<'_>, path: &str) -> Result<Place, Failure> {
    match walk.to(path) {
        Ok(place) => act.demand_path(&place.path).map(|()| place),
        Err(Lost { path, why }) => {
            act.demand_path(&path)?;
            Err(texts::path(path, why))
        }
    }
}

fn readable(act: &Act<'_>, path: &str) -> Result<Place, Failure> {
    act.demand(&Capability::FS_READ)?;
    found(act, Walk { follow_last: true, write: false, over: &|_| Over::Disk }, path)
}

impl Effects for Real {
    fn read(&self, act: &Act<'_>, path: &str) -> Result<Vec<u8>, Failure> {
        files::read(&readable(act, path)?)
    }

    fn stat(&self, act: &Act<'_>, path: &str) -> Result<FileStat, Failure> {
        files::stat(&readable(act, path)?)
    }

    fn write(&self, act: &Act<'_>, path: &str, data: &[u8]) -> Result<(), Failure> {
        let place = self.writable(act, path)?;
        if let Some(kept) = &self.kept {
            act.note_replaced(undo::replaced(&place, data, kept)?);
        }
        files::write(&place, data)
    }

    fn append(&self, act: &Act<'_>, path: &str, data: &[u8]) -> Result<(), Failure> {
        let place = self.writable(act, path)?;
        // A write replaces a name; this changes the file, under all its names.
        if let Some(seen) = place.on_disk()?.filter(|seen| seen.st_nlink > 1)
            && self.protect.is_on(seen.st_dev)
        {
            return Err(place.fails("has several names, and one of them may be protected"));
        }
        files::append(&place, data)
    }

    fn create_temp_dir(&self, act: &Act<'_>, prefix: &str) -> Result<String, Failure> {
        act.demand(&Capability::FS_TEMP)?;
        let temp = Temp::open()?;
        temp.name(prefix, act.seed, &self.protect, |name, _| temp.make(name))
    }

    fn remove_dir(&self, act: &Act<'_>, path: &str) -> Result<(), Failure> {
        act.demand(&Capability::FS_TEMP)?;
        let temp = Temp::open()?;
        let place = temp.below(path, &|_| Over::Disk)?;
        let mount = Mount::of(&temp.dir).map_err(|errno| texts::path_system("/tmp", errno))?;
        Removal { act, protect: &self.protect, mount }.run(&place)
    }

    fn kill(&self, act: &Act<'_>, target: &Target) -> Result<Outcome, Failure> {
        kill::kill(act, &self.protect, target)
    }

    fn block(
        &self,
        act: &Act<'_>,
        what: &Blockable,
        until: Option<Timestamp>,
    ) -> Result<Outcome, Failure> {
        act.demand(&Capability::NET_BLOCK)?;
        match &self.blocker {
            Some(blocker) => blocker.block(act, what, until),
            None => Err(Failure::new(texts::NOT_FOR_REAL)),
        }
    }

    fn unblock(&self, act: &Act<'_>, what: &Blockable) -> Result<Outcome, Failure> {
        act.demand(&Capability::NET_BLOCK)?;
        match &self.blocker {
            Some(blocker) => blocker.unblock(act, what),
            None => Err(Failure::new(texts::NOT_FOR_REAL)),
        }
    }

    fn power(&self, act: &Act<'_>, how: Power) -> Result<(), Failure> {
        power::power(act, how)
    }

    fn deny(&self, act: &Act<'_>, _: &str) -> Result<(), Failure> {
        act.demand(&Capability::VERDICT_DENY)?;
        let question = act.question().ok_or_else(|| Failure::new(texts::NOBODY_WAITS))?;
        question.refuse().map_err(|late| Failure::new(late.to_string()))
    }
}
