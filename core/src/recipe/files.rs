//! Finding recipe files below the paths that the user gave.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
};

use crate::{
    diagnostic::{Diagnostic, Severity},
    document::{unplaced, unreadable},
};

/// How deep folders may nest.
const MAX_DEPTH: usize = 64;

/// The files that were found, in bytewise order of their paths.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) files: Vec<PathBuf>,
    /// The folders that were searched, and links that lead nowhere.
    pub(super) looked_at: Vec<PathBuf>,
    pub(super) diagnostics: Vec<Diagnostic>,
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
                let mut any = false;
                folder(path, 0, &mut seen, &mut any, &mut found);
                if !any {
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
    found.looked_at.push(path.to_owned());
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
                found.looked_at.push(path);
            }
            Err(_) => {}
        }
    }
}
