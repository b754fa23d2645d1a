//! Files, and what is done to them.

use reactant_core::event::{Action, ActionSet};
use serde::Serialize;

use super::text::{Text, text};

/// The file of an event.
#[derive(Serialize)]
pub(super) struct FileText<'a> {
    file: Text<'a>,
    actions: Vec<&'static str>,
    /// Absent where it is not known.
    #[serde(flatten)]
    pub(super) status: Option<Status>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) truncated: bool,
    /// Whether no name leads to it any more, as with memfd_create(2), or after unlink(2).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) deleted: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    lossy: bool,
}

/// What stat(2) says of a file.
#[derive(Serialize)]
pub(super) struct Status {
    r#type: &'static str,
    owner: Owner,
    permissions: Permissions,
    metadata: Metadata,
}

#[derive(Serialize)]
struct Owner {
    uid: u32,
    gid: u32,
}

#[derive(Serialize)]
struct Permissions {
    mode: String,
}

#[derive(Serialize)]
struct Metadata {
    size: i64,
}

impl<'a> FileText<'a> {
    /// A file of which the path is known, and what was done to it.
    pub(super) fn new(path: &'a [u8], actions: ActionSet) -> FileText<'a> {
        let mut lossy = false;
        FileText {
            file: text(path, &mut lossy),
            actions: actions.iter().map(Action::name).collect(),
            status: None,
            truncated: false,
            deleted: false,
            lossy,
        }
    }
}

impl Status {
    /// What stat(2) says of it.
    pub(super) fn new(mode: u32, (uid, gid): (u32, u32), size: i64) -> Status {
        Status {
            r#type: kind(mode),
            owner: Owner { uid, gid },
            permissions: Permissions { mode: permissions(mode) },
            metadata: Metadata { size },
        }
    }
}

/// What kind of file it is (inode(7)).
fn kind(mode: u32) -> &'static str {
    match mode & 0o170_000 {
        0o100_000 => "regular",
        0o040_000 => "directory",
        0o120_000 => "symlink",
        0o060_000 => "block",
        0o020_000 => "character",
        0o010_000 => "fifo",
        0o140_000 => "socket",
        _ => "",
    }
}

/// As ls(1) writes them, without the type.
fn permissions(mode: u32) -> String {
    let mut text = String::with_capacity(9);
    for (shift, special, letter) in [(6, 0o4000, 's'), (3, 0o2000, 's'), (0, 0o1000, 't')] {
        let bits = mode >> shift;
        text.push(if bits & 4 != 0 { 'r' } else { '-' });
        text.push(if bits & 2 != 0 { 'w' } else { '-' });
        text.push(match (bits & 1 != 0, mode & special != 0) {
            (true, true) => letter,
            (false, true) => letter.to_ascii_uppercase(),
            (true, false) => 'x',
            (false, false) => '-',
        });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_are_written_as_ls_does() {
        for (mode, want) in [
            (0o100_644, "rw-r--r--"),
            (0o104_755, "rwsr-xr-x"),
            (0o106_640, "rwSr-S---"),
            (0o041_777, "rwxrwxrwt"),
        ] {
            assert_eq!(permissions(mode), want, "{mode:o}");
        }
        assert_eq!((kind(0o100_644), kind(0o040_755)), ("regular", "directory"));
    }
}
