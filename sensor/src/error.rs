//! What goes wrong while events are read.

use std::{io, sync::Arc};

use reactant_core::event::EventError;

use crate::Input;

/// Why something was not read. Its message begins with the input's name and, where there is one, the line.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The input does not open.
    #[error("{input}: cannot be opened: {source}")]
    Open {
        /// The input.
        input: Arc<Input>,
        /// Why.
        source: io::Error,
    },
    /// The input is a directory.
    #[error("{input}: is a directory; name the recordings in it")]
    Directory {
        /// The input.
        input: Arc<Input>,
    },
    /// The input broke off.
    #[error("{input}:{line}: cannot be read further: {source}")]
    Read {
        /// The input.
        input: Arc<Input>,
        /// The line that was being read, from 1.
        line: u64,
        /// Why.
        source: io::Error,
    },
    /// A line is no event.
    #[error("{input}:{line}: {source}")]
    Event {
        /// The input.
        input: Arc<Input>,
        /// The line, from 1.
        line: u64,
        /// What is wrong with it.
        source: EventError,
    },
    /// A file that should be one event is the header of a recording.
    #[error("{input}: is the header of a recording, not an event")]
    Header {
        /// The input.
        input: Arc<Input>,
    },
    /// The parser failed inside.
    #[error("{input}:{line}: the parser failed inside; the line is lost")]
    Parser {
        /// The input.
        input: Arc<Input>,
        /// The line, from 1.
        line: u64,
    },
}

impl SourceError {
    /// Whether a line was no event, as opposed to an input that cannot be read.
    #[must_use]
    pub fn is_invalid_event(&self) -> bool {
        matches!(self, SourceError::Event { .. } | SourceError::Header { .. })
    }
}
