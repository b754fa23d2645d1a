//! The thread that reads the ring, keeps the process table and makes the events.

use std::sync::{Arc, atomic::Ordering};

use aya::maps::{MapData, RingBuf};
use crossbeam_channel::Sender;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::{
    clock,
    figures::{Counters, count},
    image::Image,
    process::Process,
    program::Programs,
    record::{Exec, Record, Who},
    table::Table,
    text::{Execution, Names},
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

/// What makes events of records.
struct Maker {
    names: Names,
    itself: Who,
    table: Table,
    counters: Arc<Counters>,
    /// Records lost that an event has told of.
    told_lost: u64,
    /// Events made.
    number: u64,
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
        let mut table = Table::new(Arc::clone(&counters.table), Process::read);
        table.fill();
        let maker = Maker { names, itself, table, counters, told_lost: 0, number: 0 };
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
            let content = match self.ring.next() {
                Some(bytes) => self.maker.take(&bytes),
                None => return Ok(()),
            };
            count(&self.maker.counters.read);
            if let Some(content) = content {
                items.send(Item { line: 0, content }).map_err(|_| Unheard)?;
            }
            records += 1;
            if records % GLANCE == 0 && stopped.is_set() {
                self.end();
            }
        }
    }
}

impl Maker {
    /// Takes a record in; some make an event.
    fn take(&mut self, bytes: &[u8]) -> Option<Content> {
        let Some(record) = Record::parse(bytes) else {
            count(&self.counters.unreadable);
            return None;
        };
        match record {
            Record::Exec(exec) => self.exec(&exec),
            Record::Fork { head, child } => {
                self.table.fork(&head, child);
                None
            }
            Record::Exit(head) => {
                self.table.exit(head.process);
                None
            }
        }
    }

    fn exec(&mut self, exec: &Exec<'_>) -> Option<Content> {
        let image = Image::of(exec);
        let process = self.table.exec(exec, &image);
        // The programs know own processes by their forks; this one knows them where a fork went untold.
        if exec.ancestors.contains(&self.itself) {
            count(&self.counters.own);
            return None;
        }
        let ancestors = exec.ancestors.iter().map(|who| (*who, self.table.get(*who).cloned()));
        self.number += 1;
        let execution = Execution {
            exec,
            image: &image,
            process: &process,
            ancestors: &ancestors.collect::<Vec<_>>(),
            // The calendar's clock as it is now: a machine that was told the time meanwhile has right events.
            time: clock::timestamp(clock::boot(), exec.head.time),
            number: self.number,
            lost: exec.head.lost.saturating_sub(self.told_lost),
        };
        let event = execution.event(&self.names);
        match event {
            Ok(event) => {
                count(&self.counters.events);
                self.told_lost = self.told_lost.max(exec.head.lost);
                Some(Content::Event(event))
            }
            Err(_) => {
                count(&self.counters.unmade);
                None
            }
        }
    }
}
