//! What is wrong with a text that should be an event.

/// Why a text is no event. Its message names the field or the place at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EventError {
    /// The text is no JSON. Line and column count from 1 within the text, the column in characters.
    #[error("not JSON: {what} at {}", place(*line, *column))]
    Json {
        /// What the parser stumbled over.
        what: String,
        /// The line within the text.
        line: usize,
        /// The column.
        column: usize,
    },
    /// The text is no UTF-8.
    #[error("not UTF-8: a bad byte after {at} good ones")]
    NotUtf8 {
        /// How many bytes before it are good.
        at: usize,
    },
    /// The text is longer than [`MAX_EVENT`](super::MAX_EVENT).
    #[error("{len} bytes are more than an event may have ({})", super::MAX_EVENT)]
    TooLong {
        /// Its length in bytes.
        len: usize,
    },
    /// The text is JSON, but no object.
    #[error("not an event: expected an object, got {got}")]
    NotAnObject {
        /// What it is.
        got: String,
    },
    /// An object that is about nothing.
    #[error("not an event: it has neither `file` nor `flow`, and no `event_type`")]
    NoSubject,
    /// A known field holds what it cannot hold.
    #[error("{path}: expected {expected}, got {got}")]
    Field {
        /// The way to the field (`background.ancestry[2].pid`).
        path: String,
        /// What belongs there.
        expected: &'static str,
        /// What is there.
        got: String,
    },
    /// The part that the event is about is not there.
    #[error("{path}: missing, and {event_type} events are about it")]
    Missing {
        /// The way to the field.
        path: &'static str,
        /// The event's type.
        event_type: &'static str,
    },
    /// Two spellings of one thing say different things.
    #[error("{path}: differs from `{other}`, which is another spelling of it")]
    Conflict {
        /// The way to the newer spelling.
        path: String,
        /// The name of this project's spelling.
        other: String,
    },
    /// The tree is nested too deeply to be packed.
    #[error("nested deeper than {} levels", crate::packed::MAX_DEPTH - 2)]
    TooDeep,
    /// What is derived from the text takes more than [`MAX_PACKED`](super::MAX_PACKED).
    #[error("unpacks to more than an event may take ({} bytes)", super::MAX_PACKED)]
    TooLarge,
}

impl EventError {
    /// A newer spelling that contradicts the page's, which has this name.
    pub(super) fn conflict(other: &str) -> EventError {
        EventError::Conflict { path: String::new(), other: shown(other) }
    }

    /// A field that holds the wrong thing; its path grows outwards by [`EventError::below`].
    pub(super) fn field(expected: &'static str, got: String) -> EventError {
        EventError::Field { path: String::new(), expected, got }
    }

    /// Prepends one step to the path.
    pub(super) fn below(mut self, step: Step<'_>) -> EventError {
        if let EventError::Field { path, .. } | EventError::Conflict { path, .. } = &mut self {
            let joint = if path.is_empty() || path.starts_with('[') { "" } else { "." };
            *path = match step {
                Step::Field(name) => format!("{}{joint}{path}", shown(name)),
                Step::Item(index) => format!("[{index}]{joint}{path}"),
            };
        }
        self
    }
}

/// One step of the way to a field.
#[derive(Clone, Copy)]
pub(super) enum Step<'a> {
    Field(&'a str),
    Item(usize),
}

fn place(line: usize, column: usize) -> String {
    if line == 1 { format!("column {column}") } else { format!("line {line}, column {column}") }
}

/// A name that came from the text, as messages show it: escaped, and not all of it.
pub(super) fn shown(text: &str) -> String {
    /// In characters; enough to recognise it.
    const SHOWN: usize = 40;
    let (text, more) = match text.char_indices().nth(SHOWN) {
        Some((end, _)) => (&text[..end], "…"),
        None => (text, ""),
    };
    format!("{}{more}", text.escape_debug())
}
