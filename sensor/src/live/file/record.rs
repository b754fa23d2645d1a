//! The records of acts on files: the layout of `bpf/file.h`.

use reactant_core::event::{Action, ActionSet};

use super::super::record::{Head, Parts, Who};

/// Something was done to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FileAct<'a> {
    pub(super) head: Head,
    pub(super) actions: ActionSet,
    flags: u32,
    pub(super) mode: u32,
    pub(super) owner: (u32, u32),
    pub(super) size: i64,
    pub(super) path: Place<'a>,
    /// Of a rename or a link: the path before it.
    pub(super) other: Place<'a>,
    /// The parent first.
    pub(super) ancestors: Vec<Who>,
}

/// Where a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place<'a> {
    /// The path, or the folder that the name is relative to.
    pub(super) base: &'a [u8],
    /// As the process wrote it; empty where the path is known without it.
    pub(super) name: &'a [u8],
}

/// The flags of `file.h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flag {
    Cut = 1,
    Gone = 2,
    AncestorsCut = 4,
    Status = 8,
    Exchanged = 16,
    Followed = 32,
    Folder = 64,
    Symbolic = 128,
    RootOfAll = 256,
}

impl<'a> FileAct<'a> {
    /// Reads what follows the head; `None` where the bytes are none.
    pub(super) fn parse(head: Head, parts: &mut Parts<'a>) -> Option<FileAct<'a>> {
        let bits = parts.u32()?;
        let actions = Action::ALL.iter().copied().filter(|action| bits & 1 << *action as u32 != 0);
        let (flags, mode) = (parts.u32()?, parts.u32()?);
        let owner = (parts.u32()?, parts.u32()?);
        let _unused = parts.u32()?;
        let size = parts.u64()? as i64;
        let mut lengths = [0; 4];
        for length in &mut lengths {
            *length = parts.u32()? as usize;
        }
        let count = parts.u32()?;
        let _unused = parts.u32()?;
        let mut texts = [&[][..]; 4];
        for (text, length) in texts.iter_mut().zip(lengths) {
            *text = parts.take(length)?;
        }
        let [base, name, other_base, other_name] = texts;
        Some(FileAct {
            head,
            actions: actions.collect(),
            flags,
            mode,
            owner,
            size,
            path: Place { base, name },
            other: Place { base: other_base, name: other_name },
            ancestors: parts.whos(count)?,
        })
    }

    pub(super) fn is(&self, flag: Flag) -> bool {
        self.flags & flag as u32 != 0
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

    fn parse(bytes: &[u8]) -> Option<FileAct<'_>> {
        let (_, head, mut parts) = Parts::of(bytes)?;
        FileAct::parse(head, &mut parts)
    }

    #[test]
    fn an_act_is_read_part_by_part() {
        let mut bytes = head(Kind::File);
        bytes.extend(u32s(&[1 << 8, 1 | 16, 0o100_644, 8, 9, 0, 4096, 0]));
        bytes.extend(u32s(&[4, 2, 5, 1, 1, 0]));
        bytes.extend(b"/tmpto/home-");
        bytes.extend(u32s(&[1_000_000_000, 0, 1, 0]));
        assert!(parse(&bytes[..bytes.len() - 1]).is_none());
        let act = parse(&bytes).unwrap();
        assert_eq!(act.actions, ActionSet::from_iter([Action::Rename]));
        assert_eq!((act.mode, act.owner, act.size), (0o100_644, (8, 9), 4096));
        assert_eq!(act.path, Place { base: b"/tmp", name: b"to" });
        assert_eq!(act.other, Place { base: b"/home", name: b"-" });
        assert!(act.is(Flag::Cut) && act.is(Flag::Exchanged) && !act.is(Flag::Gone));
        assert_eq!(act.ancestors, [Who { pid: 1, ticks: 100 }]);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(0u8..4, 0..400)) {
            let _ = parse(&bytes);
        }
    }
}
