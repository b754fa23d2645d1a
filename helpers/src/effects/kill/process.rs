//! What `/proc` tells of a process (proc_pid_stat(5), pidfd_open(2)).

use std::{
    fs, io,
    os::fd::{AsRawFd, OwnedFd},
    os::unix::fs::MetadataExt,
};

use jiff::Timestamp;
use rustix::{
    fs::{AtFlags, CWD, readlinkat, statat},
    io::Errno,
    param::clock_ticks_per_second,
    time::{ClockId, clock_gettime},
};

use reactant_core::helper::Failure;

use crate::{protect::Executable, texts};

/// A kernel thread (PF_KTHREAD, include/linux/sched.h).
const KERNEL_THREAD: u64 = 0x0020_0000;

/// The inode number of the initial pid namespace (PROC_PID_INIT_INO, include/linux/proc_ns.h).
const FIRST_PID_NAMESPACE: u64 = 0xefff_fffc;

/// The first user who is no system account (login.defs(5), `UID_MIN`).
const FIRST_USER: u32 = 1000;

/// A process as it was seen.
#[derive(Debug)]
pub(super) struct Process {
    /// Its number in the pid namespace of `/proc`.
    pub(super) pid: i64,
    parent: i64,
    flags: u64,
    /// When it started, in clock ticks since boot.
    pub(super) start_ticks: i64,
    /// When it started, by today's reading of the clock, in nanoseconds since 1970; up to a tick too early.
    pub(super) started: i128,
    /// Whose it is: the real, effective, saved and file system users (credentials(7)); nobody's where that cannot be told.
    users: Vec<u32>,
    /// What it executes.
    pub(super) exe: Result<Executable, Errno>,
}

impl Process {
    /// The process that a descriptor holds. What is told may be another's if that one has gone meanwhile.
    pub(super) fn look(held: &OwnedFd) -> Result<Process, String> {
        // `/proc` may be that of another namespace, in which the process has another number.
        let path = format!("/proc/self/fdinfo/{}", held.as_raw_fd());
        let info = fs::read_to_string(path).map_err(shown)?;
        let number = info.lines().find_map(|line| line.strip_prefix("Pid:"));
        match number.and_then(|number| number.trim().parse::<i64>().ok()) {
            Some(pid) if pid > 0 => Process::numbered(&pid.to_string()),
            _ => Err("it is not in the pid namespace that `/proc` shows".to_owned()),
        }
    }

    /// The runtime.
    pub(super) fn own() -> Result<Process, String> {
        Process::numbered("self")
    }

    fn numbered(name: &str) -> Result<Process, String> {
        let stat = fs::read(format!("/proc/{name}/stat")).map_err(shown)?;
        Process::parse(&stat, users(name), exe(name))
            .ok_or_else(|| "its `/proc/PID/stat` has another form".to_owned())
    }

    fn parse(stat: &[u8], users: Vec<u32>, exe: Result<Executable, Errno>) -> Option<Process> {
        let stat = Stat::parse(stat)?;
        Some(Process {
            pid: stat.pid,
            parent: stat.parent,
            flags: stat.flags,
            start_ticks: stat.start_ticks,
            started: boot_time() + i128::from(stat.start_ticks) * tick(),
            users,
            exe,
        })
    }

    #[cfg(test)]
    pub(super) fn of(stat: &[u8]) -> Process {
        Process::parse(stat, vec![0; 4], Err(Errno::NOENT)).unwrap()
    }

    /// Whether it is root's or another system account's, in each of its roles; where that cannot be told, it is. In a user namespace of somebody's it is
    /// his, or nobody's.
    pub(super) fn is_the_systems(&self) -> bool {
        self.users.iter().all(|user| *user < FIRST_USER)
    }

    /// Whether it is a thread of the kernel's.
    pub(super) fn is_kernel_thread(&self) -> bool {
        self.flags & KERNEL_THREAD != 0
    }
}

/// The fields of `/proc/PID/stat` that are needed.
#[derive(Debug, PartialEq, Eq)]
struct Stat {
    pid: i64,
    parent: i64,
    flags: u64,
    start_ticks: i64,
}

impl Stat {
    /// The command's name stands in parentheses and may hold anything, parentheses and line ends too; behind it are numbers only.
    fn parse(stat: &[u8]) -> Option<Stat> {
        let close = stat.iter().rposition(|byte| *byte == b')')?;
        let behind = str::from_utf8(&stat[close + 1..]).ok()?;
        let before = stat.split(|byte| *byte == b' ').next()?;
        // From field 3 on.
        let fields: Vec<&str> = behind.split_ascii_whitespace().collect();
        Some(Stat {
            pid: str::from_utf8(before).ok()?.parse().ok()?,
            parent: fields.get(4 - 3)?.parse().ok()?,
            flags: fields.get(9 - 3)?.parse().ok()?,
            start_ticks: fields.get(22 - 3)?.parse().ok()?,
        })
    }
}

