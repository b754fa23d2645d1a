//! The thread that reads the ring, and hands on what is made of it.

use std::sync::{Arc, atomic::Ordering};

use aya::maps::{MapData, RingBuf};
use crossbeam_channel::Sender;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::{
    figures::{Counters, count},
    maker::Maker,
    program::Programs,
    record::Who,
    text::Names,
};
use crate::{Content, Item, StopSignal};

/// How long the thread waits for the ring before it looks whether it was stopped.
const PATIENCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };

/// The receiver is gone.
struct Unheard;

pub(super) struct Reader {
    /// `None` once they were told to end.
    programs: Option<Programs>,
    ring: RingBuf<MapData>,
    maker: Maker,
}

impl Reader {
    /// Reads `/proc`, while the programs are at work already: between the two nothing is missed.
    pub(super) fn new(
        programs: Programs,
        ring: RingBuf<MapData>,
        names: Names,
        itself: Who,
        counters: Arc<Counters>,
    ) -> Reader {
        let maker = Maker::new(names, itself, counters);
        Reader { programs: Some(programs), ring, maker }
    }

    /// Reads until nobody listens, or it is stopped: then the programs end, and what they had written is still told.
    pub(super) fn run(mut self, items: &Sender<Item>, stopped: &StopSignal) {
        loop {
            let last = stopped.is_set();
            if last {
                self.end();
            }
            if self.read(items, stopped).is_err() || last {
                break;
            }
            // An interrupted wait is as good as one that ended.
            let _ = poll(&mut [PollFd::new(&self.ring, PollFlags::IN)], Some(&PATIENCE));
        }
        self.end();
    }

    /// Ends the programs.
    fn end(&mut self) {
        if let Some(programs) = self.programs.take() {
            self.maker.counters.skipped.store(programs.skipped(), Ordering::Relaxed);
        }
    }

    /// Reads what there is. Where more comes all the time, this ends because the programs do: once it is stopped.
    fn read(&mut self, items: &Sender<Item>, stopped: &StopSignal) -> Result<(), Unheard> {
        /// Records between two looks at the signal.
        const GLANCE: usize = 64;
        let mut records = 0;
        loop {
            count(&self.maker.counters.turns);
            let events = match self.ring.next() {
                Some(bytes) => self.maker.take(&bytes),
                None => return Ok(()),
            };
            count(&self.maker.counters.read);
            for event in events {
                let content = Content::Event(event);
                items.send(Item { line: 0, content }).map_err(|_| Unheard)?;
            }
            records += 1;
            if records % GLANCE == 0 && stopped.is_set() {
                self.end();
            }
        }
    }
}
