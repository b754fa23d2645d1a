//! From a path to a directory that is held open and a name in it, without trusting anybody on the way.
//!
//! The path is walked from `/` by directory descriptors, one component at a time, so that nobody can put another directory under a
//! name after it was judged. A symbolic link is resolved here, not by the kernel, and only where it stands in a directory that nobody but
//! root and this user can write: whoever can plant a link cannot steer a path. The resolved path, which grants and the protect list are checked on, has no link in it.

use std::{collections::VecDeque, os::fd::OwnedFd};

use rustix::{
    fs::{self, AtFlags, FileType, Mode, OFlags, Stat},
    io::Errno,
    process::geteuid,
};

use crate::texts;

/// Links that one path may lead over, as in the kernel (path_resolution(7)).
const LINKS: usize = 40;
/// Bytes of a path (PATH_MAX, limits.h).
const LONGEST: usize = 4096;

/// What lies over the disk at a resolved path; only a dry run has anything there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    /// Nothing: the disk shows.
    Disk,
    /// A directory.
    Folder,
    /// A file.
    File,
    /// Something that was removed.
    Gone,
}

/// How a path is walked.
#[derive(Clone, Copy)]
pub(super) struct Walk<'a> {
    /// Whether a link at the very end is followed.
    pub(super) follow_last: bool,
    /// Whether something will be written: then the way may not lead through the kernel's own file systems.
    pub(super) write: bool,
    /// What lies over the disk.
    pub(super) over: &'a dyn Fn(&[u8]) -> Over,
}

/// Where a path led.
#[derive(Debug)]
pub(super) struct Place {
    /// The resolved path.
    pub(super) path: Vec<u8>,
    /// The directory; `None` where it lies over the disk only.
    pub(super) dir: Option<OwnedFd>,
    /// The name in the directory, which may not exist; `"."` for `/` itself.
    pub(super) name: Vec<u8>,
    /// The path was written as a directory's, with a slash at its end.
    pub(super) as_folder: bool,
}

/// Why a path led nowhere.
#[derive(Debug)]
pub(super) struct Lost {
    /// As far as it was resolved, and then the rest as written: what a grant would have had to cover.
    pub(super) path: Vec<u8>,
    /// Why.
    pub(super) why: String,
}

impl Walk<'_> {
    /// Walks a path.
    pub(super) fn to(self, path: &str) -> Result<Place, Lost> {
        let lost = |why: &str| Lost { path: path.into(), why: why.to_owned() };
        if path.contains('\0') {
            return Err(lost("the path holds a NUL"));
        }
        if !path.starts_with('/') {
            return Err(lost("the path is not absolute"));
        }
        if path.split('/').any(|part| part == "..") {
            return Err(lost("the path has a `..` in it"));
        }
        if path.len() >= LONGEST {
            return Err(lost("the path is too long"));
        }
        let mut steps = Steps {
            queue: parts(path.as_bytes()).collect(),
            names: Vec::new(),
            dir: Some(root().map_err(|errno| lost(&texts::system(errno)))?),
            links: 0,
        };
        let place = self.steps(&mut steps).map_err(|why| Lost { path: steps.path(), why })?;
        let as_folder = path.ends_with('/') || path.ends_with("/.");
        Ok(Place { as_folder, ..place })
    }

    fn steps(self, at: &mut Steps) -> Result<Place, String> {
        loop {
            let Some(name) = at.queue.front().cloned() else {
                return Ok(Place {
                    path: b"/".into(),
                    dir: at.dir.take(),
                    name: b".".into(),
                    as_folder: true,
                });
            };
            if name == b".." {
                at.queue.pop_front();
                at.up()?;
                continue;
            }
            if self.write
                && let Some(dir) = &at.dir
            {
                refuse_kernel(dir, &at.names)?;
            }
            let last = at.queue.len() == 1;
            if !last && let Some(dir) = &at.dir {
                refuse_own(dir, &name)?;
            }
            let path = at.joined(&name);
            let over = (self.over)(&path);
            let place = |dir| Place { path, dir, name: name.clone(), as_folder: false };
            let next = match (over, &at.dir) {
                (Over::Disk, Some(dir)) => {
                    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
                    match fs::openat(dir, &name[..], flags, Mode::empty()) {
                        Ok(next) => next,
                        Err(Errno::NOENT) if last => return Ok(place(at.dir.take())),
                        Err(errno) => return Err(texts::system(errno)),
                    }
                }
                _ if last => return Ok(place(at.dir.take())),
                (Over::Folder, _) => {
                    at.enter(name, None);
                    continue;
                }
                (Over::File, _) => return Err(texts::system(Errno::NOTDIR)),
                (Over::Gone, _) | (Over::Disk, None) => return Err(texts::system(Errno::NOENT)),
            };
            let kind = kind(&fs::fstat(&next).map_err(texts::system)?);
            match kind {
                FileType::Symlink if !last || self.follow_last => at.follow(&next)?,
                _ if last => return Ok(place(at.dir.take())),
                FileType::Directory => at.enter(name, Some(next)),
                _ => return Err(texts::system(Errno::NOTDIR)),
            }
        }
    }
}

struct Steps {
    queue: VecDeque<Vec<u8>>,
    names: Vec<Vec<u8>>,
    dir: Option<OwnedFd>,
    links: usize,
}

impl Steps {
    fn enter(&mut self, name: Vec<u8>, dir: Option<OwnedFd>) {
        self.queue.pop_front();
        self.names.push(name);
        self.dir = dir;
    }

