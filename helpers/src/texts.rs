//! The texts that reach scripts through `Errno()`: scripts, other languages' corpora and operators compare them, so they are stable.
//!
//! | where | texts |
//! |---|---|
//! | any helper | `permission denied: HELPER needs capability CAPABILITY`, and ` for PATH` behind it where the grant does not reach the path |
//! | `Data…` | those of [`StoreError`](crate::store::StoreError) |
//! | an argument | ``HELPER: parameter `NAME` takes WHAT, got WHAT`` |
//! | a recipe with `on_loss: skip_destructive` | `HELPER: refused on incomplete evidence: N events were lost`, `N reactions were dropped` |
//! | a time | ``HELPER: `seconds` must be 1 to 31536000, got N``, `the block ends after the last time that can be told` |
//! | a path | `PATH: ` and then: what the system answered (`no such file or directory`, `permission denied by the system`, `is a directory`, `not a directory`, `too many symbolic links`, `read-only file system`, `no space left on device` …), `the path is not absolute`, ``the path has a `..` in it``, `the path holds a NUL`, `the path is too long`, `a symbolic link in a directory that others can write is not followed`, `is a symbolic link, which is not followed here`, `is not a regular file`, `has several links in a directory that others can write`, `the file has more than 1048576 bytes`, ``nothing is written through `/proc`, `/sys` or `/dev` ``, `the runtime's own process is not looked into`, ``protected by the pattern `PATTERN` ``, `only N of N bytes could be written`, `its time of modification is no date` |
//! | `CreateTempDir` | ``the pattern `PATTERN` is not one path component that ends in its only `*` `` |
//! | `RemoveDir` | `PATH: ` and then: ``only directories below `/tmp` are removed``, `leads over a symbolic link, which is not followed here`, `another file system is mounted there`, `the directory is nested too deep to be removed`; or [`OUT_OF_TIME`] |
//! | `Kill…` | [`ALREADY_EXITED`], [`NOT_YET_GONE`], `pid 1 is never killed`, `pid N is below N: never killed`, `pid N is protected`, ``pid N is protected: its executable matches `PATTERN` ``, `pid N has no start time in the event, it may be another process by now`, `the event names no process`, `the event names no parent`, `the parent, pid N, is not in the event's ancestry`, `N is no pid`; for real also `pid N is a thread: only whole processes are killed`, `pid N is a kernel thread: never killed`, `pid N is the runtime: never killed`, `pid N is an ancestor of the runtime: never killed`, `pid N started at TIME, not before the event: it is another process`, `pid N may be protected: its executable cannot be told (…)`, `pid N cannot be looked at: …`, `pid N: ` and what the system answered |
//! | `NetBlock…` | [`ALREADY_BLOCKED`], `WHAT is never blocked: ` and why, ```TEXT` is no address or CIDR``, ```TEXT` is no domain name``, `the event has no remote address`, `the event has no remote name`, `no remote address of the event can be blocked: ` and the first reason |
//! | `NetUnblock…` | [`NOT_BLOCKED`], `still blocked by RECIPE, RECIPE (WIDER NETWORK)` |
//! | `PowerOff` `Panic` | [`DISARMED`] |
//! | `Deny` | [`NO_VERDICT`]; for real also [`NOBODY_WAITS`], `too late: what was asked was allowed already` |
//! | `NetBlock…` where nothing was given to block with | [`NOT_FOR_REAL`] |
//! | `NetBlock…` and `NetUnblock…` for real | [`ADDRESSES_ONLY`], [`TOO_MANY_REAL_BLOCKS`], [`UNKNOWN_HOST`] or [`NOT_NOTED`] and what the system answered, `nftables: ` and what it answered |
//! | `NetBlockDomain` for real | `NAME is never blocked: it leads to ADDRESS: ` and why that is never blocked, `names: ` and what the system answered |
//! | in a dry run | `PATH: ` and [`OVERLAY_FULL`], [`TOO_MANY_KILLED`], [`TOO_MANY_BLOCKS`] |

use std::fmt::Write as _;

use rustix::io::Errno;

use reactant_core::helper::Failure;

/// A status of 1 from a kill: the process has gone.
pub const ALREADY_EXITED: &str = "already exited";
/// A kill that its process outlasted: it goes as soon as it can.
pub const NOT_YET_GONE: &str = "signalled, not yet gone";
/// A status of 1 from a block.
pub const ALREADY_BLOCKED: &str = "already blocked";
/// A status of 1 from an unblock: there was nothing to end.
pub const NOT_BLOCKED: &str = "not blocked";
/// What a build simulates only.
pub const NOT_FOR_REAL: &str =
    "nothing was given to block with: blocks are simulated in a dry run and refused otherwise";
