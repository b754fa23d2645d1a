//! A program that a process runs: its file, its arguments and its environment, bounded.

use std::sync::Arc;

use super::execution::{Exec, Lack};

/// What is remembered of the arguments, and of the environment, once the event of the exec is gone, in bytes each.
const KEPT: usize = 2 << 10;

/// Texts of the kernel's, each ending with a zero byte, in which nothing need be UTF-8.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Texts {
    bytes: Box<[u8]>,
    /// Whether there are more than these.
    pub(super) cut: bool,
}

impl Texts {
    pub(super) fn new(bytes: &[u8], cut: bool) -> Texts {
        Texts { bytes: bytes.into(), cut }
    }

    /// The first ones, as far as there is room.
    fn kept(&self) -> Texts {
        match self.bytes.get(..KEPT) {
            Some(first) => Texts::new(first, self.cut || self.bytes.len() > KEPT),
            None => self.clone(),
        }
    }

    /// One after another.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let bytes = self.bytes.strip_suffix(b"\0").unwrap_or(&self.bytes);
        let none = self.bytes.is_empty();
        bytes.split(|byte| *byte == 0).filter(move |_| !none)
    }
}

/// A program.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Image {
    pub(super) exe: Vec<u8>,
    /// Whether the path is only the end of it.
    pub(super) exe_cut: bool,
    /// The program's name first.
    pub(super) args: Texts,
    pub(super) envs: Texts,
}

impl Image {
    /// All that an exec brought.
    pub(super) fn of(exec: &Exec<'_>) -> Image {
        Image {
            exe: exec.exe.to_vec(),
            exe_cut: exec.lacks(Lack::Exe),
            args: Texts::new(exec.args, exec.lacks(Lack::Args)),
            envs: Texts::new(exec.envs, exec.lacks(Lack::Envs)),
        }
    }

    /// What of it is remembered.
    pub(super) fn kept(&self) -> Arc<Image> {
        Arc::new(Image {
            exe: self.exe.clone(),
            exe_cut: self.exe_cut,
            args: self.args.kept(),
            envs: self.envs.kept(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_end_with_a_zero_byte_each() {
        let texts =
            |bytes: &[u8]| Texts::new(bytes, false).iter().map(<[u8]>::to_vec).collect::<Vec<_>>();
        assert_eq!(texts(b"sh\0-c\0\0"), [&b"sh"[..], b"-c", b""]);
        assert_eq!(texts(b"\0"), [b""]);
        assert_eq!(texts(b"cut"), [b"cut"]);
        assert!(texts(b"").is_empty());
    }

    #[test]
    fn what_is_remembered_is_bounded_and_says_so() {
        let long = vec![b'x'; 3 * KEPT];
        let image = Image { args: Texts::new(&long, false), ..Image::default() }.kept();
        assert!(image.args.cut && image.args.bytes.len() == KEPT && !image.envs.cut);
    }
}
