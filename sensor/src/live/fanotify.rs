//! fanotify(7) groups: what libraries lack is a few calls and a parser of their records.
#![allow(unsafe_code, reason = "makes groups and marks, and takes over the descriptors of events")]

use std::{
    ffi::CStr,
    io,
    os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd},
};

/// Where events come from, and answers go to. When the last descriptor of a group is closed, the kernel lets everything happen that waits for an answer.
#[derive(Debug)]
pub(super) struct Group(OwnedFd);

/// An event. What it opened is closed with it.
#[derive(Debug)]
pub(super) struct Event {
    /// `FAN_…`
    pub(super) mask: u64,
    /// The process, in the reader's namespace; 0 where it is in none that the reader sees.
    pub(super) pid: u32,
    /// What it is about; absent where the group names files otherwise, and after an overflow.
    pub(super) file: Option<OwnedFd>,
    /// The process; absent where it is gone.
    pub(super) pidfd: Option<OwnedFd>,
}

/// What read(2) fills. It bounds how many descriptors one call opens: two for each record of at least 24 bytes.
pub(super) type Buffer = [u8; 4096];

impl Group {
    /// fanotify_init(2).
    pub(super) fn new(flags: u32, event_flags: i32) -> io::Result<Group> {
        let flags = flags | libc::FAN_CLOEXEC | libc::FAN_NONBLOCK;
        // SAFETY: the call takes no pointers.
        let fd = unsafe { libc::fanotify_init(flags, event_flags as u32) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the kernel has just made this descriptor for us.
        Ok(Group(unsafe { OwnedFd::from_raw_fd(fd) }))
    }

    /// fanotify_mark(2).
    pub(super) fn mark(&self, flags: u32, mask: u64, path: &CStr) -> io::Result<()> {
        // SAFETY: the path ends in NUL and lives through the call.
        let result = unsafe {
            libc::fanotify_mark(self.0.as_raw_fd(), flags, mask, libc::AT_FDCWD, path.as_ptr())
        };
        if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
    }

    /// Hands over what there is, and gives how many events that were; 0 where there is none.
    pub(super) fn read(
        &self,
        buffer: &mut Buffer,
        mut take: impl FnMut(Event),
    ) -> io::Result<usize> {
        let length = match rustix::io::read(&self.0, &mut *buffer) {
            Ok(length) => length,
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => return Ok(0),
            Err(errno) => return Err(errno.into()),
        };
        let mut rest = &buffer[..length];
        let mut count = 0;
        while !rest.is_empty() {
            let (record, behind) = Record::parse(rest)
                .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "another version"))?;
            // SAFETY: the kernel put these descriptors into this process's table for this record, which is looked at once.
            let own = |fd: RawFd| (fd >= 0).then(|| unsafe { OwnedFd::from_raw_fd(fd) });
            take(Event {
                mask: record.mask,
                pid: record.pid,
                file: own(record.file),
                pidfd: own(record.pidfd),
            });
            count += 1;
            rest = behind;
        }
        Ok(count)
    }

    /// Answers an event, which its file tells from others.
    pub(super) fn answer(&self, file: BorrowedFd<'_>, allow: bool) -> io::Result<()> {
        let response = if allow { libc::FAN_ALLOW } else { libc::FAN_DENY };
        // `struct fanotify_response`: two numbers.
        let mut bytes = [0; 8];
        bytes[..4].copy_from_slice(&file.as_raw_fd().to_ne_bytes());
        bytes[4..].copy_from_slice(&response.to_ne_bytes());
        rustix::io::write(&self.0, &bytes)?;
        Ok(())
    }
}

impl AsFd for Group {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// `struct fanotify_event_metadata` and what follows it.
#[derive(Debug, PartialEq, Eq)]
struct Record {
    mask: u64,
    pid: u32,
    file: RawFd,
    pidfd: RawFd,
}

impl Record {
    /// The first record, and what is behind it.
    fn parse(bytes: &[u8]) -> Option<(Record, &[u8])> {
        const METADATA: usize = 24;
        let u32_at = |at: usize| bytes.get(at..at + 4)?.try_into().ok().map(u32::from_ne_bytes);
        let u16_at = |at: usize| bytes.get(at..at + 2)?.try_into().ok().map(u16::from_ne_bytes);
        let length = u32_at(0)? as usize;
        let metadata = usize::from(u16_at(6)?);
        let fits = *bytes.get(4)? == libc::FANOTIFY_METADATA_VERSION
            && (METADATA..=length).contains(&metadata)
            && length <= bytes.len();
        if !fits {
            return None;
        }
        let mut record = Record {
            mask: bytes.get(8..16)?.try_into().ok().map(u64::from_ne_bytes)?,
            file: u32_at(16)? as RawFd,
            pid: u32_at(20)?,
            pidfd: -1,
        };
        let mut at = metadata;
        while at < length {
            // `struct fanotify_event_info_header`: type, padding, length.
            let (kind, size) = (*bytes.get(at)?, usize::from(u16_at(at + 2)?));
            if size < 4 || at + size > length {
                return None;
            }
            if kind == libc::FAN_EVENT_INFO_TYPE_PIDFD {
                record.pidfd = u32_at(at + 4)? as RawFd;
            }
            at += size;
        }
        Some((record, &bytes[length..]))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn record(length: u32, infos: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        bytes.extend(length.to_ne_bytes());
        bytes.extend([libc::FANOTIFY_METADATA_VERSION, 0]);
        bytes.extend(24_u16.to_ne_bytes());
        bytes.extend(libc::FAN_OPEN_PERM.to_ne_bytes());
        bytes.extend(7_i32.to_ne_bytes());
        bytes.extend(4242_u32.to_ne_bytes());
        bytes.extend(infos);
        bytes
    }

    #[test]
    fn a_record_says_what_who_and_how() {
        let mut infos = vec![libc::FAN_EVENT_INFO_TYPE_PIDFD, 0];
        infos.extend(8_u16.to_ne_bytes());
        infos.extend(9_i32.to_ne_bytes());
        let mut bytes = record(32, &infos);
        bytes.extend(record(24, &[]));
        let (first, rest) = Record::parse(&bytes).unwrap();
        let want = Record { mask: libc::FAN_OPEN_PERM, pid: 4242, file: 7, pidfd: 9 };
        assert_eq!(first, want);
        let (second, rest) = Record::parse(rest).unwrap();
        assert_eq!((second.pidfd, rest.len()), (-1, 0));
    }

    #[test]
    fn records_that_do_not_fit_are_none() {
        let good = record(24, &[]);
        assert!(Record::parse(&good[..23]).is_none(), "cut");
        let mut version = good.clone();
        version[4] += 1;
        assert!(Record::parse(&version).is_none(), "another version");
        assert!(Record::parse(&record(28, &[4, 0, 3, 0])).is_none(), "an info without a length");
        assert!(Record::parse(&record(28, &[4, 0, 9, 0])).is_none(), "an info beyond the end");
        assert!(Record::parse(&record(20, &[])).is_none(), "shorter than its beginning");
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(0u8..40, 0..200)) {
            let mut rest: &[u8] = &bytes;
            while let Some((_, behind)) = Record::parse(rest) {
                prop_assert!(behind.len() < rest.len());
                rest = behind;
            }
        }
    }
}
