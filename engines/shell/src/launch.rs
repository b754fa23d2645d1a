//! Starting a script in a world of its own, and ending it with all that it started.
//!
//! This and the modules below are the only ones with `unsafe` in them: a process is cloned here, because nothing in the standard library makes one in
//! new namespaces, and none may be reaped by anybody else.

#![allow(unsafe_code, reason = "clones a process, sets it up, and waits for it")]

mod child;
mod filter;
mod order;

use std::{
    ffi::{c_int, c_ulong},
    io::{self, IoSliceMut},
    mem,
    mem::MaybeUninit,
    os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd},
    ptr,
    time::{Duration, Instant},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
    net::{
        AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendFlags,
        SocketFlags, SocketType, recvmsg, send, socketpair,
    },
    pipe::{PipeFlags, pipe_with},
    process::{Pid, Signal, pidfd_send_signal},
};

use child::{ENDED, Ends, FAILED, FOLDER, Step};
pub(crate) use order::{Mode, Order, Program, World, rlimits};

/// A child that was made and waits for its folder to be filled.
#[derive(Debug)]
pub(crate) struct Child {
    pid: Pid,
    pidfd: OwnedFd,
    control: OwnedFd,
    mode: Mode,
    gone: bool,
    /// Where the script's output is read.
    pub(crate) stdout: OwnedFd,
    /// Where its errors are.
    pub(crate) stderr: OwnedFd,
    /// The host's end of the descriptor that the helper commands use.
    pub(crate) helpers: OwnedFd,
}

/// What the child said.
#[derive(Debug)]
pub(crate) enum Word {
    /// Its folder.
    Folder(OwnedFd),
    /// It could not be started.
    Failed(io::Error),
    /// The script ended, with this status of `wait(2)`.
    Ended(c_int),
    /// Init has gone without a word.
    Gone,
}

/// The version of Landlock that the kernel has, 0 for none.
pub(crate) fn landlock() -> c_int {
    const VERSION: c_ulong = 1;
    // SAFETY: asks for a number, and passes no memory.
    let version = unsafe {
        libc::syscall(libc::SYS_landlock_create_ruleset, ptr::null::<u8>(), 0_usize, VERSION)
    };
    c_int::try_from(version).unwrap_or(0).max(0)
}

impl Child {
    /// Makes the child, which stops before its script is started.
    ///
    /// # Errors
    ///
    /// Where the system refuses a process, a namespace or a descriptor.
    pub(crate) fn new(order: &Order) -> io::Result<Child> {
        let (stdout, out) = pipe_with(PipeFlags::CLOEXEC)?;
        let (stderr, err) = pipe_with(PipeFlags::CLOEXEC)?;
        let (unix, exec) = (AddressFamily::UNIX, SocketFlags::CLOEXEC);
        let (helpers, commands) = socketpair(unix, SocketType::STREAM, exec, None)?;
        let (control, said) = socketpair(unix, SocketType::SEQPACKET, exec, None)?;
        for end in [&stdout, &stderr, &helpers] {
            rustix::io::ioctl_fionbio(end, true)?;
        }
        let ends = Ends {
            control: said.as_raw_fd(),
            helpers: commands.as_raw_fd(),
            stdout: out.as_raw_fd(),
            stderr: err.as_raw_fd(),
        };
        let (pid, pidfd) = clone(order, ends)?;
        Ok(Child { pid, pidfd, control, mode: order.mode, gone: false, stdout, stderr, helpers })
    }

    /// The process that stands for all of the script's, in the host's numbers.
    pub(crate) fn pid(&self) -> Pid {
        self.pid
    }

