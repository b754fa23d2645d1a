//! What is missing from the evidence, and since when.
//!
//! A loss is told by whichever event comes next, and that may be anybody's. What is known of a process may lack what was lost since it began, and nothing
//! else: so it is the start of the event's process that counts.

use jiff::Timestamp;

use crate::{event::Event, host::Missing};

/// The last losses.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Gaps {
    events: Option<Gap>,
    reactions: Option<Gap>,
}

/// Something that was lost before a time of the events' clock.
#[derive(Debug, Clone, Copy)]
struct Gap {
    at: Timestamp,
    count: u64,
}

impl Gaps {
    /// So many events were lost before this one.
    pub(super) fn lose_events(&mut self, event: &Event) {
        let count = event.lost();
        if count > 0 {
            self.events = Some(Gap { at: event.timestamp().unwrap_or_default(), count });
        }
    }

    /// So many reactions to an event were dropped.
    pub(super) fn lose_reactions(&mut self, event: &Event, count: u64) {
        if count > 0 {
            self.reactions = Some(Gap { at: event.timestamp().unwrap_or_default(), count });
        }
    }

    /// What may be missing of an event's process. Of one that does not say when it began, everything may be.
    pub(super) fn missing(&self, event: &Event) -> Missing {
        if self.events.is_none() && self.reactions.is_none() {
            return Missing::default();
        }
        let start = event.process_identity().start;
        let since = |gap: Option<Gap>| {
            let gap = gap.filter(|gap| start.is_none_or(|start| start <= gap.at.as_nanosecond()));
            gap.map_or(0, |gap| gap.count)
        };
        Missing { events: since(self.events), reactions: since(self.reactions) }
    }
}
