//! System calls as they are, without a library between.
#![allow(unsafe_code, reason = "a system call by its number")]

use std::{
    ffi::{CString, OsStr},
    fs::File,
    io,
    os::{fd::AsRawFd, unix::ffi::OsStrExt},
    path::Path,
};

/// A system call by its number; panics where it fails.
pub(crate) fn call(number: libc::c_long, arguments: [i64; 6]) -> i64 {
    let [a, b, c, d, e, f] = arguments;
    // SAFETY: the tests pass numbers, and addresses of what lives as long as the call.
    let result = unsafe { libc::syscall(number, a, b, c, d, e, f) };
    assert!(result >= 0, "system call {number}: {}", io::Error::last_os_error());
    result
}

/// The same as a 32-bit program does it; gives what the kernel does.
#[cfg(target_arch = "x86_64")]
pub(crate) fn call_32(number: i32, first: i32, second: i32, third: i32) -> i32 {
    let result: i32;
    // SAFETY: as above; the gate keeps all registers but the result, and r8 to r11, which it may clear.
    unsafe {
        std::arch::asm!(
            "push rbx", "mov ebx, {first:e}", "int 0x80", "pop rbx",
            first = in(reg) first,
            inlateout("eax") number => result, in("ecx") second, in("edx") third,
            out("r8") _, out("r9") _, out("r10") _, out("r11") _,
        );
    }
    result
}

/// A text for the kernel.
pub(crate) fn text(path: impl AsRef<OsStr>) -> CString {
    CString::new(path.as_ref().as_bytes()).unwrap()
}

/// The address of it.
pub(crate) fn address(text: &CString) -> i64 {
    text.as_ptr() as i64
}

pub(crate) fn number(file: &File) -> i64 {
    file.as_raw_fd().into()
}

/// Opens by the path and these flags.
pub(crate) fn open(path: &Path, flags: i32) -> File {
    use std::os::fd::FromRawFd;
    let path = text(path);
    let descriptor =
        call(libc::SYS_openat, [libc::AT_FDCWD.into(), address(&path), flags.into(), 0o640, 0, 0]);
    // SAFETY: it was just opened, and nobody else has it.
    unsafe { File::from_raw_fd(descriptor as i32) }
}
