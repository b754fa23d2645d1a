//! Which file systems are asked about.

use std::{
    collections::BTreeMap,
    ffi::CString,
    fs,
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::{Path, PathBuf},
    sync::{
        Weak,
        atomic::{AtomicBool, Ordering},
    },
};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::live::fanotify::Group;

/// What this machine serves itself, and whose files cannot be held up by anybody else (filesystems(5)).
const LOCAL: [&str; 20] = [
    "bcachefs", "btrfs", "erofs", "exfat", "ext2", "ext3", "ext4", "f2fs", "hfsplus", "iso9660",
    "jfs", "nilfs2", "ntfs3", "overlay", "squashfs", "tmpfs", "udf", "vfat", "xfs", "zfs",
];

/// How often it is looked whether the asking has ended.
const PATIENCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

/// The marks of a group, which lives as long as somebody answers.
pub(super) struct Marks {
    group: Weak<Group>,
    mask: u64,
    on: Option<Vec<PathBuf>>,
    /// What was tried, by mount point and device; why it failed.
    tried: BTreeMap<(PathBuf, String), Option<String>>,
}

impl Marks {
    pub(super) fn new(group: Weak<Group>, mask: u64, on: Option<Vec<PathBuf>>) -> Marks {
        Marks { group, mask, on, tried: BTreeMap::new() }
    }

    /// Where acts are asked about, and where not, with the reason.
    pub(super) fn told(&self) -> (Vec<String>, Vec<String>) {
        let (mut marked, mut unmarked) = (Vec::new(), Vec::new());
        for ((path, _), failed) in &self.tried {
            let path = path.display();
            match failed {
                None => marked.push(path.to_string()),
                Some(why) => unmarked.push(format!("{path}: {why}")),
            }
        }
        (marked, unmarked)
    }

    /// Marks what is new. A mark is on the file system: it covers all mounts of it, also those to come.
    pub(super) fn refresh(&mut self) {
        let mounts = match &self.on {
            Some(paths) => paths.iter().map(|path| (path.clone(), String::new())).collect(),
            None => local(&fs::read("/proc/self/mountinfo").unwrap_or_default()),
        };
        let Some(group) = self.group.upgrade() else { return };
        self.tried.retain(|mount, _| mounts.contains(mount));
        for mount in mounts {
            if self.tried.contains_key(&mount) {
                continue;
            }
            let failed = mark(&group, self.mask, &mount.0).err();
            self.tried.insert(mount, failed);
        }
    }

    /// Marks what is mounted from now on, until told to stop (proc_pid_mountinfo(5): the file has an exceptional condition after each change).
    pub(super) fn keep(mut self, stop: &AtomicBool) {
        let Ok(file) = fs::File::open("/proc/self/mountinfo") else { return };
        // Between the first look and the opening something may have been mounted.
        self.refresh();
        while !stop.load(Ordering::Relaxed) {
            let mut fds = [PollFd::new(&file, PollFlags::PRI)];
            if poll(&mut fds, Some(&PATIENCE)).is_ok_and(|ready| ready > 0) {
                self.refresh();
            }
        }
    }
}

fn mark(group: &Group, mask: u64, path: &Path) -> Result<(), String> {
    let path = CString::new(path.as_os_str().as_bytes()).map_err(|error| error.to_string())?;
    let flags = libc::FAN_MARK_ADD | libc::FAN_MARK_FILESYSTEM;
    group.mark(flags, mask, &path).map_err(|error| error.to_string())
}

/// The mount points of this machine's own file systems, each with its device.
fn local(mountinfo: &[u8]) -> Vec<(PathBuf, String)> {
    let mut mounts: Vec<(PathBuf, String)> = Vec::new();
    for line in mountinfo.split(|byte| *byte == b'\n') {
        let mut fields = line.split(|byte| *byte == b' ');
        let (Some(device), Some(at)) = (fields.nth(2), fields.nth(1)) else { continue };
        let Some(kind) = fields.skip_while(|field| *field != b"-").nth(1) else { continue };
        let kind = String::from_utf8_lossy(kind);
        if LOCAL.contains(&&*kind) {
            let path = PathBuf::from(std::ffi::OsString::from_vec(unescaped(at)));
            mounts.push((path, String::from_utf8_lossy(device).into_owned()));
        }
    }
    mounts
}

/// Spaces, tabs, line feeds and backslashes are written as `\` and three octal digits.
fn unescaped(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, behind)) = rest.split_first() {
        let code = behind
            .get(..3)
            .filter(|_| *first == b'\\')
            .and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 8).ok());
        match code {
            Some(byte) => {
                out.push(byte);
                rest = &behind[3..];
            }
            None => {
                out.push(*first);
                rest = behind;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_this_machine_serves_is_marked() {
        let text = b"22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n\
            23 22 0:21 / /proc rw - proc proc rw\n\
            24 22 0:30 /x /mnt/a\\040b rw master:2 propagate_from:1 - tmpfs none rw\n\
            25 22 0:31 / /home/u/fuse rw - fuse.sshfs x rw\n\
            26 22 0:32 / /nfs rw - nfs4 server:/ rw\n\
            garbage\n";
        let mounts = local(text);
        let want = [("/", "8:1"), ("/mnt/a b", "0:30")];
        assert_eq!(mounts, want.map(|(path, device)| (PathBuf::from(path), device.to_owned())));
        assert_eq!(unescaped(b"a\\134b\\04"), b"a\\b\\04");
    }
}