/// `PowerOff` and `Panic` without `emergency: armed`.
pub const DISARMED: &str = "refused: the configuration does not say `emergency: armed`";
/// `Deny` in a recipe without `when: before`.
pub const NO_VERDICT: &str = "refused: only a recipe with `when: before` can deny";
/// `Deny` for what has happened already, as in a recording.
pub const NOBODY_WAITS: &str = "too late: nobody waits for an answer";
/// What a dry run writes lies in memory.
pub const OVERLAY_FULL: &str = "no space left: a dry run keeps at most 256 MiB of files";
/// So do the processes that it killed.
pub const TOO_MANY_KILLED: &str = "a dry run kills at most 1048576 processes";
/// And its blocks.
pub const TOO_MANY_BLOCKS: &str = "a dry run holds at most 1048576 blocks";
/// A name given to what blocks addresses.
pub const ADDRESSES_ONLY: &str = "this blocks addresses only, and no names";
/// The leases of the real blocks lie in memory, too.
pub const TOO_MANY_REAL_BLOCKS: &str = "there are 1048576 blocks already, no more are possible";
/// Without knowing what the machine needs, nothing is blocked.
pub const UNKNOWN_HOST: &str = "not blocked: the machine's own addresses cannot be read";
/// A block that a crash would forget is none.
pub const NOT_NOTED: &str = "not blocked: its lease cannot be written";
/// The deadline came while something was being done.
pub const OUT_OF_TIME: &str = "the reaction's time was over before it was done";

/// What the journal says of an act in which the runtime itself failed.
pub(crate) const FAILED_INSIDE: &str = "it failed inside, maybe after it was done";

/// What the kernel answered, in words that no locale and no C library changes.
pub(crate) fn system(errno: Errno) -> String {
    let text = match errno {
        Errno::NOENT => "no such file or directory",
        Errno::ACCESS => "permission denied by the system",
        Errno::PERM => "operation not permitted by the system",
        Errno::NOTDIR => "not a directory",
        Errno::ISDIR => "is a directory",
        Errno::LOOP => "too many symbolic links",
        Errno::EXIST => "exists already",
        Errno::NOTEMPTY => "directory not empty",
        Errno::NAMETOOLONG => "name too long",
        Errno::NOSPC => "no space left on device",
        Errno::DQUOT => "disk quota exceeded",
        Errno::ROFS => "read-only file system",
        Errno::BUSY => "in use",
        Errno::MFILE | Errno::NFILE => "too many open files",
        Errno::AGAIN => "not readable without waiting",
        Errno::IO => "input/output error",
        other => return format!("system error {}", other.raw_os_error()),
    };
    text.to_owned()
}

/// A failure about a path.
pub(crate) fn path(path: impl AsRef<[u8]>, what: impl AsRef<str>) -> Failure {
    Failure(format!("{}: {}", shown(&String::from_utf8_lossy(path.as_ref())), what.as_ref()))
}

/// A kernel's answer about a path.
pub(crate) fn path_system(at: impl AsRef<[u8]>, errno: Errno) -> Failure {
    path(at, system(errno))
}

/// Whether a terminal or a viewer would act on the character instead of showing it: C0 and C1 controls, line and paragraph
/// separators, and the bidirectional controls (Unicode TR 9, 2).
pub(crate) fn acts(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Writes a character, escaped where it [`acts`].
pub(crate) fn push_shown(out: &mut String, c: char) {
    match c {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        c if acts(c) => drop(write!(out, "\\u{{{:x}}}", u32::from(c))),
        c => out.push(c),
    }
}

/// Text from an event or a script as a message shows it: escaped, and not longer than a line or two.
pub(crate) fn shown(text: &str) -> String {
    const LONGEST: usize = 256;
    let mut out = String::new();
    for c in text.chars() {
        if out.len() >= LONGEST {
            out.push('…');
            break;
        }
        push_shown(&mut out, c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_are_shown_harmless() {
        assert_eq!(
            shown("/tmp/\u{1b}[2J\n\u{9b}\u{202e}ä\\"),
            "/tmp/\\u{1b}[2J\\n\\u{9b}\\u{202e}ä\\"
        );
        assert_eq!(shown(&"x".repeat(300)).chars().count(), 257);
        assert_eq!(path(b"/a\xff", "why").0, "/a\u{fffd}: why");
    }
}
