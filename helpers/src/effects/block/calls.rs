//! Calls of bpf(2) that aya does not make: many entries of a map in one call (which tries take since Linux 5.13), and where a link is attached.
#![allow(
    unsafe_code,
    reason = "aya has no such calls, and the kernel takes what they need by address"
)]

use std::{ffi::CString, io, os::unix::ffi::OsStrExt, path::Path};

use rustix::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

/// `enum bpf_cmd`.
const OPEN: libc::c_int = 7;
const INFO: libc::c_int = 15;
const LOOKUP: libc::c_int = 24;
const UPDATE: libc::c_int = 26;
const DELETE: libc::c_int = 27;

/// Entries of one call: the kernel does them all before it looks whether somebody waits.
const TOGETHER: usize = 4096;

/// `union bpf_attr` as these calls read it.
#[repr(C)]
#[derive(Default)]
struct Request {
    in_batch: u64,
    out_batch: u64,
    keys: u64,
    values: u64,
    count: u32,
    map: u32,
    element_flags: u64,
    flags: u64,
}

/// Sets entries.
///
/// # Errors
///
/// What the kernel answered; some may be set.
pub(super) fn update<K: aya::Pod, V: aya::Pod>(
    map: BorrowedFd<'_>,
    keys: &[K],
    values: &[V],
) -> io::Result<()> {
    for (keys, values) in keys.chunks(TOGETHER).zip(values.chunks(TOGETHER)) {
        let mut request = Request {
            keys: keys.as_ptr() as u64,
            values: values.as_ptr() as u64,
            count: keys.len().min(values.len()) as u32,
            ..Request::default()
        };
        // SAFETY: both addresses lead to `count` whole keys and values, which live longer than the call and are only read by it.
        unsafe { call(UPDATE, map, &mut request) }?;
    }
    Ok(())
}

/// Removes entries, which all have to be there.
///
/// # Errors
///
/// What the kernel answered; some may be removed.
pub(super) fn delete<K: aya::Pod>(map: BorrowedFd<'_>, keys: &[K]) -> io::Result<()> {
    for keys in keys.chunks(TOGETHER) {
        let mut request =
            Request { keys: keys.as_ptr() as u64, count: keys.len() as u32, ..Request::default() };
        // SAFETY: the address leads to `count` whole keys, which live longer than the call and are only read by it.
        unsafe { call(DELETE, map, &mut request) }?;
    }
    Ok(())
}

/// All entries.
///
/// # Errors
///
/// What the kernel answered.
pub(super) fn entries<K: aya::Pod, V: aya::Pod>(
    map: BorrowedFd<'_>,
    empty: (K, V),
) -> io::Result<Vec<(K, V)>> {
    let (mut keys, mut values) = (vec![empty.0; TOGETHER], vec![empty.1; TOGETHER]);
    let (mut found, mut place) = (Vec::new(), None);
    loop {
        let mut next = empty.0;
        let mut request = Request {
            in_batch: place.as_ref().map_or(0, |place: &K| std::ptr::from_ref(place) as u64),
            out_batch: std::ptr::from_mut(&mut next) as u64,
            keys: keys.as_mut_ptr() as u64,
            values: values.as_mut_ptr() as u64,
            count: TOGETHER as u32,
            ..Request::default()
        };
        // SAFETY: `keys` and `values` have room for `count` whole ones, `in_batch` and `out_batch` lead to one key each, and any bytes are a key and
        // a value: they are `Pod`. All live longer than the call.
        let done = unsafe { call(LOOKUP, map, &mut request) };
        let is_last = match done {
            Err(error) if error.raw_os_error() == Some(libc::ENOENT) => true,
            other => other.map(|()| false)?,
        };
        let count = (request.count as usize).min(TOGETHER);
        found.extend(keys[..count].iter().copied().zip(values[..count].iter().copied()));
        if is_last {
            return Ok(found);
        }
        place = Some(next);
    }
}

/// The cgroup that a pinned link is attached to, by its number; `None` for one that is attached to none any more.
///
/// # Errors
///
/// What the kernel answered; [`io::ErrorKind::NotFound`] where nothing is pinned.
pub(super) fn cgroup_of(pin: &Path) -> io::Result<Option<u64>> {
    /// `union bpf_attr` as these two calls read it.
    #[repr(C)]
    #[derive(Default)]
    struct Open {
        path: u64,
        fd: u32,
        flags: u32,
    }
    #[repr(C)]
    #[derive(Default)]
    struct Info {
        fd: u32,
        length: u32,
        info: u64,
    }
    /// `struct bpf_link_info` of a cgroup.
    #[repr(C)]
    #[derive(Default)]
    struct Link {
        kind: u32,
        id: u32,
        program: u32,
        _unused: u32,
        cgroup: u64,
        attach: u32,
        _rest: u32,
    }
    let path = CString::new(pin.as_os_str().as_bytes())?;
    let request = Open { path: path.as_ptr() as u64, ..Open::default() };
    // SAFETY: the request is one of this command, and leads to a text with an end that lives longer than the call.
    let fd = unsafe {
        libc::syscall(libc::SYS_bpf, OPEN, std::ptr::from_ref(&request), size_of::<Open>())
    };
    let fd = i32::try_from(fd).ok().filter(|fd| *fd >= 0).ok_or_else(io::Error::last_os_error)?;
    // SAFETY: the kernel has just opened it for this call, and nobody else knows it.
    let link = unsafe { OwnedFd::from_raw_fd(fd) };
    let mut about = Link::default();
    let request = Info {
        fd: link.as_raw_fd().cast_unsigned(),
        length: size_of::<Link>() as u32,
        info: std::ptr::from_mut(&mut about) as u64,
    };
    // SAFETY: the request is one of this command, and leads to as many bytes as it says, which any bytes may fill.
    let result = unsafe {
        libc::syscall(libc::SYS_bpf, INFO, std::ptr::from_ref(&request), size_of::<Info>())
    };
    if result != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok((about.cgroup != 0).then_some(about.cgroup))
}

/// # Safety
///
/// The addresses of the request lead to what the command reads and writes there.
unsafe fn call(command: libc::c_int, map: BorrowedFd<'_>, request: &mut Request) -> io::Result<()> {
    request.map = map.as_raw_fd().cast_unsigned();
    let (address, size) = (std::ptr::from_mut(request), size_of::<Request>());
    // SAFETY: as this function demands; the request itself is one, and as long as is said.
    let result = unsafe { libc::syscall(libc::SYS_bpf, command, address, size) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
