//! What the kernel's programs hand over, from bytes to values: the layouts of `bpf/record.h`.

/// A process: pids are reused, a start is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Who {
    /// In the initial namespace.
    pub(super) pid: u32,
    /// When its first thread started, in clock ticks since boot: what `/proc/PID/stat` says too.
    pub(super) ticks: u64,
}

/// Nanoseconds in one of the 100 clock ticks that a second has for user space (`USER_HZ`), on every architecture that this is built for.
pub(super) const TICK: u64 = 10_000_000;

/// Who acts, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    /// Nanoseconds since boot.
    pub(super) time: u64,
    /// Records that were lost since the programs were loaded.
    pub(super) lost: u64,
    pub(super) process: Who,
    pub(super) parent: Who,
    pub(super) uid: u32,
    pub(super) gid: u32,
    pub(super) comm: Vec<u8>,
}

/// A process has a new program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Exec<'a> {
    pub(super) head: Head,
    /// mnt, pid, uts, ipc, net, cgroup.
    pub(super) namespaces: [u32; 6],
    flags: u32,
    pub(super) size: i64,
    pub(super) mode: u32,
    pub(super) owner: (u32, u32),
    pub(super) exe: &'a [u8],
    pub(super) cwd: &'a [u8],
    pub(super) cgroup: &'a [u8],
    /// Each ends with a zero byte.
    pub(super) args: &'a [u8],
    /// Each ends with a zero byte.
    pub(super) envs: &'a [u8],
    /// The parent first.
    pub(super) ancestors: Vec<Who>,
}

/// What an [`Exec`] lacks: the flags of `record.h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lack {
    Args = 1 | 8,
    Envs = 2 | 16,
    Ancestors = 4,
    Exe = 32,
    Cwd = 64,
    /// The file that is executed has no name any more.
    Link = 128,
}

impl Exec<'_> {
    pub(super) fn lacks(&self, what: Lack) -> bool {
        self.flags & what as u32 != 0
    }
}

#[cfg(test)]
impl Exec<'static> {
    /// An exec of which little is known.
    pub(super) fn for_tests(head: Head, exe: &'static [u8]) -> Exec<'static> {
        Exec {
            head,
            namespaces: [0; 6],
            flags: 0,
            size: 0,
            mode: 0o100_755,
            owner: (0, 0),
            exe,
            cwd: b"/",
            cgroup: b"",
            args: b"",
            envs: b"",
            ancestors: Vec::new(),
        }
    }
}

/// A record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Record<'a> {
    Exec(Exec<'a>),
    Fork {
        /// Who called fork.
        head: Head,
        child: Who,
    },
    Exit(Head),
}

impl<'a> Record<'a> {
    /// Reads a record; `None` where the bytes are none.
    pub(super) fn parse(bytes: &'a [u8]) -> Option<Record<'a>> {
        let bytes = &mut { bytes };
        let kind = u32(bytes)?;
        let head = head(bytes)?;
        match kind {
            1 => exec(head, bytes).map(Record::Exec),
            2 => Some(Record::Fork { head, child: who(bytes)? }),
            3 => Some(Record::Exit(head)),
            _ => None,
        }
    }
}

fn head(bytes: &mut &[u8]) -> Option<Head> {
    let _thread = u32(bytes)?;
    let (time, lost) = (u64(bytes)?, u64(bytes)?);
    let (process, parent) = (who(bytes)?, who(bytes)?);
    let (uid, gid) = (u32(bytes)?, u32(bytes)?);
    let comm = take(bytes, 16)?;
    let end = comm.iter().position(|byte| *byte == 0).unwrap_or(comm.len());
    Some(Head { time, lost, process, parent, uid, gid, comm: comm[..end].to_vec() })
}

fn exec<'a>(head: Head, bytes: &mut &'a [u8]) -> Option<Exec<'a>> {
    let mut namespaces = [0; 6];
    for namespace in &mut namespaces {
        *namespace = u32(bytes)?;
    }
    let (flags, mode) = (u32(bytes)?, u32(bytes)?);
    let size = u64(bytes)? as i64;
    let owner = (u32(bytes)?, u32(bytes)?);
    let mut lengths = [0; 5];
    for length in &mut lengths {
        *length = u32(bytes)? as usize;
    }
    let count = u32(bytes)?;
    let mut parts = [&[][..]; 5];
    for (part, length) in parts.iter_mut().zip(lengths) {
        *part = take(bytes, length)?;
    }
    let [exe, cwd, cgroup, args, envs] = parts;
    let ancestors = (0..count).map(|_| who(bytes)).collect::<Option<_>>()?;
    Some(Exec {
        head,
        namespaces,
        flags,
        size,
        mode,
        owner,
        exe,
        cwd,
        cgroup,
        args,
        envs,
        ancestors,
    })
}

