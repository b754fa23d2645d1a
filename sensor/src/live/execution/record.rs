//! The records of a process's programs: the layouts of `bpf/process.h`.

use super::super::record::{Head, Parts, Who};

/// A process has a new program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Exec<'a> {
    pub(in super::super) head: Head,
    /// mnt, pid, uts, ipc, net, cgroup.
    pub(in super::super) namespaces: [u32; 6],
    flags: u32,
    pub(super) size: i64,
    pub(super) mode: u32,
    pub(super) owner: (u32, u32),
    pub(in super::super) exe: &'a [u8],
    pub(in super::super) cwd: &'a [u8],
    pub(in super::super) cgroup: &'a [u8],
    /// Each ends with a zero byte.
    pub(in super::super) args: &'a [u8],
    /// Each ends with a zero byte.
    pub(in super::super) envs: &'a [u8],
    /// The parent first.
    pub(super) ancestors: Vec<Who>,
}

/// What an [`Exec`] lacks: the flags of `process.h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Lack {
    Args = 1 | 8,
    Envs = 2 | 16,
    Ancestors = 4,
    Exe = 32,
    Cwd = 64,
    /// The file that is executed has no name any more.
    Link = 128,
}

impl<'a> Exec<'a> {
    /// Reads what follows the head; `None` where the bytes are none.
    pub(super) fn parse(head: Head, parts: &mut Parts<'a>) -> Option<Exec<'a>> {
        let mut namespaces = [0; 6];
        for namespace in &mut namespaces {
            *namespace = parts.u32()?;
        }
        let (flags, mode) = (parts.u32()?, parts.u32()?);
        let size = parts.u64()? as i64;
        let owner = (parts.u32()?, parts.u32()?);
        let mut lengths = [0; 5];
        for length in &mut lengths {
            *length = parts.u32()? as usize;
        }
        let count = parts.u32()?;
        let mut texts = [&[][..]; 5];
        for (text, length) in texts.iter_mut().zip(lengths) {
            *text = parts.take(length)?;
        }
        let [exe, cwd, cgroup, args, envs] = texts;
        let ancestors = parts.whos(count)?;
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

    pub(in super::super) fn lacks(&self, what: Lack) -> bool {
        self.flags & what as u32 != 0
    }
}

#[cfg(test)]
impl Exec<'static> {
    /// An exec of which little is known.
    pub(in super::super) fn for_tests(head: Head, exe: &'static [u8]) -> Exec<'static> {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{
        super::super::record::{
            Kind,
            bytes::{head, u32s},
        },
        *,
    };

    fn parse(bytes: &[u8]) -> Option<Exec<'_>> {
        let (_, head, mut parts) = Parts::of(bytes)?;
        Exec::parse(head, &mut parts)
    }

    #[test]
    fn an_exec_is_read_part_by_part() {
        let mut bytes = head(Kind::Exec);
        bytes.extend(u32s(&[1, 2, 3, 4, 5, 6]));
        bytes.extend(u32s(&[1 | 128, 0o100_755, 4096, 0, 8, 9]));
        bytes.extend(u32s(&[9, 1, 2, 7, 4, 1]));
        bytes.extend(b"/bin/curl//ccurl\0-\0A=1\0");
        bytes.extend(u32s(&[1_000_000_000, 0, 1, 0]));
        assert!(parse(&bytes[..bytes.len() - 1]).is_none());
        let exec = parse(&bytes).unwrap();
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
            let _ = parse(&bytes);
        }
    }
}
