//! Paths of what was named: from the folder that the kernel knows and the name that the process wrote to the path that they mean.
//!
//! A name in one folder is exact. One that leads through others may lead through links, or up again: then its folders are looked up as they are now,
//! from the root of the process, by the kernel.

use std::{
    ffi::OsStr,
    fs,
    os::{
        fd::{AsFd, AsRawFd},
        unix::ffi::{OsStrExt, OsStringExt},
    },
    path::PathBuf,
};

use rustix::{
    fs::{CWD, Mode, OFlags, ResolveFlags, openat, openat2},
    io::Errno,
};

use super::{super::record::Who, record::Place};

/// A path, and whether it is what the kernel would say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Named {
    pub(super) path: Vec<u8>,
    /// Folders on the way may have been links, and nobody could look any more.
    pub(super) unresolved: bool,
}

/// A path whose folders are to be looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Question {
    pub(super) who: Who,
    /// Whether the process's root is that of the first of all processes.
    pub(super) root_of_all: bool,
    /// Absolute, seen from the root of the process.
    pub(super) path: Vec<u8>,
    /// Whether a link at the end is followed.
    pub(super) follow: bool,
}

/// The path of a place, if nothing need be looked up; else what to look up.
pub(super) fn plain(place: Place<'_>, follow: bool) -> Result<Vec<u8>, Vec<u8>> {
    let name = place.name.strip_suffix(b"/").unwrap_or(place.name);
    if name.is_empty() && place.name.is_empty() {
        return Ok(place.base.to_vec());
    }
    let path = join(place);
    let one = !name.contains(&b'/') && name != b"." && name != b"..";
    if one && !follow { Ok(path) } else { Err(path) }
}

/// Folder and name, without what means nothing: dots alone, and slashes but one.
pub(super) fn join(place: Place<'_>) -> Vec<u8> {
    let absolute = place.name.starts_with(b"/");
    let base = if absolute { &b""[..] } else { place.base };
    let mut path = Vec::with_capacity(base.len() + place.name.len() + 1);
    for part in base.split(|byte| *byte == b'/').chain(place.name.split(|byte| *byte == b'/')) {
        if !part.is_empty() && part != b"." {
            path.push(b'/');
            path.extend(part);
        }
    }
    if path.is_empty() {
        path.push(b'/');
    }
    path
}