fn take<'a>(bytes: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (now, later) = bytes.split_at_checked(count)?;
    *bytes = later;
    Some(now)
}

fn u32(bytes: &mut &[u8]) -> Option<u32> {
    take(bytes, 4)?.try_into().ok().map(u32::from_ne_bytes)
}

fn u64(bytes: &mut &[u8]) -> Option<u64> {
    take(bytes, 8)?.try_into().ok().map(u64::from_ne_bytes)
}

fn who(bytes: &mut &[u8]) -> Option<Who> {
    let start = u64(bytes)?;
    let pid = u32(bytes)?;
    let _unused = u32(bytes)?;
    Some(Who { pid, ticks: start / TICK })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// An exec record as `bpf/record.h` lays it out.
    fn exec_record() -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut u32s =
            |values: &[u32]| values.iter().for_each(|value| bytes.extend(value.to_ne_bytes()));
        u32s(&[1, 77]);
        u32s(&[5, 0, 3, 0]);
        // The process started at 123 ticks and a bit, the parent at one second.
        u32s(&[1_230_000_001, 0, 77, 0]);
        u32s(&[1_000_000_000, 0, 1, 0]);
        u32s(&[1000, 100]);
        bytes.extend(b"curl\0garbage....");
        let mut u32s =
            |values: &[u32]| values.iter().for_each(|value| bytes.extend(value.to_ne_bytes()));
        u32s(&[1, 2, 3, 4, 5, 6]);
        u32s(&[1 | 128, 0o100_755, 4096, 0, 8, 9]);
        u32s(&[9, 1, 2, 7, 4, 1]);
        bytes.extend(b"/bin/curl" as &[u8]);
        bytes.extend(b"/" as &[u8]);
        bytes.extend(b"/c" as &[u8]);
        bytes.extend(b"curl\0-\0" as &[u8]);
        bytes.extend(b"A=1\0" as &[u8]);
        let mut u32s =
            |values: &[u32]| values.iter().for_each(|value| bytes.extend(value.to_ne_bytes()));
        u32s(&[1_000_000_000, 0, 1, 0]);
        bytes
    }

    #[test]
    fn an_exec_is_read_part_by_part() {
        let bytes = exec_record();
        assert!(Record::parse(&bytes[..bytes.len() - 1]).is_none());
        let Some(Record::Exec(exec)) = Record::parse(&bytes) else { panic!("no exec") };
        assert_eq!(exec.head.process, Who { pid: 77, ticks: 123 });
        assert_eq!((exec.head.time, exec.head.lost, exec.head.uid), (5, 3, 1000));
        assert_eq!(exec.head.comm, b"curl");
        assert_eq!((exec.size, exec.mode, exec.owner), (4096, 0o100_755, (8, 9)));
        assert_eq!(exec.exe, b"/bin/curl");
        assert_eq!((exec.cwd, exec.cgroup), (&b"/"[..], &b"/c"[..]));
        assert_eq!((exec.args, exec.envs), (&b"curl\0-\0"[..], &b"A=1\0"[..]));
        assert!(exec.lacks(Lack::Args) && exec.lacks(Lack::Link) && !exec.lacks(Lack::Envs));
        assert_eq!(exec.ancestors, [Who { pid: 1, ticks: 100 }]);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(0u8..4, 0..400)) {
            let _ = Record::parse(&bytes);
        }
    }
}
