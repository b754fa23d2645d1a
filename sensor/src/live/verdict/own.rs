//! Whether this process or one of its descendants asks: known by their ancestry, whatever they are called.
#![allow(unsafe_code, reason = "asks the kernel about a process by its descriptor")]

use std::{
    fs,
    os::fd::{AsFd, AsRawFd, BorrowedFd},
};

use rustix::process::{Pid, PidfdFlags, pidfd_open};

/// The most generations that are looked at: a script that goes deeper than this is asked about as others are.
const GENERATIONS: usize = 64;

/// Whether a process is this one or descends from it.
pub(super) fn is_own(itself: u32, pid: u32, pidfd: Option<BorrowedFd<'_>>) -> bool {
    let (mut pid, mut known) = (pid, pidfd.and_then(parent_by));
    for _ in 0..GENERATIONS {
        if pid == itself {
            return true;
        }
        // Init and who is outside of this namespace.
        if pid <= 1 {
            return false;
        }
        match known.take().or_else(|| parent(pid)) {
            Some(parent) => pid = parent,
            None => return false,
        }
    }
    false
}

/// The parent of a process; `None` where it is gone.
fn parent(pid: u32) -> Option<u32> {
    let pid = Pid::from_raw(pid.try_into().ok()?)?;
    let pidfd = pidfd_open(pid, PidfdFlags::empty()).ok()?;
    parent_by(pidfd.as_fd()).or_else(|| parent_by_text(pid))
}

/// `struct pidfd_info` in its first version (linux/pidfd.h).
#[repr(C)]
#[derive(Default)]
struct Info {
    mask: u64,
    cgroup: u64,
    pid: u32,
    tgid: u32,
    ppid: u32,
    credentials: [u32; 8],
    exit_code: i32,
}

/// The same by descriptor; `None` also before Linux 6.13, which cannot tell.
fn parent_by(pidfd: BorrowedFd<'_>) -> Option<u32> {
    /// `_IOWR(PIDFS_IOCTL_MAGIC, 11, struct pidfd_info)`: both ways, the size, `0xff`, 11.
    const GET_INFO: u64 = 3 << 30 | (size_of::<Info>() as u64) << 16 | 0xff << 8 | 11;
    /// `PIDFD_INFO_PID`.
    const WANTED: u64 = 1;
    let mut info = Info { mask: WANTED, ..Info::default() };
    // SAFETY: the kernel fills a structure of the size that is part of the request, which lives through the call.
    let result = unsafe { libc::ioctl(pidfd.as_raw_fd(), GET_INFO as libc::Ioctl, &raw mut info) };
    (result == 0 && info.mask & WANTED != 0).then_some(info.ppid)
}

/// The same from `/proc`, which lies in memory (proc_pid_stat(5)).
fn parent_by_text(pid: Pid) -> Option<u32> {
    let stat = fs::read(format!("/proc/{}/stat", pid.as_raw_nonzero())).ok()?;
    let end = stat.iter().rposition(|byte| *byte == b')')?;
    std::str::from_utf8(&stat[end + 1..]).ok()?.split_ascii_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn both_ways_to_a_parent_agree() {
        let pid = std::process::id();
        let own = Pid::from_raw(pid as i32).unwrap();
        let parent = std::os::unix::process::parent_id();
        assert_eq!(parent_by_text(own), Some(parent));
        assert_eq!(super::parent(pid), Some(parent));
    }

    #[test]
    fn a_child_of_a_child_is_own_and_a_parent_is_not() {
        let itself = std::process::id();
        // It tells its own number, which is a child's child's, and waits until it is let go.
        let mut child = Command::new("/bin/sh")
            .args(["-c", "/bin/sh -c 'echo $$; read x; true'; true"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut out = std::io::BufReader::new(child.stdout.take().unwrap());
        std::io::BufRead::read_line(&mut out, &mut line).unwrap();
        let grandchild: u32 = line.trim().parse().unwrap();
        assert!(grandchild != child.id());
        assert!(is_own(itself, grandchild, None) && is_own(itself, itself, None));
        let pidfd = pidfd_open(Pid::from_raw(grandchild as i32).unwrap(), PidfdFlags::empty());
        assert!(is_own(itself, grandchild, Some(pidfd.unwrap().as_fd())));
        assert!(!is_own(itself, std::os::unix::process::parent_id(), None));
        assert!(!is_own(itself, 1, None) && !is_own(itself, 0, None));
        drop(child.stdin.take());
        child.wait().unwrap();
    }
}