/// The path without steps up, as if there were no links.
pub(super) fn lexical(path: &[u8]) -> Vec<u8> {
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in path.split(|byte| *byte == b'/').filter(|part| !part.is_empty()) {
        if part == b".." {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    let mut path = Vec::new();
    parts.iter().for_each(|part| {
        path.push(b'/');
        path.extend(*part);
    });
    if path.is_empty() { b"/".to_vec() } else { path }
}

impl Question {
    /// Looks the folders up. This may wait for a file system, for as long as that likes.
    pub(in super::super) fn answer(self) -> Named {
        match self.look_up() {
            Some(path) => Named { path, unresolved: false },
            None => Named { path: lexical(&self.path), unresolved: true },
        }
    }

    fn look_up(&self) -> Option<Vec<u8>> {
        if let Some(file) = self.descriptor() {
            return Some(file);
        }
        let flags = OFlags::PATH | OFlags::CLOEXEC;
        let root = PathBuf::from(format!("/proc/{}/root", self.who.pid));
        let root = match openat(CWD, &root, flags | OFlags::DIRECTORY, Mode::empty()) {
            Ok(root) if Who::read(self.who.pid) == Some(self.who) => root,
            // The process is gone; the root that it had is not.
            _ if self.root_of_all => {
                openat(CWD, "/proc/1/root", flags | OFlags::DIRECTORY, Mode::empty()).ok()?
            }
            _ => return None,
        };
        let end = self.path.iter().rposition(|byte| *byte == b'/')?;
        let (folder, name) = (&self.path[..end], &self.path[end + 1..]);
        // A name that steps up is a folder of its own, and so is one that is followed.
        let whole = self.follow || name == b"..";
        let (looked_up, flags) = match whole {
            true => (&self.path[..], flags),
            false => (folder, flags | OFlags::DIRECTORY),
        };
        let relative = looked_up.strip_prefix(b"/").unwrap_or_default();
        let relative = if relative.is_empty() { &b"."[..] } else { relative };
        let resolve = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
        let found = loop {
            match openat2(&root, OsStr::from_bytes(relative), flags, Mode::empty(), resolve) {
                // Something was renamed meanwhile (openat2(2)).
                Err(Errno::AGAIN) => {}
                found => break found.ok()?,
            }
        };
        let of_root = link(root.as_fd())?;
        let found = link(found.as_fd())?;
        let mut path = match &*of_root {
            b"/" => found,
            root => found.strip_prefix(root)?.to_vec(),
        };
        if !whole {
            if path.last() != Some(&b'/') {
                path.push(b'/');
            }
            path.extend(name);
        } else if path.is_empty() {
            path.push(b'/');
        }
        Some(path)
    }

    /// What a descriptor stands for, which a process named through its own folder in `/proc`: how a file without a name gets one (open(2), O_TMPFILE).
    fn descriptor(&self) -> Option<Vec<u8>> {
        let rest = self.path.strip_prefix(b"/proc/")?;
        let mut parts = rest.split(|byte| *byte == b'/');
        let process = parts.next()?;
        let own = process == b"self"
            || process == b"thread-self"
            || process == self.who.pid.to_string().as_bytes();
        if !self.follow || !own || parts.next()? != b"fd" {
            return None;
        }
        let number: u32 = std::str::from_utf8(parts.next()?).ok()?.parse().ok()?;
        if parts.next().is_some() {
            return None;
        }
        let path = fs::read_link(format!("/proc/{}/fd/{number}", self.who.pid)).ok()?;
        let path = path.into_os_string().into_vec();
        let known = Who::read(self.who.pid) == Some(self.who);
        known.then(|| path.strip_suffix(b" (deleted)").unwrap_or(&path).to_vec())
    }
}

/// What a descriptor of ours stands for; `None` for what is in no folder.
fn link(file: impl AsFd) -> Option<Vec<u8>> {
    let path = fs::read_link(format!("/proc/self/fd/{}", file.as_fd().as_raw_fd())).ok()?;
    let path = path.into_os_string().into_vec();
    (path.starts_with(b"/") && !path.ends_with(b" (deleted)")).then_some(path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn place<'a>(base: &'a str, name: &'a str) -> Place<'a> {
        Place { base: base.as_bytes(), name: name.as_bytes() }
    }

    #[test]
    fn one_name_in_a_folder_is_its_path() {
        assert_eq!(plain(place("/tmp", "a"), false), Ok(b"/tmp/a".to_vec()));
        assert_eq!(plain(place("/", "a/"), false), Ok(b"/a".to_vec()));
        assert_eq!(plain(place("/tmp/a", ""), false), Ok(b"/tmp/a".to_vec()));
        for (name, path) in
            [("b/a", "/tmp/b/a"), ("//x//y", "/x/y"), ("./a", "/tmp/a"), ("..", "/tmp/..")]
        {
            assert_eq!(plain(place("/tmp", name), false), Err(path.as_bytes().to_vec()), "{name}");
        }
        assert!(plain(place("/tmp", "a"), true).is_err());
    }

    #[test]
    fn folders_on_the_way_are_looked_up() {
        let folder = tempfile::tempdir().unwrap();
        let folder = fs::canonicalize(&folder).unwrap();
        fs::create_dir_all(folder.join("real/deep")).unwrap();
        symlink("real/deep", folder.join("link")).unwrap();
        symlink("b", folder.join("real/deep/a")).unwrap();
        let who = Who::read(std::process::id()).unwrap();
        let ask = |name: &str, follow| {
            let path = folder.join(name).into_os_string().into_vec();
            let named = Question { who, root_of_all: false, path, follow }.answer();
            (PathBuf::from(OsStr::from_bytes(&named.path)), named.unresolved)
        };
        assert_eq!(ask("link/a", false), (folder.join("real/deep/a"), false));
        assert_eq!(ask("link/../new", false), (folder.join("real/new"), false));
        fs::write(folder.join("real/deep/b"), "").unwrap();
        assert_eq!(ask("link/a", true), (folder.join("real/deep/b"), false));
        // What is not there any more is taken as it was written.
        assert_eq!(ask("gone/../x/y", false), (folder.join("x/y"), true));
    }

    #[test]
    fn who_is_gone_is_not_asked() {
        let who = Who { pid: std::process::id(), ticks: 0 };
        let named =
            Question { who, root_of_all: false, path: b"/tmp/../x".to_vec(), follow: false }
                .answer();
        assert_eq!(named, Named { path: b"/x".to_vec(), unresolved: true });
    }
}
