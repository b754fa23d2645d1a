//! Files, and what is done to them.

//!
//! # What counts as which action
//!
//! Only what succeeded is told; the programs follow the system calls, of 64-bit and of 32-bit programs.
//!
//! | action | is |
//! |---|---|
//! | `open` | open, openat, openat2, creat, open_by_handle_at, memfd_create; not with `O_PATH`, which opens nothing |
//! | `create` | an open that made the file, with `O_TMPFILE` too; memfd_create; mkdir, mknod, symlink |
//! | `read`, `write` | read and write with all their variants, sendfile, splice and copy_file_range (the one file is read, the other written), fallocate, the clone requests of ioctl_ficlone(2); at least one byte was moved |
//! | `close` | close, close_range (1,024 of them at most), dup2 and dup3 onto an open descriptor; not what the end of a process closes |
//! | `mmap` | mmap of a file |
//! | `truncate` | truncate, ftruncate, an open with `O_TRUNC` of a file that was there |
//! | `fsync` | fsync, fdatasync, sync_file_range |
//! | `flock` | flock, and fcntl's locks |
//! | `fasync` | fcntl with `F_SETFL` and `O_ASYNC`, ioctl with `FIOASYNC` |
//! | `llseek` | lseek |
//! | `rename` | rename, renameat, renameat2: an event for each end; `from` and `to` say the other |
//! | `link` | link, linkat: an event for each end; symlink, whose `from` is what the link says |
//! | `unlink` | unlink, unlinkat, rmdir |
//! | `execve` | the `execution` event, which brings `open` and `mmap` of the file too: the kernel opens and maps it |
//!
//! What has no path is not told: pipes, sockets, and what else a descriptor may stand for. A file in memory, or one without a name, has the name that the
//! kernel shows.
//!
//! # Paths
//!
//! An open file's path is what the kernel resolved: from its dentry and mounts up to the root of the process. What is done to a name (rename, link, unlink,
//! mkdir, mknod, symlink, truncate) is told by the name that the process wrote, read after the act (`by_name`): another thread could have changed it. Folders
//! on the way are looked up once more, from the process's root; where that is not possible any more, the path is the name's alone (`unresolved`).

mod place;
mod record;

use hashlink::LruCache;
use reactant_core::event::{Action, ActionSet};
use serde::Serialize;

use super::{
    coverage::Subject,
    figures::count,
    maker::{Made, Maker, Unreadable},
    program::{Hook, Tier},
    record::{Head, Parts, Who},
    text::{Act, Text, text},
};
pub(super) use place::{Named, Question};
use record::{FileAct, Flag, Place};

/// What serves files.
pub(super) const TIERS: &[Tier] = &[Tier {
    source: "tp_btf sys_enter, tp_btf sys_exit",
    subjects: &[
        Subject::File(Action::Fasync),
        Subject::File(Action::Flock),
        Subject::File(Action::Fsync),
        Subject::File(Action::Llseek),
        Subject::File(Action::Mmap),
        Subject::File(Action::Open),
        Subject::File(Action::Read),
        Subject::File(Action::Write),
        Subject::File(Action::Rename),
        Subject::File(Action::Truncate),
        Subject::File(Action::Unlink),
        Subject::File(Action::Create),
        Subject::File(Action::Close),
        Subject::File(Action::Link),
    ],
    programs: &[
        ("on_sys_enter", Hook::TpBtf("sys_enter")),
        ("on_sys_exit", Hook::TpBtf("sys_exit")),
    ],
}];

/// Processes of which it is remembered what they did to files, and so many files of each; a path has 4 KiB at most, so that all take some 64 MiB.
const PROCESSES: usize = 1 << 10;
const FILES: usize = 16;

/// A file that a process did something to.
#[derive(Debug, Clone, Serialize, PartialEq, Eq)]
pub(super) struct Touched {
    file: String,
    actions: Vec<&'static str>,
    #[serde(skip)]
    set: ActionSet,
}

/// What each process did to files of late: `background.files`.
pub(super) struct Files(LruCache<Who, Vec<Touched>>);

impl Default for Files {
    fn default() -> Files {
        Files(LruCache::new(PROCESSES))
    }
}

impl Files {
    /// Remembers an act; of the files, the last ones.
    pub(super) fn add(&mut self, who: Who, path: &[u8], actions: ActionSet) {
        let files = self.0.entry(who).or_insert_with(Vec::new);
        let path = String::from_utf8_lossy(path);
        let at = files.iter().position(|touched| touched.file == path);
        let before = at.map(|at| files.remove(at).set).unwrap_or_default();
        let set = before.union(actions);
        if files.len() == FILES {
            files.remove(0);
        }
        let actions = set.iter().map(Action::name).collect();
        files.push(Touched { file: path.into_owned(), actions, set });
    }

