//! What the kernel's programs hand over: what all records have in common, from bytes to values. `bpf/record.h` has the layout; the module of each
//! subject reads what follows.

/// What a record is about: `enum kind` of `bpf/record.h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Exec = 1,
    Fork = 2,
    Exit = 3,
    File = 4,
    Flow = 5,
    Names = 6,
}

impl Kind {
    pub(super) const ALL: [Kind; 6] =
        [Kind::Exec, Kind::Fork, Kind::Exit, Kind::File, Kind::Flow, Kind::Names];

    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Exec => "exec",
            Kind::Fork => "fork",
            Kind::Exit => "exit",
            Kind::File => "file",
            Kind::Flow => "flow",
            Kind::Names => "names",
        }
    }
}

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

/// What is left of a record.
#[derive(Debug, Clone)]
pub(super) struct Parts<'a>(&'a [u8]);

impl<'a> Parts<'a> {
    /// Reads the beginning of a record; `None` where the bytes are none.
    pub(super) fn of(record: &'a [u8]) -> Option<(Kind, Head, Parts<'a>)> {
        let mut parts = Parts(record);
        let number = parts.u32()?;
        let kind = Kind::ALL.into_iter().find(|kind| *kind as u32 == number)?;
        let _thread = parts.u32()?;
        let (time, lost) = (parts.u64()?, parts.u64()?);
        let (process, parent) = (parts.who()?, parts.who()?);
        let (uid, gid) = (parts.u32()?, parts.u32()?);
        let comm = parts.take(16)?;
        let end = comm.iter().position(|byte| *byte == 0).unwrap_or(comm.len());
        let comm = comm[..end].to_vec();
        Some((kind, Head { time, lost, process, parent, uid, gid, comm }, parts))
    }

    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (now, later) = self.0.split_at_checked(count)?;
        self.0 = later;
        Some(now)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.take(4)?.try_into().ok().map(u32::from_ne_bytes)
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        self.take(8)?.try_into().ok().map(u64::from_ne_bytes)
    }

    pub(super) fn who(&mut self) -> Option<Who> {
        let start = self.u64()?;
        let pid = self.u32()?;
        let _unused = self.u32()?;
        Some(Who { pid, ticks: start / TICK })
    }

    /// So many processes.
    pub(super) fn whos(&mut self, count: u32) -> Option<Vec<Who>> {
        (0..count).map(|_| self.who()).collect()
    }
}

/// Records for tests, as the programs lay them out.
#[cfg(test)]
pub(super) mod bytes {
    use super::Kind;

    /// Numbers of 32 bits.
    pub(in super::super) fn u32s(values: &[u32]) -> Vec<u8> {
        values.iter().flat_map(|value| value.to_ne_bytes()).collect()
    }

    /// A head: process 77 of user 1000 started at 123 ticks and a bit, its parent 1 at one second; at time 5, after 3 that were lost.
    pub(in super::super) fn head(kind: Kind) -> Vec<u8> {
        let mut bytes = u32s(&[kind as u32, 77, 5, 0, 3, 0, 1_230_000_001, 0, 77, 0]);
        bytes.extend(u32s(&[1_000_000_000, 0, 1, 0, 1000, 100]));
        bytes.extend(b"curl\0garbage....");
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_says_who_acts() {
        let bytes = bytes::head(Kind::Exit);
        assert!(Parts::of(&bytes[..bytes.len() - 1]).is_none());
        let (kind, head, parts) = Parts::of(&bytes).unwrap();
        assert_eq!((kind, parts.0), (Kind::Exit, &[][..]));
        assert_eq!(head.process, Who { pid: 77, ticks: 123 });
        assert_eq!(head.parent, Who { pid: 1, ticks: 100 });
        assert_eq!((head.time, head.lost, head.uid, head.gid), (5, 3, 1000, 100));
        assert_eq!(head.comm, b"curl");
    }
}
