//! What is known of a process, and what `/proc` tells of one.

use std::{fs, os::unix::ffi::OsStrExt, path::PathBuf, sync::Arc};

use super::{
    clock, container,
    image::{Image, Texts},
    record::Who,
};

/// The most that is read of a file in `/proc`, in bytes.
const LIMIT: u64 = 64 << 10;

/// A process as it was last seen.
#[derive(Debug, Clone)]
pub(super) struct Process {
    pub(super) uid: u32,
    pub(super) gid: u32,
    pub(super) comm: Vec<u8>,
    pub(super) image: Arc<Image>,
    /// The program before the last exec.
    pub(super) previous: Option<Arc<Image>>,
    pub(super) cwd: Arc<[u8]>,
    /// Whether that is only the end of the path.
    pub(super) cwd_cut: bool,
    pub(super) namespaces: [u32; 6],
    pub(super) container: Arc<str>,
    /// When `/proc` was read, in nanoseconds since boot: what happened before is in it already. 0 where records told everything.
    pub(super) read: u64,
    /// `None` while it is there.
    pub(super) exit: Option<Exit>,
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Exit {
    /// Nanoseconds since boot.
    pub(super) time: u64,
    /// As wait(2) tells it.
    pub(super) status: u32,
}

impl Exit {
    /// As shells tell it: what the process said, or 128 and the number of the signal that ended it.
    pub(super) fn code(self) -> u32 {
        match self.status & 0x7f {
            0 => self.status >> 8 & 0xff,
            signal => 128 + signal,
        }
    }
}

impl Process {
    /// Reads `/proc`; `None` where the process is gone, or another has its pid. What cannot be read is left empty.
    ///
    /// Arguments and environment lie in the process's own memory: whoever maps that from a file system of his own decides how long this takes.
    pub(super) fn read(who: Who) -> Option<Process> {
        Process::read_with(who, true)
    }

    /// The same without what lies in the process's own memory: the kernel knows the rest, and nobody can hold it up.
    pub(super) fn read_without_memory(who: Who) -> Option<Process> {
        Process::read_with(who, false)
    }

    fn read_with(who: Who, memory: bool) -> Option<Process> {
        let read = clock::since_boot();
        let folder = PathBuf::from(format!("/proc/{}", who.pid));
        let bytes = |name: &str| {
            let mut bytes = Vec::new();
            let file = fs::File::open(folder.join(name)).ok()?;
            std::io::Read::read_to_end(&mut std::io::Read::take(file, LIMIT), &mut bytes).ok()?;
            Some(bytes)
        };
        let texts = |name| {
            let bytes = memory.then(|| bytes(name)).flatten().unwrap_or_default();
            Texts::new(&bytes, !memory || bytes.len() as u64 == LIMIT)
        };
        let link = |name: &str| {
            let path = fs::read_link(folder.join(name)).unwrap_or_default();
            path.as_os_str().as_bytes().to_vec()
        };
        let mut comm = bytes("comm")?;
        if comm.last() == Some(&b'\n') {
            comm.pop();
        }
        let status = String::from_utf8_lossy(&bytes("status")?).into_owned();
        let id = |name| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_ascii_whitespace().next()?.parse().ok()
        };
        let exe = link("exe");
        let exe = exe.strip_suffix(b" (deleted)").unwrap_or(&exe).to_vec();
        let image = Image { exe, exe_cut: false, args: texts("cmdline"), envs: texts("environ") };
        let process = Process {
            uid: id("Uid:").unwrap_or_default(),
            gid: id("Gid:").unwrap_or_default(),
            comm,
            image: image.kept(),
            previous: None,
            cwd: link("cwd").into(),
            cwd_cut: false,
            namespaces: ["mnt", "pid", "uts", "ipc", "net", "cgroup"]
                .map(|name| namespace(&link(&format!("ns/{name}")))),
            container: bytes("cgroup").map_or_else(
                || "".into(),
                |groups| container::of_groups(&String::from_utf8_lossy(&groups)),
            ),
            read,
            exit: None,
        };
        // Read last: as long as it is still this process, all of the above was its own.
        (Who::read(who.pid) == Some(who)).then_some(process)
    }
}

impl Who {
    /// Who has a pid now.
    pub(super) fn read(pid: u32) -> Option<Who> {
        let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
        // The name, in parentheses, may hold anything (proc_pid_stat(5)); field 22 is the 20th behind it.
        let end = stat.iter().rposition(|byte| *byte == b')')?;
        let fields = std::str::from_utf8(&stat[end + 1..]).ok()?;
        let ticks = fields.split_ascii_whitespace().nth(19)?.parse().ok()?;
        Some(Who { pid, ticks })
    }

    /// All processes there are.
    pub(super) fn all() -> Vec<Who> {
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        entries.filter_map(|entry| Who::read(entry.file_name().to_str()?.parse().ok()?)).collect()
    }
}

/// The number in `mnt:[4026531841]`.
fn namespace(link: &[u8]) -> u32 {
    let text = std::str::from_utf8(link).unwrap_or_default();
    let number = text.split_once(":[").and_then(|(_, number)| number.strip_suffix(']'));
    number.and_then(|number| number.parse().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exit_has_the_code_that_a_shell_tells() {
        let code = |status| Exit { time: 0, status }.code();
        // exit(3), SIGKILL, SIGSEGV with a core.
        assert_eq!([code(3 << 8), code(9), code(11 | 128)], [3, 137, 139]);
    }

    #[test]
    fn a_process_reads_itself() {
        let pid = std::process::id();
        let who = Who::read(pid).unwrap();
        let process = Process::read(who).unwrap();
        let exe = std::env::current_exe().unwrap();
        assert_eq!(process.image.exe, exe.as_os_str().as_bytes());
        assert_eq!(*process.cwd, *std::env::current_dir().unwrap().as_os_str().as_bytes());
        assert_eq!(process.uid, rustix::process::getuid().as_raw());
        assert!(process.namespaces.iter().all(|number| *number > 0));
        assert!(Who::all().contains(&who));
    }

    #[test]
    fn another_process_of_the_same_pid_is_not_taken_for_it() {
        let who = Who::read(std::process::id()).unwrap();
        assert!(Process::read(Who { ticks: who.ticks + 1, ..who }).is_none());
    }
}
