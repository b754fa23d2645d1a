//! Where recordings come from.

use std::{
    fmt,
    fs::File,
    io::{self, Read},
    path::PathBuf,
    sync::Arc,
};

use reactant_core::event::{Event, EventError, Line, MAX_EVENT, line_of};

use crate::SourceError;

/// A recording, or a single event.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Input {
    /// Standard input.
    Stdin,
    /// A file, or anything else that opens and reads like one (a FIFO, `/dev/fd/63` of a shell's process substitution).
    File(PathBuf),
}

impl Input {
    /// What a command line names: `-` is standard input.
    #[must_use]
    pub fn from_argument(argument: impl Into<PathBuf>) -> Input {
        let path = argument.into();
        if path.as_os_str() == "-" { Input::Stdin } else { Input::File(path) }
    }

    /// How many bytes it has, where that is known beforehand.
    pub(crate) fn size(&self) -> Option<u64> {
        let Input::File(path) = self else { return None };
        let metadata = std::fs::metadata(path).ok()?;
        metadata.is_file().then_some(metadata.len())
    }

    pub(crate) fn open(self: &Arc<Input>) -> Result<Box<dyn Read + Send>, SourceError> {
        let path = match &**self {
            Input::Stdin => return Ok(Box::new(io::stdin())),
            Input::File(path) => path,
        };
        let failed = |source| SourceError::Open { input: Arc::clone(self), source };
        let file = File::open(path).map_err(failed)?;
        if file.metadata().map_err(failed)?.is_dir() {
            return Err(SourceError::Directory { input: Arc::clone(self) });
        }
        Ok(Box::new(file))
    }
}

impl fmt::Display for Input {
    /// The name as messages show it: what would steer a terminal is escaped.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = match self {
            Input::Stdin => return f.write_str("<stdin>"),
            Input::File(path) => path.to_string_lossy(),
        };
        for character in path.chars() {
            if character.is_control() {
                write!(f, "{}", character.escape_default())?;
            } else {
                write!(f, "{character}")?;
            }
        }
        Ok(())
    }
}

/// Reads an input that is one event, in any layout.
///
/// # Errors
///
/// [`SourceError`]: it cannot be read, or it is no event, or more than one.
pub fn document(input: Input) -> Result<Event, SourceError> {
    let input = Arc::new(input);
    let mut text = Vec::new();
    let limit = MAX_EVENT as u64 + 1;
    input.open()?.take(limit).read_to_end(&mut text).map_err(|source| SourceError::Read {
        input: Arc::clone(&input),
        line: 1,
        source,
    })?;
    match Line::parse(&text, 1) {
        Ok(Line::Event(event)) => Ok(event),
        Ok(Line::Header(_)) => Err(SourceError::Header { input }),
        Err(source) => {
            let line = match &source {
                EventError::Json { line, .. } => *line as u64,
                EventError::Field { path, .. } | EventError::Conflict { path, .. } => {
                    std::str::from_utf8(&text).map_or(1, |text| line_of(text, path)) as u64
                }
                _ => 1,
            };
            Err(SourceError::Event { input, line, source })
        }
    }
}