    /// What is remembered of a process, the last act last.
    pub(super) fn of(&mut self, who: Who) -> Vec<Touched> {
        self.0.get(&who).cloned().unwrap_or_default()
    }
}

impl Maker {
    /// Something was done to a file: an event for each end that has a path.
    pub(super) fn file(&mut self, head: Head, parts: &mut Parts<'_>) -> Made {
        let act = FileAct::parse(head, parts).ok_or(Unreadable)?;
        if self.is_own(&act.ancestors) {
            return Ok(Vec::new());
        }
        let by_name = !act.path.name.is_empty();
        let two = by_name && !(act.other.base.is_empty() && act.other.name.is_empty());
        let symbolic = act.is(Flag::Symbolic);
        let to = self.place(&act, act.path, act.is(Flag::Followed) && !two);
        let from = match (two, symbolic) {
            (true, false) => Some(self.place(&act, act.other, act.is(Flag::Followed))),
            _ => None,
        };
        let ancestors = self.known(&act.ancestors);
        let process = self.table.get(act.head.process).cloned();
        let exchanged = act.is(Flag::Exchanged);
        let end = |named: &Named, from: Option<&[u8]>, to: Option<&[u8]>, lossy: &mut bool| {
            let mut file = FileText::new(&named.path, act.actions);
            file.truncated = act.is(Flag::Cut);
            file.deleted = act.is(Flag::Gone);
            file.by_name = by_name;
            file.unresolved = named.unresolved;
            if act.is(Flag::Status) {
                file.status = Some(Status::new(act.mode, act.owner, act.size));
            } else if act.is(Flag::Folder) {
                file.kind = Some("directory");
            } else if symbolic {
                file.kind = Some("symlink");
            }
            file.from = from.map(|path| text(path, lossy).into_owned());
            file.to = to.map(|path| text(path, lossy).into_owned());
            file.lossy |= *lossy;
            file.into_owned()
        };
        let mut files = Vec::new();
        match &from {
            None => {
                let says = symbolic.then_some(act.other.name);
                files.push((to.path.clone(), end(&to, says, None, &mut false)));
            }
            Some(from) => {
                let back = exchanged.then_some(&*to.path);
                files.push((from.path.clone(), end(from, back, Some(&to.path), &mut false)));
                let back = exchanged.then_some(&*from.path);
                files.push((to.path.clone(), end(&to, Some(&from.path), back, &mut false)));
            }
        }
        for named in [Some(&to), from.as_ref()].into_iter().flatten() {
            if named.unresolved {
                count(&self.counters.unresolved);
            }
        }
        let flows = self.network.of(act.head.process);
        let mut events = Vec::new();
        for (path, file) in files {
            self.files.add(act.head.process, &path, act.actions);
            let touched = self.files.of(act.head.process);
            events.extend(self.finish(act.head.lost, |names, number, lost| {
                let act = Act {
                    event_type: "file_access",
                    head: &act.head,
                    process: process.as_ref(),
                    image: None,
                    ancestors: &ancestors,
                    more_ancestors: act.is(Flag::AncestorsCut),
                    file: Some(file),
                    flow: None,
                    flows: &flows,
                    files: &touched,
                    number,
                    lost,
                };
                act.event(names)
            }));
        }
        Ok(events)
    }

    /// The path of a place.
    fn place(&mut self, act: &FileAct<'_>, place: Place<'_>, follow: bool) -> Named {
        let path = match place::plain(place, follow) {
            Ok(path) => return Named { path, unresolved: false },
            Err(path) => path,
        };
        let who = act.head.process;
        let question = Question { who, root_of_all: act.is(Flag::RootOfAll), path, follow };
        let path = place::lexical(&question.path);
        self.places.ask(question).unwrap_or(Named { path, unresolved: true })
    }
}

/// The file of an event.
#[derive(Serialize)]
pub(super) struct FileText<'a> {
    file: Text<'a>,
    #[serde(skip)]
    pub(super) set: ActionSet,
    actions: Vec<&'static str>,
    /// Absent where it is not known.
    #[serde(flatten)]
    pub(super) status: Option<Status>,
    /// The type alone.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    /// What the file was called before, or what the symbolic link says.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    /// What it is called now.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    /// Whether the path is what the process wrote, as far as it is not looked up again.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    by_name: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    unresolved: bool,
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
            set: actions,
            status: None,
            kind: None,
            from: None,
            to: None,
            by_name: false,
            unresolved: false,
            truncated: false,
            deleted: false,
            lossy,
        }
    }
}

impl FileText<'_> {
    fn into_owned(self) -> FileText<'static> {
        FileText { file: Text::Owned(self.file.into_owned()), ..self }
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