    /// Puts a link's target in the place of its name.
    fn follow(&mut self, link: &OwnedFd) -> Result<(), String> {
        let Some(dir) = &self.dir else { return Err(texts::system(Errno::NOENT)) };
        if !only_ours(&fs::fstat(dir).map_err(texts::system)?) {
            return Err(
                "a symbolic link in a directory that others can write is not followed".into()
            );
        }
        self.links += 1;
        if self.links > LINKS {
            return Err(texts::system(Errno::LOOP));
        }
        // From the descriptor that was judged, not by its name again.
        let target = fs::readlinkat(link, "", Vec::new()).map_err(texts::system)?;
        let target = target.as_bytes();
        if target.is_empty() {
            return Err(texts::system(Errno::NOENT));
        }
        self.queue.pop_front();
        parts(target).rev().for_each(|part| self.queue.push_front(part));
        if target.starts_with(b"/") {
            self.names.clear();
            self.dir = Some(root().map_err(texts::system)?);
        }
        if self.path().len() >= LONGEST {
            return Err("the path is too long".to_owned());
        }
        Ok(())
    }

    /// Goes up by one, which only a link's target asks for: by walking anew from `/`, so that few descriptors are open however deep it is.
    fn up(&mut self) -> Result<(), String> {
        self.names.pop();
        std::mem::take(&mut self.names)
            .into_iter()
            .rev()
            .for_each(|name| self.queue.push_front(name));
        self.dir = Some(root().map_err(texts::system)?);
        Ok(())
    }

    fn joined(&self, name: &[u8]) -> Vec<u8> {
        let mut path = Vec::new();
        for name in self.names.iter().map(Vec::as_slice).chain([name]) {
            path.push(b'/');
            path.extend_from_slice(name);
        }
        path
    }

    fn path(&self) -> Vec<u8> {
        let mut path = Vec::new();
        for name in self.names.iter().chain(&self.queue) {
            path.push(b'/');
            path.extend_from_slice(name);
        }
        path
    }
}

fn parts(path: &[u8]) -> impl DoubleEndedIterator<Item = Vec<u8>> {
    let named = |part: &&[u8]| !part.is_empty() && *part != b".";
    path.split(|byte| *byte == b'/').filter(named).map(<[u8]>::to_vec)
}

fn root() -> Result<OwnedFd, Errno> {
    fs::open("/", OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
}

pub(super) fn kind(stat: &Stat) -> FileType {
    FileType::from_raw_mode(stat.st_mode)
}

/// Whether nobody but root and this user can change what a directory holds. An access list shows in the group's bits (acl(5)).
pub(super) fn only_ours(stat: &Stat) -> bool {
    (stat.st_uid == 0 || stat.st_uid == geteuid().as_raw()) && stat.st_mode & 0o022 == 0
}

/// File systems whose files are the kernel's (linux/magic.h): proc, sysfs, cgroup, cgroup2, devpts, debugfs, tracefs, securityfs, selinuxfs, bpf,
/// configfs, efivarfs, binfmt_misc, nsfs, pstore, mqueue.
const KERNEL: [u64; 16] = [
    0x9fa0,
    0x6265_6572,
    0x0027_e0eb,
    0x6367_7270,
    0x1cd1,
    0x6462_6720,
    0x7472_6163,
    0x7363_6673,
    0xf97c_ff8c,
    0xcafe_4a11,
    0x6265_6570,
    0xde5e_81e4,
    0x4249_4e4d,
    0x6e73_6673,
    0x6165_676c,
    0x1980_0202,
];

fn refuse_kernel(dir: &OwnedFd, names: &[Vec<u8>]) -> Result<(), String> {
    let by_path = matches!(names.first().map(Vec::as_slice), Some(b"proc" | b"sys" | b"dev"));
    // The low half: the type is signed and of the machine's width.
    let by_type = fs::fstatfs(dir).map_err(texts::system)?.f_type as u64 & 0xffff_ffff;
    if by_path || KERNEL.contains(&by_type) || on_devices(dir)? {
        return Err("nothing is written through `/proc`, `/sys` or `/dev`".to_owned());
    }
    Ok(())
}

/// Refuses to go on below the runtime's own process, whose environment, memory and descriptors are its own; and below each of its threads, which
/// proc(5) shows as processes too, though it does not list them.
fn refuse_own(dir: &OwnedFd, name: &[u8]) -> Result<(), String> {
    /// Of the root of each proc file system.
    const ROOT: u64 = 1;
    if !name.iter().all(u8::is_ascii_digit) {
        return Ok(());
    }
    let is_root = fs::fstat(dir).map_err(texts::system)?.st_ino == ROOT;
    if !is_root || fs::fstatfs(dir).map_err(texts::system)?.f_type as u64 & 0xffff_ffff != KERNEL[0]
    {
        return Ok(());
    }
    // Asked of this file system, which may be that of another pid namespace.
    let Ok(own) = fs::readlinkat(dir, "self", Vec::new()) else { return Ok(()) };
    let task = [own.as_bytes(), b"/task/", name].concat();
    if own.as_bytes() == name || fs::statat(dir, task, AtFlags::SYMLINK_NOFOLLOW).is_ok() {
        return Err("the runtime's own process is not looked into".to_owned());
    }
    Ok(())
}

/// Whether the directory lies on the file system of `/dev`, which has no type of its own, wherever that is mounted once more.
fn on_devices(dir: &OwnedFd) -> Result<bool, String> {
    let at = |path: &str| fs::statat(fs::CWD, path, AtFlags::SYMLINK_NOFOLLOW);
    let (Ok(devices), Ok(root)) = (at("/dev"), at("/")) else { return Ok(false) };
    let here = fs::fstat(dir).map_err(texts::system)?;
    Ok(devices.st_dev != root.st_dev && here.st_dev == devices.st_dev)
}
