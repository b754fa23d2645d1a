//! What makes events of records: each kind of record goes to the module of its subject.

use std::sync::Arc;

use reactant_core::event::{Event, EventError};

use super::{
    asker::Asker,
    figures::{Counters, count},
    file::{Files, Named, Question},
    flow::{KernelFlows, Network},
    process::Process,
    record::{Kind, Parts, Who},
    table::Table,
    text::Names,
};

/// What is known beside the records, and what was told so far.
pub(super) struct Maker {
    pub(super) names: Names,
    /// This process.
    itself: Who,
    pub(super) table: Table,
    pub(super) counters: Arc<Counters>,
    /// Folders on the way to what was named.
    pub(super) places: Asker<Question, Named>,
    /// What each process did to files of late.
    pub(super) files: Files,
    pub(super) network: Network,
    /// Records lost that an event has told of.
    told_lost: u64,
    /// Events made.
    number: u64,
}

/// The bytes are no record.
pub(super) struct Unreadable;

/// The events that a record made: mostly none or one, two of what has two ends.
pub(super) type Made = Result<Vec<Event>, Unreadable>;

impl Maker {
    /// Reads `/proc`, while the programs are at work already: between the two nothing is missed.
    pub(super) fn new(
        names: Names,
        itself: Who,
        flows: KernelFlows,
        counters: Arc<Counters>,
    ) -> Maker {
        let mut table = Table::new(Arc::clone(&counters.table), Process::read);
        table.fill();
        Maker {
            names,
            itself,
            table,
            network: Network::new(flows, &counters),
            counters,
            places: Asker::new(Question::answer),
            files: Files::default(),
            told_lost: 0,
            number: 0,
        }
    }

    /// Takes a record in; some make an event.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Vec<Event> {
        let made = match Parts::of(bytes) {
            None => Err(Unreadable),
            Some((kind, head, mut parts)) => match kind {
                Kind::Exec => self.exec(head, &mut parts),
                Kind::Fork => self.fork(&head, &mut parts),
                Kind::Exit => self.exit(&head, &mut parts),
                Kind::File => self.file(head, &mut parts),
                Kind::Flow => self.flow(head, &mut parts),
                Kind::Names => self.names(&head, &mut parts),
            },
        };
        made.unwrap_or_else(|Unreadable| {
            count(&self.counters.unreadable);
            Vec::new()
        })
    }

    /// Whether who has these ancestors acts for this process. The programs know own processes by their forks; this one knows them where a fork
    /// went untold.
    pub(super) fn is_own(&self, ancestors: &[Who]) -> bool {
        let own = ancestors.contains(&self.itself);
        if own {
            count(&self.counters.own);
        }
        own
    }

    /// What is known of these.
    pub(super) fn known(&mut self, ancestors: &[Who]) -> Vec<(Who, Option<Process>)> {
        ancestors.iter().map(|who| (*who, self.table.get(*who).cloned())).collect()
    }

    /// Makes an event, with its number in this run and how many records were lost since the last one, of the total that its record tells.
    pub(super) fn finish(
        &mut self,
        lost: u64,
        make: impl FnOnce(&Names, u64, u64) -> Result<Event, EventError>,
    ) -> Option<Event> {
        self.number += 1;
        match make(&self.names, self.number, lost.saturating_sub(self.told_lost)) {
            Ok(event) => {
                count(&self.counters.events);
                self.told_lost = self.told_lost.max(lost);
                Some(event)
            }
            Err(_) => {
                count(&self.counters.unmade);
                None
            }
        }
    }
}
