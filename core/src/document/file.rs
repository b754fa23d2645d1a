//! Reading the files that documents and scripts stand in.

use std::{fs, io, path::Path, sync::Arc};

use super::{index::LineIndex, node::Span, report::place};
use crate::diagnostic::{Diagnostic, Severity, SourceFile};

/// The largest document, in bytes.
const MAX_DOCUMENT: u64 = 16 << 20;
/// The largest script, in bytes.
pub(crate) const MAX_SCRIPT: u64 = 1 << 20;

/// Why a text could not be had.
#[derive(Debug)]
pub(crate) enum Unread {
    Io(io::Error),
    /// A folder, a device, or a FIFO that might never have a writer.
    NotRegular,
    TooLarge,
    NotUtf8(Box<Diagnostic>),
}

/// Reads a document.
///
/// # Errors
///
/// A diagnostic where it cannot be read, is too large or is not UTF-8.
pub(crate) fn read(path: &Path) -> Result<Arc<SourceFile>, Box<Diagnostic>> {
    read_up_to(path, MAX_DOCUMENT).map_err(|error| match error {
        Unread::Io(error) => Box::new(unreadable(path, &error)),
        Unread::NotRegular => Box::new(not_regular(path)),
        Unread::TooLarge => {
            let message = format!("{} is larger than {} MiB", path.display(), MAX_DOCUMENT >> 20);
            Box::new(unplaced(Severity::Error, "too-large", message))
        }
        Unread::NotUtf8(diagnostic) => diagnostic,
    })
}

/// Reads a text of at most so many bytes; a byte-order mark is taken off.
///
/// # Errors
///
/// [`Unread`] says why.
pub(crate) fn read_up_to(path: &Path, limit: u64) -> Result<Arc<SourceFile>, Unread> {
    use io::Read;
    let mut bytes = Vec::new();
    let kind = fs::metadata(path).map_err(Unread::Io)?.file_type();
    if !kind.is_file() && (kind.is_dir() || !is_open(path)) {
        return Err(Unread::NotRegular);
    }
    let file = fs::File::open(path).map_err(Unread::Io)?;
    file.take(limit + 1).read_to_end(&mut bytes).map_err(Unread::Io)?;
    if bytes.len() as u64 > limit {
        return Err(Unread::TooLarge);
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(source(path, &text)),
        Err(error) => Err(Unread::NotUtf8(Box::new(not_utf8(path, &error)))),
    }
}

/// Whether a path names a descriptor that is open already, as `/dev/stdin` and a shell's `<(…)` do.
fn is_open(path: &Path) -> bool {
    path == Path::new("/dev/stdin")
        || ["/dev/fd", "/proc/self/fd"].iter().any(|folder| path.starts_with(folder))
}

fn not_utf8(path: &Path, error: &std::string::FromUtf8Error) -> Diagnostic {
    let bytes = error.as_bytes();
    let start = error.utf8_error().valid_up_to();
    let utf16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    let help = if utf16 { "this looks like UTF-16: save it as UTF-8" } else { "save it as UTF-8" };
    let text = String::from_utf8_lossy(bytes);
    let file = Arc::new(SourceFile { path: path.into(), text: text.as_ref().into() });
    let place = place(&file, &LineIndex::new(&file.text), Span { start, len: 1 });
    Diagnostic {
        help: Some(help.to_owned()),
        place: Some(place),
        ..unplaced(Severity::Error, "not-utf8", "this is not UTF-8 text".to_owned())
    }
}

/// A text as a file of that name, without its byte-order mark.
pub(crate) fn source(path: &Path, text: &str) -> Arc<SourceFile> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    Arc::new(SourceFile { path: path.into(), text: text.into() })
}

/// A problem with a path, which has no place in any file.
pub(crate) fn unplaced(severity: Severity, code: &'static str, message: String) -> Diagnostic {
    Diagnostic { severity, code, message, help: None, place: None, related: None }
}

/// A path that must lead to a regular file and does not.
fn not_regular(path: &Path) -> Diagnostic {
    unplaced(Severity::Error, "unreadable", format!("{} is no regular file", path.display()))
}

/// A file or folder that cannot be read.
pub(crate) fn unreadable(path: &Path, error: &io::Error) -> Diagnostic {
    unplaced(Severity::Error, "unreadable", format!("cannot read {}: {error}", path.display()))
}
