//! Many entries of a kernel's map in one call (bpf(2): `BPF_MAP_UPDATE_BATCH` and its like, which tries take since Linux 5.13).
#![allow(
    unsafe_code,
    reason = "aya has no calls for many entries, and the kernel takes them by address"
)]

use std::io;

use rustix::fd::{AsRawFd, BorrowedFd};

/// `enum bpf_cmd`.
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

/// # Safety
///
/// The addresses of the request lead to what the command reads and writes there.
unsafe fn call(command: libc::c_int, map: BorrowedFd<'_>, request: &mut Request) -> io::Result<()> {
    request.map = map.as_raw_fd().cast_unsigned();
    let (address, size) = (std::ptr::from_mut(request), std::mem::size_of::<Request>());
    // SAFETY: as this function demands; the request itself is one, and as long as is said.
    let result = unsafe { libc::syscall(libc::SYS_bpf, command, address, size) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
