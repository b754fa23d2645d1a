//! Finding recipe files below the paths that the user gave, and reading them.

use std::{
    collections::HashSet,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    diagnostic::{Diagnostic, Severity, SourceFile},
    document::{LineIndex, Span, place},
};

/// The largest recipe file, in bytes.
const MAX_FILE: u64 = 16 << 20;
/// The largest script, in bytes.
pub(super) const MAX_SCRIPT: u64 = 1 << 20;
/// How deep folders may nest.
const MAX_DEPTH: usize = 64;

/// The files that were found, in bytewise order of their paths.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) files: Vec<PathBuf>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// A problem with a path, which has no place in any file.
fn unplaced(severity: Severity, code: &'static str, message: String) -> Diagnostic {
    Diagnostic { severity, code, message, help: None, place: None, related: None }
}

fn unreadable(path: &Path, error: &io::Error) -> Diagnostic {
    unplaced(Severity::Error, "unreadable", format!("cannot read {}: {error}", path.display()))
}

/// Finds the recipe files of all paths: a file as it is, a folder recursively by the extensions `.yaml` and `.yml`.
///
/// What begins with a dot is skipped within folders (`.git`; the `..data` of a Kubernetes volume, whose files appear beside it as symlinks). A
/// file is taken once, however many paths lead to it.
pub(super) fn find(paths: &[PathBuf]) -> Found {
    let mut found = Found::default();
    let mut seen = HashSet::new();
    for path in paths {
        match fs::metadata(path) {
            Err(error) => found.diagnostics.push(unreadable(path, &error)),
            Ok(metadata) if metadata.is_dir() => {
                let before = found.files.len();
                let mut any = false;
                folder(path, 0, &mut seen, &mut any, &mut found);
                if !any && before == found.files.len() {
                    found.diagnostics.push(Diagnostic {
                        help: Some("recipe files end in `.yaml` or `.yml`".to_owned()),
                        ..unplaced(
                            Severity::Warning,
                            "no-recipes",
                            format!("{} has no recipe files", path.display()),
                        )
                    });
                }
            }
            Ok(_) => take(path.clone(), &mut seen, &mut found),
        }
    }
    found
        .files
        .sort_by(|a, b| a.as_os_str().as_encoded_bytes().cmp(b.as_os_str().as_encoded_bytes()));
    found
}

/// Takes a path unless another one led to the same file or folder.
fn is_new(path: &Path, seen: &mut HashSet<PathBuf>) -> bool {
    // What cannot be resolved is reported when it is read.
    seen.insert(fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()))
}

fn take(path: PathBuf, seen: &mut HashSet<PathBuf>, found: &mut Found) {
    if is_new(&path, seen) {
        found.files.push(path);
    }
}

fn folder(
    path: &Path,
    depth: usize,
    seen: &mut HashSet<PathBuf>,
    any: &mut bool,
    found: &mut Found,
) {
    if depth > MAX_DEPTH {
        let message = format!("{} lies more than {MAX_DEPTH} folders deep", path.display());
        found.diagnostics.push(unplaced(Severity::Error, "unreadable", message));
        return;
    }
    if !is_new(path, seen) {
        // Another of the paths covers it, or a symlink leads back.
        *any = true;
        return;
    }
    let entries = fs::read_dir(path).and_then(|entries| entries.collect::<Result<Vec<_>, _>>());
    let mut entries = match entries {
        Ok(entries) => entries,
        Err(error) => {
            *any = true;
            found.diagnostics.push(unreadable(path, &error));
            return;
        }
    };
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        let is_recipe = path.extension().is_some_and(|end| end == "yaml" || end == "yml");
        match fs::metadata(&path) {
            Ok(metadata) if metadata.is_dir() => folder(&path, depth + 1, seen, any, found),
            Ok(metadata) if is_recipe && metadata.is_file() => {
                *any = true;
                take(path, seen, found);
            }
            Ok(_) => {}
            Err(error) if is_recipe => {
                *any = true;
                found.diagnostics.push(unreadable(&path, &error));
            }
            Err(_) => {}
        }
    }
}

/// Reads a recipe file.
///
/// # Errors
///
/// A diagnostic where it cannot be read, is too large or is not UTF-8.
pub(super) fn read(path: &Path) -> Result<Arc<SourceFile>, Box<Diagnostic>> {
    read_up_to(path, MAX_FILE).map_err(|error| match error {
        Unread::Io(error) => Box::new(unreadable(path, &error)),
        Unread::TooLarge => {
            let message = format!("{} is larger than {} MiB", path.display(), MAX_FILE >> 20);
            Box::new(unplaced(Severity::Error, "too-large", message))
        }
        Unread::NotUtf8(diagnostic) => diagnostic,
    })
}

/// Why a text could not be had.
#[derive(Debug)]
pub(super) enum Unread {
    Io(io::Error),
    TooLarge,
    NotUtf8(Box<Diagnostic>),
}

/// Reads a text of at most so many bytes; a byte-order mark is taken off.
pub(super) fn read_up_to(path: &Path, limit: u64) -> Result<Arc<SourceFile>, Unread> {
    use io::Read;
    let mut bytes = Vec::new();
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
pub(super) fn source(path: &Path, text: &str) -> Arc<SourceFile> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    Arc::new(SourceFile { path: path.into(), text: text.into() })
}
