//! Sources of events: what watches the system, or reads what was recorded of it.
//!
//! A [`Source`] gives its items in the order in which things happened. [`Replay`] reads recordings; [`Live`] watches this machine. What an event does not say (`uuid`, `timestamp`, its number in the run) is filled in by who takes the items,
//! one after another: [`Event::complete`](reactant_core::event::Event::complete).

mod error;
mod input;
mod lines;
pub mod live;
mod replay;
mod stop;

use reactant_core::{event::Event, value::Value};

pub use error::SourceError;
pub use input::{Input, document};
pub use live::Live;
pub use replay::Replay;
pub use stop::{StopSignal, Stopper};

/// Something that gives events.
pub trait Source: Send {
    /// Waits for the next item; `None` once the source has ended or was stopped.
    fn next(&mut self) -> Option<Item>;

    /// What stops this source from another thread: a [`Source::next`] that waits then returns. A replay gives nothing more; a live source gives what it
    /// had seen by then, and ends.
    fn stopper(&self) -> Stopper;
}

/// What a source gives, and where it stood.
#[derive(Debug)]
pub struct Item {
    /// The line of the recording, from 1; 0 for what has none: an input that does not open, anything live.
    pub line: u64,
    /// What it is.
    pub content: Content,
}

/// What an [`Item`] is.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "nearly every item is an event")]
#[non_exhaustive]
pub enum Content {
    /// An event.
    Event(Event),
    /// About the recording: version, boot id, host addresses, sources.
    Header(Value),
    /// So many events were lost since the last item.
    Lost(u64),
    /// Something that is no event, or cannot be read. The source goes on.
    Fault(SourceError),
}