fn shown(error: io::Error) -> String {
    Errno::from_io_error(&error).map_or_else(|| error.to_string(), texts::system)
}

/// The users of a process (proc_pid_status(5)).
fn users(name: &str) -> Vec<u32> {
    let status = fs::read(format!("/proc/{name}/status")).unwrap_or_default();
    let status = String::from_utf8_lossy(&status);
    let line = status.lines().find_map(|line| line.strip_prefix("Uid:")).unwrap_or_default();
    line.split_ascii_whitespace().filter_map(|user| user.parse().ok()).collect()
}

/// The executable; of a thread that still has one, where the main thread has exited.
fn exe(name: &str) -> Result<Executable, Errno> {
    let read = |link: String| -> Result<Executable, Errno> {
        let path = readlinkat(CWD, &link, Vec::new())?.to_string_lossy().into_owned();
        // The link leads to the file itself, in whatever mount namespace it is.
        let file = statat(CWD, &link, AtFlags::empty())?;
        let (device, inode) = (file.st_dev, file.st_ino);
        Ok(Executable { path, device, inode, owner: file.st_uid, mode: file.st_mode })
    };
    let own = read(format!("/proc/{name}/exe"));
    if own != Err(Errno::NOENT) {
        return own;
    }
    let threads = fs::read_dir(format!("/proc/{name}/task")).into_iter().flatten().flatten();
    let mut others = threads.filter_map(|thread| {
        read(format!("/proc/{name}/task/{}/exe", thread.file_name().to_string_lossy())).ok()
    });
    others.next().ok_or(Errno::NOENT)
}

/// The processes above one, up to the first.
pub(super) fn ancestors(of: &Process) -> impl Iterator<Item = i64> + use<> {
    // A parent is 0 where it is in another namespace, or for the first process.
    let above = |pid: i64| (pid > 0).then_some(pid);
    std::iter::successors(above(of.parent), move |pid| {
        let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
        above(Stat::parse(&stat)?.parent)
    })
}

/// Whether a number is that of a thread, and not of a process.
pub(super) fn is_thread(number: i64) -> bool {
    let status = fs::read_to_string(format!("/proc/{number}/status")).unwrap_or_default();
    let process = status.lines().find_map(|line| line.strip_prefix("Tgid:"));
    let process = process.and_then(|process| process.trim().parse().ok());
    process.is_some_and(|process: i64| process != number)
}

/// A clock tick in nanoseconds.
pub(super) fn tick() -> i128 {
    1_000_000_000 / i128::from(clock_ticks_per_second().max(1))
}

/// When this boot was, in nanoseconds since 1970, by today's reading of the clock: start times count from there.
fn boot_time() -> i128 {
    let up = clock_gettime(ClockId::Boottime);
    let up = i128::from(up.tv_sec) * 1_000_000_000 + i128::from(up.tv_nsec);
    Timestamp::now().as_nanosecond() - up
}

/// Which boot this is.
pub(super) fn boot_id() -> Result<String, Failure> {
    let path = "/proc/sys/kernel/random/boot_id";
    let id = fs::read_to_string(path).map_err(|error| {
        Failure(format!("this boot cannot be told from others: {}", shown(error)))
    })?;
    Ok(id.trim().to_owned())
}

/// Whether the runtime lives in the initial pid namespace. Where that cannot be told, it does.
pub(super) fn in_first_namespace() -> bool {
    fs::metadata("/proc/self/ns/pid").map_or(true, |own| own.ino() == FIRST_PID_NAMESPACE)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const REST: &str = " S 17 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 12345 1000 2000\n";

    #[test]
    fn a_commands_name_cannot_pretend_to_be_fields() {
        let expected = Stat { pid: 42, parent: 17, flags: 4_194_560, start_ticks: 12_345 };
        for name in ["sh", "", "a b", ")", ") R 1 1 1", "((x)) S 1\n2", "\u{e4}\u{202e}"] {
            let stat = format!("42 ({name}){REST}");
            assert_eq!(Stat::parse(stat.as_bytes()).as_ref(), Some(&expected), "{name}");
        }
        for broken in ["", "42", "42 (sh)", "42 (sh) S 17", "x (sh) S 17 42 42 0 -1"] {
            assert_eq!(Stat::parse(broken.as_bytes()), None, "{broken}");
        }
    }

    #[test]
    fn the_tests_own_process_is_told_rightly() {
        let own = Process::own().unwrap();
        assert_eq!(own.pid, i64::from(std::process::id()));
        assert!(!own.is_kernel_thread());
        let exe = std::env::current_exe().unwrap().canonicalize().unwrap();
        assert_eq!(own.exe.as_ref().map(|own| &*own.path), Ok(exe.to_str().unwrap()));
        assert!(own.started <= Timestamp::now().as_nanosecond());
        assert!(ancestors(&own).any(|pid| pid == i64::from(std::os::unix::process::parent_id())));
    }

    proptest! {
        #[test]
        fn nothing_in_the_place_of_a_stat_panics(stat in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = Stat::parse(&stat);
        }
    }
}
