//! The thread that reads the ring, and hands on what is made of it.

use std::sync::{Arc, atomic::Ordering};

use aya::maps::{MapData, RingBuf};
use crossbeam_channel::Sender;
use reactant_core::event::Event;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::{
    clock,
    figures::{Counters, count},
    filter::Filter,
    flow::KernelFlows,
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
    filter: Filter,
    maker: Maker,
}

impl Reader {
    /// Reads `/proc`, while the programs are at work already: between the two nothing is missed.
    pub(super) fn new(
        programs: Programs,
        ring: RingBuf<MapData>,
        names: Names,
        itself: Who,
        flows: KernelFlows,
        filter: Filter,
        counters: Arc<Counters>,
    ) -> Reader {
        let maker = Maker::new(names, itself, flows, counters);
        Reader { programs: Some(programs), ring, filter, maker }
    }

    /// Reads until nobody listens, or it is stopped: then the programs end, and what they had written is still told.
    pub(super) fn run(mut self, items: &Sender<Item>, stopped: &StopSignal) {
        loop {
            let last = stopped.is_set();
            if last {
                self.end();
            }
            self.search();
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
            let made = self.ring.next().map(|bytes| self.maker.take(&bytes));
            let Some(events) = made else { return self.tell_ended(items) };
            count(&self.maker.counters.read);
            for event in events {
                tell(items, event)?;
            }
            records += 1;
            if records % GLANCE == 0 {
                self.tell_ended(items)?;
                if stopped.is_set() {
                    self.end();
                }
            }
        }
    }

    /// Tells of flows that ended without a record that says so.
    fn tell_ended(&mut self, items: &Sender<Item>) -> Result<(), Unheard> {
        while let Some(event) = self.maker.ended_flow(clock::since_boot()) {
            tell(items, event)?;
        }
        Ok(())
    }

    /// Looks for sockets that were there before flows were watched.
    fn search(&mut self) {
        if let Some(programs) = &mut self.programs
            && self.filter.must_search()
            && programs.find_sockets(&self.filter).is_err()
        {
            count(&self.maker.counters.unsearched);
        }
    }
}

fn tell(items: &Sender<Item>, event: Event) -> Result<(), Unheard> {
    items.send(Item { line: 0, content: Content::Event(event) }).map_err(|_| Unheard)
}
