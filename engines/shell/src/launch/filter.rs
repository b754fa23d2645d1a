//! The system calls that a confined script is refused (`seccomp(2)`, with the instructions of `linux/filter.h`).
//!
//! A network namespace and a read-only file system do not keep a process from the sockets of this machine's services, which are reached by a path. So
//! no socket can be made at all, nor in the ways around that; pairs of sockets and pipes can.

use std::io;

use libc::sock_filter;

#[cfg(target_arch = "x86_64")]
const ARCHITECTURE: Option<u32> = Some(0xC000_003E);
#[cfg(target_arch = "aarch64")]
const ARCHITECTURE: Option<u32> = Some(0xC000_00B7);
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
const ARCHITECTURE: Option<u32> = None;

/// What makes a socket or asks the kernel to, and what makes namespaces, mounts or programs of the kernel.
const REFUSED: [libc::c_long; 19] = [
    libc::SYS_socket,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_add_key,
    libc::SYS_keyctl,
    libc::SYS_ptrace,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_fsopen,
    libc::SYS_fsmount,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_mount_setattr,
];

/// The flags of `clone(2)` that make namespaces: mount, cgroup, UTS, IPC, user, PID and network.
const NAMESPACES: u32 = 0x7E02_0000;

/// A filter program.
#[derive(Debug)]
pub(super) struct Filter(Vec<sock_filter>);

impl Filter {
    /// Builds it.
    ///
    /// # Errors
    ///
    /// On an architecture whose system calls it does not know.
    pub(super) fn new() -> io::Result<Filter> {
        const LOAD: u16 = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
        const EQUAL: u16 = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
        const AT_LEAST: u16 = (libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K) as u16;
        const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;
        /// `struct seccomp_data`: the number of the call, then the architecture.
        const NUMBER: u32 = 0;
        const OF: u32 = 4;
        /// The lower half of the first argument, on processors that store it first, as those above do.
        const FIRST: u32 = 16;
        const ANY_OF: u16 = (libc::BPF_JMP | libc::BPF_JSET | libc::BPF_K) as u16;
        /// The bit of the x32 calls, which no architecture's own calls have.
        const X32: u32 = 0x4000_0000;
        let Some(architecture) = ARCHITECTURE else {
            return Err(io::Error::other("no filter of system calls for this processor"));
        };
        let to = |code, k, jt, jf| sock_filter { code, jt, jf, k };
        let refuse = |errno: i32| to(RETURN, libc::SECCOMP_RET_ERRNO | errno as u32, 0, 0);
        let mut program = vec![
            to(LOAD, OF, 0, 0),
            to(EQUAL, architecture, 1, 0),
            refuse(libc::ENOSYS),
            to(LOAD, NUMBER, 0, 0),
            to(AT_LEAST, X32, 0, 1),
            refuse(libc::ENOSYS),
        ];
        for call in REFUSED {
            program.push(to(EQUAL, call as u32, 0, 1));
            program.push(refuse(libc::EACCES));
        }
        // Its flags lie in memory, which no filter can read; a C library that is told it is absent uses `clone`.
        program.push(to(EQUAL, libc::SYS_clone3 as u32, 0, 1));
        program.push(refuse(libc::ENOSYS));
        program.extend([
            to(EQUAL, libc::SYS_clone as u32, 0, 3),
            to(LOAD, FIRST, 0, 0),
            to(ANY_OF, NAMESPACES, 0, 1),
            refuse(libc::EACCES),
        ]);
        program.push(to(RETURN, libc::SECCOMP_RET_ALLOW, 0, 0));
        Ok(Filter(program))
    }

    /// As the system call takes it; valid as long as the filter lives.
    pub(super) fn program(&self) -> libc::sock_fprog {
        libc::sock_fprog { len: self.0.len() as u16, filter: self.0.as_ptr().cast_mut() }
    }
}