    /// What the child's words come over.
    pub(crate) fn control(&self) -> BorrowedFd<'_> {
        self.control.as_fd()
    }

    /// Starts the script.
    ///
    /// # Errors
    ///
    /// Where the child has gone.
    pub(crate) fn go(&self) -> io::Result<()> {
        send(&self.control, b"g", SendFlags::NOSIGNAL)?;
        Ok(())
    }

    /// Takes the child's next word, waiting until then at most.
    ///
    /// # Errors
    ///
    /// `TimedOut`, or what the system says.
    pub(crate) fn word_by(&self, deadline: Instant) -> io::Result<Word> {
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            let mut fds = [PollFd::new(&self.control, PollFlags::IN)];
            match poll(&mut fds, Some(&timespec(left))) {
                Ok(0) | Err(Errno::INTR) => {}
                Ok(_) => return self.word(),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Takes the child's next word, which has arrived.
    pub(crate) fn word(&self) -> io::Result<Word> {
        let mut bytes = [0_u8; 6];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut ancillary = RecvAncillaryBuffer::new(&mut space);
        let flags = RecvFlags::CMSG_CLOEXEC | RecvFlags::DONTWAIT;
        let mut parts = [IoSliceMut::new(&mut bytes)];
        let received = match recvmsg(&self.control, &mut parts, &mut ancillary, flags) {
            Ok(message) => message.bytes,
            Err(Errno::CONNRESET) => 0,
            Err(error) => return Err(error.into()),
        };
        let mut descriptors = ancillary.drain().filter_map(|message| match message {
            RecvAncillaryMessage::ScmRights(mut descriptors) => descriptors.next(),
            _ => None,
        });
        let [what, step, number @ ..] = bytes;
        let number = c_int::from_ne_bytes(number);
        Ok(match (what, received) {
            (_, 0) => Word::Gone,
            (FOLDER, _) => descriptors.next().map_or(Word::Gone, Word::Folder),
            (FAILED, 6) => Word::Failed(failure(step, number)),
            (ENDED, 6) => Word::Ended(number),
            _ => Word::Gone,
        })
    }

    /// Ends everything that the script started, and returns when it is gone.
    pub(crate) fn end(&mut self) {
        if self.gone {
            return;
        }
        self.gone = true;
        if self.mode == Mode::Session {
            crate::session::end_below(self.pid);
        }
        // Init takes what is in its namespaces with it. It is this process's own child and has not been waited for: its number is still its own.
        let _ = pidfd_send_signal(&self.pidfd, Signal::KILL);
        loop {
            // SAFETY: an all-zero `siginfo_t` is valid, and lives through the call.
            let waited = unsafe {
                let mut info: libc::siginfo_t = mem::zeroed();
                let flags = libc::WEXITED | libc::__WALL;
                libc::waitid(
                    libc::P_PIDFD,
                    self.pidfd.as_raw_fd() as libc::id_t,
                    &raw mut info,
                    flags,
                )
            };
            if waited == 0 || Errno::from_io_error(&io::Error::last_os_error()) != Some(Errno::INTR)
            {
                break;
            }
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.end();
    }
}

/// Bytes that the other end has not read yet (`SIOCOUTQ`, unix(7)); 0 where that is unknown.
pub(crate) fn unread(socket: BorrowedFd<'_>) -> usize {
    let mut count: c_int = 0;
    // SAFETY: the call writes one `int`.
    let asked = unsafe { libc::ioctl(socket.as_raw_fd(), libc::TIOCOUTQ, &raw mut count) };
    if asked == 0 { usize::try_from(count).unwrap_or(0) } else { 0 }
}

pub(crate) fn timespec(time: Duration) -> Timespec {
    Timespec { tv_sec: time.as_secs() as i64, tv_nsec: i64::from(time.subsec_nanos()) }
}

fn failure(step: u8, number: c_int) -> io::Error {
    const STEPS: [(Step, &str); 15] = [
        (Step::Descriptors, "descriptors"),
        (Step::UserNamespace, "a user namespace"),
        (Step::Private, "a mount namespace"),
        (Step::ReadOnly, "a read-only file system"),
        (Step::Folder, "the script's folder"),
        (Step::Devices, "harmless devices"),
        (Step::Proc, "/proc"),
        (Step::Show, "the script's folder"),
        (Step::Fork, "a process"),
        (Step::Capabilities, "dropping capabilities"),
        (Step::Limits, "resource limits"),
        (Step::Landlock, "Landlock"),
        (Step::Filter, "a filter of system calls"),
        (Step::Enter, "the script's folder"),
        (Step::Execute, "/bin/sh"),
    ];
    let name = STEPS.iter().find(|(known, _)| *known as u8 == step).map_or("?", |(_, name)| name);
    let error = io::Error::from_raw_os_error(number);
    io::Error::new(error.kind(), format!("{name}: {error}"))
}

/// Clones this process into the namespaces that the order names. No handler of the runtime's runs in the child: signals are blocked until the child
/// has taken them back. It has no exit signal, so that a program that waits for any child of its own never gets this one.
fn clone(order: &Order, ends: Ends) -> io::Result<(Pid, OwnedFd)> {
    let namespaces = match order.mode {
        Mode::Session => 0,
        Mode::Namespaces { user } => {
            let user = if user { libc::CLONE_NEWUSER } else { 0 };
            user | libc::CLONE_NEWPID | libc::CLONE_NEWNS | libc::CLONE_NEWIPC
        }
    };
    let network = match order.world {
        World::Open => 0,
        World::Shut => libc::CLONE_NEWNET | libc::CLONE_NEWUTS,
    };
    let flags = (namespaces | network | libc::CLONE_PIDFD) as c_ulong;
    let mut pidfd: c_int = -1;
    // SAFETY: without `CLONE_VM` the child has a copy of this memory and this stack, so it may use what this frame refers to; it never returns
    // into it. The masks are initialized by the calls that fill them, and the caller's is put back.
    let (pid, error) = unsafe {
        let mut all: libc::sigset_t = mem::zeroed();
        let mut before: libc::sigset_t = mem::zeroed();
        libc::sigfillset(&raw mut all);
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const all, &raw mut before);
        let pid = libc::syscall(libc::SYS_clone, flags, 0_usize, &raw mut pidfd, 0_usize, 0_usize);
        if pid == 0 {
            child::first(order, ends);
        }
        let error = io::Error::last_os_error();
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const before, ptr::null_mut());
        (pid, error)
    };
    // -1 is no pid, and `Pid::from_raw` minds.
    let Some(pid) = (pid > 0).then(|| Pid::from_raw(pid as i32)).flatten() else {
        return Err(error);
    };
    // SAFETY: the kernel has just made this descriptor for us.
    let pidfd = unsafe { OwnedFd::from_raw_fd(pidfd) };
    Ok((pid, pidfd))
}
