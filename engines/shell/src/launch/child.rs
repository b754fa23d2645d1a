//! What runs between the birth of a child and `execve`.
//!
//! The runtime has several threads, and a child of one of them has only that one: whatever lock another held stays held for ever, the allocator's
//! among them. So nothing here allocates, formats, takes a lock or can panic; there are only system calls on what the order holds. `extern "C"`
//! turns a panic that happens all the same into an abort, before it could unwind into the runtime's own frames.
//!
//! The first child is the init of its namespaces (or, without any, the one that inherits orphans). It makes the script's world, shows the folder
//! to the host, waits for its word, starts the script as its only child, reaps what is left to it, and tells how the script ended.

use std::{
    ffi::{CStr, c_int, c_ulong, c_void},
    mem, ptr,
};

use super::order::{HELPERS, Mode, Order, World};

/// Where the child's control socket stands, and where its descriptors are put while they are sorted.
const CONTROL: c_int = 9;
const HIGH: c_int = 64;

/// The ends that the child gets.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(super) struct Ends {
    pub(super) control: c_int,
    pub(super) helpers: c_int,
    pub(super) stdout: c_int,
    pub(super) stderr: c_int,
}

/// Steps of the child, by which the host names what failed.
#[derive(Debug, Clone, Copy)]
#[repr(u8)]
pub(super) enum Step {
    Descriptors,
    UserNamespace,
    Private,
    ReadOnly,
    Folder,
    Devices,
    Proc,
    Show,
    Fork,
    Capabilities,
    Limits,
    Landlock,
    Filter,
    Enter,
    Execute,
}

/// The first byte of a message to the host.
pub(super) const FOLDER: u8 = b'f';
pub(super) const FAILED: u8 = b'e';
pub(super) const ENDED: u8 = b's';

fn errno() -> c_int {
    // SAFETY: the C library gives a valid pointer to the thread's own number.
    unsafe { *libc::__errno_location() }
}

/// Tells the host which step failed, and ends.
fn fail(step: Step) -> ! {
    tell(FAILED, step as u8, errno());
    exit()
}

fn exit() -> ! {
    // SAFETY: ends this process alone, without running what the runtime registered for its own end.
    unsafe { libc::_exit(127) }
}

fn tell(what: u8, step: u8, number: c_int) {
    let [a, b, c, d] = number.to_ne_bytes();
    let message = [what, step, a, b, c, d];
    // SAFETY: the buffer lives through the call.
    unsafe {
        libc::send(CONTROL, message.as_ptr().cast(), message.len(), libc::MSG_NOSIGNAL);
    }
}

/// Ends the child where a call failed.
fn must(step: Step, result: impl Into<i64>) -> i64 {
    let result = result.into();
    if result < 0 { fail(step) } else { result }
}

/// The first child.
///
/// # Safety
///
/// Runs in a process that has just been cloned with a copy of the caller's memory, with every signal blocked; `order` and `ends` are the caller's.
pub(super) unsafe extern "C" fn first(order: &Order, ends: Ends) -> ! {
    // SAFETY: all below are system calls with valid arguments; descriptors are this process's own copies.
    unsafe {
        // It dies with the thread that waits for it, so with the runtime.
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
        reset_signals();
        // Away from the low numbers, which may be any of the ends, then to their places.
        let control = libc::fcntl(ends.control, libc::F_DUPFD, HIGH);
        let helpers = libc::fcntl(ends.helpers, libc::F_DUPFD, HIGH);
        let stdout = libc::fcntl(ends.stdout, libc::F_DUPFD, HIGH);
        let stderr = libc::fcntl(ends.stderr, libc::F_DUPFD, HIGH);
        if libc::dup3(control, CONTROL, libc::O_CLOEXEC) < 0 {
            exit()
        }
        must(Step::Descriptors, libc::dup2(helpers, HELPERS));
        must(Step::Descriptors, libc::dup2(stdout, 1));
        must(Step::Descriptors, libc::dup2(stderr, 2));
        close_between(3, HELPERS - 1);
        close_between(CONTROL + 1, c_int::MAX);
        libc::close(0);
        if let Mode::Namespaces { user } = order.mode {
            if user {
                map_user(order);
            }
            make_world(order);
        } else {
            libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
        }
        let flags = libc::O_RDONLY | libc::O_DIRECTORY | libc::O_CLOEXEC | libc::O_NOFOLLOW;
        let low = libc::open(order.folder.as_ptr(), flags);
        must(Step::Folder, low);
        let folder = libc::fcntl(low, libc::F_DUPFD_CLOEXEC, HIGH);
        must(Step::Folder, folder);
        libc::close(low);
        show(folder);
        let mut word = [0_u8; 1];
        if libc::recv(CONTROL, word.as_mut_ptr().cast(), 1, 0) != 1 {
            exit()
        }
        // A copy, not a thread: no exit signal but the usual one, which `waitpid` below wants.
        let script = libc::syscall(
            libc::SYS_clone,
            libc::SIGCHLD as c_ulong,
            0_usize,
            0_usize,
            0_usize,
            0_usize,
        );
        match must(Step::Fork, script) {
            0 => second(order, folder),
            script => attend(script as libc::pid_t),
        }
    }
}

/// Every signal does again what it does by default, those that the runtime ignores included.
unsafe fn reset_signals() {
    // SAFETY: an all-zero `sigaction` is valid, and is the default action; numbers that cannot be set are refused.
    unsafe {
        let action: libc::sigaction = mem::zeroed();
        for signal in 1..=64 {
            libc::sigaction(signal, &raw const action, ptr::null_mut());
        }
    }
}

unsafe fn close_between(first: c_int, last: c_int) {
    // SAFETY: closes this process's own descriptors.
    unsafe {
        if libc::syscall(libc::SYS_close_range, first, last, 0) < 0 {
            // Before Linux 5.9.
            for descriptor in first..last.min(1 << 16) {
                libc::close(descriptor);
            }
        }
    }
}

/// The same user inside as outside, and nobody else (`user_namespaces(7)`).
unsafe fn map_user(order: &Order) {
    // SAFETY: writes text to files of this process's own.
    unsafe {
        // Absent before Linux 3.19.
        put(c"/proc/self/setgroups", c"deny");
        if !put(c"/proc/self/uid_map", &order.uid_map)
            || !put(c"/proc/self/gid_map", &order.gid_map)
        {
            fail(Step::UserNamespace)
        }
    }
}

unsafe fn put(path: &CStr, text: &CStr) -> bool {
    // SAFETY: paths and texts end in NUL; the descriptor is this call's own.
    unsafe {
        let file = libc::open(path.as_ptr(), libc::O_WRONLY | libc::O_CLOEXEC);
        if file < 0 {
            return false;
        }
        let length = text.count_bytes();
        let written = libc::write(file, text.as_ptr().cast(), length);
        libc::close(file);
        written == length as isize
    }
}

/// Mounts what the script sees: a file system of its own in its folder's place, a `/proc` of its own processes; and where it must not act, all else
/// read-only, without devices.
unsafe fn make_world(order: &Order) {
    let shut = order.world == World::Shut;
    let (nosuid, nodev) = (libc::MS_NOSUID, libc::MS_NODEV);
    // SAFETY: mounts in this process's own mount namespace; every string ends in NUL.
    unsafe {
        let private = libc::MS_REC | libc::MS_PRIVATE;
        must(Step::Private, mount(None, c"/", None, private, None));
        if shut {
            let set = libc::MOUNT_ATTR_RDONLY | libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV;
            must(Step::ReadOnly, attribute(c"/", libc::AT_RECURSIVE, set, 0));
        }
        let options = Some(order.tmpfs.as_c_str());
        must(
            Step::Folder,
            mount(Some(c"tmpfs"), &order.folder, Some(c"tmpfs"), nosuid | nodev, options),
        );
        if shut {
            make_devices(order);
            if order.landlock == 0 {
                // Named pipes of services can be written on a read-only file system; Landlock would refuse that.
                let flags = nosuid | nodev | libc::MS_RDONLY;
                mount(Some(c"tmpfs"), c"/run", Some(c"tmpfs"), flags, None);
            }
        } else {
            // So that no process leaves its control group: it is root's to do, and needs no capability.
            attribute(c"/sys/fs/cgroup", libc::AT_RECURSIVE, libc::MOUNT_ATTR_RDONLY, 0);
        }
        let flags = nosuid | nodev | libc::MS_NOEXEC | if shut { libc::MS_RDONLY } else { 0 };
        let proc = mount(Some(c"proc"), c"/proc", Some(c"proc"), flags, None);
        // In a container an unprivileged user may be refused a `/proc` that shows more than its own (`mount_too_revealing`); then the one that is there
        // stays, read-only where it must be.
        if proc < 0 && !matches!(order.mode, Mode::Namespaces { user: true }) {
            fail(Step::Proc)
        }
    }
}

/// A `/dev` with a few devices that do nothing to the machine.
unsafe fn make_devices(order: &Order) {
    let devices = &order.devices;
    // SAFETY: as above.
    unsafe {
        must(Step::Devices, libc::mkdir(devices.at.as_ptr(), 0o755));
        let options = Some(c"size=64k,mode=0755");
        must(
            Step::Devices,
            mount(Some(c"tmpfs"), &devices.at, Some(c"tmpfs"), libc::MS_NOSUID, options),
        );
        for (device, node) in &devices.nodes {
            let file =
                libc::open(node.as_ptr(), libc::O_WRONLY | libc::O_CREAT | libc::O_CLOEXEC, 0o600);
            must(Step::Devices, file);
            libc::close(file);
            must(Step::Devices, mount(Some(device), node, None, libc::MS_BIND, None));
            must(Step::Devices, attribute(node, 0, 0, libc::MOUNT_ATTR_NODEV));
        }
        for (to, link) in &devices.links {
            must(Step::Devices, libc::symlink(to.as_ptr(), link.as_ptr()));
        }
        must(Step::Devices, mount(Some(&devices.at), c"/dev", None, libc::MS_MOVE, None));
        must(Step::Devices, attribute(c"/dev", 0, libc::MOUNT_ATTR_RDONLY, 0));
        libc::rmdir(devices.at.as_ptr());
    }
}

unsafe fn mount(
    from: Option<&CStr>,
    at: &CStr,
    kind: Option<&CStr>,
    flags: c_ulong,
    options: Option<&CStr>,
) -> c_int {
    let pointer = |text: Option<&CStr>| text.map_or(ptr::null(), CStr::as_ptr);
    // SAFETY: every string ends in NUL or is absent.
    unsafe {
        libc::mount(pointer(from), at.as_ptr(), pointer(kind), flags, pointer(options).cast())
    }
}

unsafe fn attribute(at: &CStr, flags: c_int, set: u64, clear: u64) -> i64 {
    // SAFETY: an all-zero `mount_attr` is valid, and the size is its own.
    unsafe {
        let mut attributes: libc::mount_attr = mem::zeroed();
        attributes.attr_set = set;
        attributes.attr_clr = clear;
        let size = size_of::<libc::mount_attr>();
        libc::syscall(
            libc::SYS_mount_setattr,
            libc::AT_FDCWD,
            at.as_ptr(),
            flags,
            &raw const attributes,
            size,
        )
    }
}

/// Sends the host a descriptor of the folder (`cmsg(3)`, `unix(7)`).
unsafe fn show(folder: c_int) {
    // SAFETY: the control buffer is aligned as `cmsghdr` is and large enough for one descriptor; all buffers live through the call.
    unsafe {
        let mut message = FOLDER;
        let mut part = libc::iovec { iov_base: (&raw mut message).cast(), iov_len: 1 };
        let mut space = [0_usize; 8];
        let mut header: libc::msghdr = mem::zeroed();
        header.msg_iov = &raw mut part;
        header.msg_iovlen = 1;
        header.msg_control = space.as_mut_ptr().cast();
        header.msg_controllen = libc::CMSG_SPACE(size_of::<c_int>() as u32) as _;
        let control = libc::CMSG_FIRSTHDR(&raw const header);
        if control.is_null() {
            exit()
        }
        (*control).cmsg_level = libc::SOL_SOCKET;
        (*control).cmsg_type = libc::SCM_RIGHTS;
        (*control).cmsg_len = libc::CMSG_LEN(size_of::<c_int>() as u32) as _;
        libc::CMSG_DATA(control).cast::<c_int>().write_unaligned(folder);
        must(Step::Show, libc::sendmsg(CONTROL, &raw const header, libc::MSG_NOSIGNAL) as i64);
    }
}

/// What init does from now on: reaps, and tells how the script ended. In a PID namespace its own end is the end of all.
unsafe fn attend(script: libc::pid_t) -> ! {
    // SAFETY: system calls on this process alone.
    unsafe {
        // Its memory is a copy of the runtime's: nobody may look.
        libc::prctl(libc::PR_SET_DUMPABLE, 0, 0, 0, 0);
        for descriptor in [1, 2, HELPERS] {
            libc::close(descriptor);
        }
        let mut status = 0;
        loop {
            let ended = libc::waitpid(-1, &raw mut status, 0);
            if ended == script {
                break;
            }
            if ended < 0 && errno() != libc::EINTR {
                exit()
            }
        }
        tell(ENDED, 0, status);
        // In a session the host now ends what the script left behind, which is this process's by inheritance.
        let mut word = [0_u8; 1];
        libc::recv(CONTROL, word.as_mut_ptr().cast(), 1, 0);
        exit()
    }
}

/// The script's process.
unsafe fn second(order: &Order, folder: c_int) -> ! {
    // SAFETY: system calls on this process alone; every string and array of the order ends as its call wants.
    unsafe {
        libc::setsid();
        let stdin = libc::openat(folder, c"event.json".as_ptr(), libc::O_RDONLY);
        // It is the lowest that is free.
        if stdin != 0 {
            fail(Step::Descriptors)
        }
        let work = libc::openat(
            folder,
            c"work".as_ptr(),
            libc::O_RDONLY | libc::O_DIRECTORY | libc::O_CLOEXEC,
        );
        must(Step::Enter, work);
        must(Step::Enter, libc::fchdir(work));
        libc::umask(0o077);
        if let Some(kept) = order.kept {
            drop_capabilities(kept);
        }
        for limit in &order.rlimits {
            let pair = libc::rlimit { rlim_cur: limit.value as _, rlim_max: limit.value as _ };
            must(Step::Limits, libc::setrlimit(limit.resource as _, &raw const pair));
        }
        must(Step::Capabilities, libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
        if order.landlock > 0 {
            shut_files(folder, order.landlock);
        }
        close_between(3, HELPERS - 1);
        close_between(CONTROL + 1, c_int::MAX);
        let mut none: libc::sigset_t = mem::zeroed();
        libc::sigemptyset(&raw mut none);
        libc::sigprocmask(libc::SIG_SETMASK, &raw const none, ptr::null_mut());
        if let Some(filter) = &order.filter {
            let program = filter.program();
            let install = libc::SECCOMP_SET_MODE_FILTER as c_ulong;
            let program: *const c_void = (&raw const program).cast();
            must(Step::Filter, libc::syscall(libc::SYS_seccomp, install, 0, program));
        }
        libc::execve(order.program.as_ptr(), order.arguments.as_ptr(), order.environment.as_ptr());
        fail(Step::Execute)
    }
}

/// Leaves root only what is kept, also through `execve` (`capabilities(7)`).
unsafe fn drop_capabilities(kept: u64) {
    /// `_LINUX_CAPABILITY_VERSION_3`, whose sets have two words (`linux/capability.h`).
    const VERSION: u32 = 0x2008_0522;
    #[repr(C)]
    struct Header {
        version: u32,
        pid: c_int,
    }
    #[repr(C)]
    #[derive(Clone, Copy)]
    struct Sets {
        effective: u32,
        permitted: u32,
        inheritable: u32,
    }
    // SAFETY: the structures are laid out as the kernel's.
    unsafe {
        for capability in (0..64).filter(|capability| kept & (1 << capability) == 0) {
            let dropped = libc::prctl(libc::PR_CAPBSET_DROP, capability, 0, 0, 0);
            // Beyond the last that the kernel knows.
            if dropped < 0 && errno() != libc::EINVAL {
                fail(Step::Capabilities)
            }
        }
        libc::prctl(libc::PR_CAP_AMBIENT, libc::PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
        let mut header = Header { version: VERSION, pid: 0 };
        let mut sets = [Sets { effective: 0, permitted: 0, inheritable: 0 }; 2];
        let got = libc::syscall(libc::SYS_capget, &raw mut header, sets.as_mut_ptr());
        must(Step::Capabilities, got);
        for (set, kept) in sets.iter_mut().zip([kept as u32, (kept >> 32) as u32]) {
            // Limits are raised no more; what makes the filter needs none.
            set.effective &= kept;
            set.permitted &= kept;
            set.inheritable = 0;
        }
        must(Step::Capabilities, libc::syscall(libc::SYS_capset, &raw mut header, sets.as_ptr()));
    }
}

/// Nothing can be written but below the folder and to harmless devices (`landlock(7)`): named pipes and devices too, which a read-only mount lets pass.
unsafe fn shut_files(folder: c_int, version: c_int) {
    const WRITE_FILE: u64 = 1 << 1;
    /// `REMOVE_DIR` to `MAKE_SYM`.
    const DIRECTORIES: u64 = 0x1ff << 4;
    const REFER: u64 = 1 << 13;
    const TRUNCATE: u64 = 1 << 14;
    const IOCTL_DEV: u64 = 1 << 15;
    const ABSTRACT_UNIX_SOCKET: u64 = 1;
    const SIGNAL: u64 = 1 << 1;
    const PATH_BENEATH: c_int = 1;
    #[repr(C)]
    struct Ruleset {
        files: u64,
        network: u64,
        scoped: u64,
    }
    #[repr(C, packed)]
    struct Beneath {
        allowed: u64,
        parent: c_int,
    }
    let mut files = WRITE_FILE | DIRECTORIES;
    for (since, right) in [(2, REFER), (3, TRUNCATE), (5, IOCTL_DEV)] {
        if version >= since {
            files |= right;
        }
    }
    let scoped = if version >= 6 { ABSTRACT_UNIX_SOCKET | SIGNAL } else { 0 };
    // The structure grew with the versions; a kernel takes what is longer only where the rest is zero.
    let size = if version >= 6 { 24_usize } else { 8 };
    let rules = Ruleset { files, network: 0, scoped };
    // SAFETY: the structures are laid out as the kernel's (`linux/landlock.h`), and the sizes are theirs.
    unsafe {
        let ruleset = libc::syscall(libc::SYS_landlock_create_ruleset, &raw const rules, size, 0);
        let ruleset = must(Step::Landlock, ruleset) as c_int;
        let device = libc::open(c"/dev".as_ptr(), libc::O_PATH | libc::O_CLOEXEC);
        must(Step::Landlock, device);
        for (parent, allowed) in
            [(folder, files), (device, files & (WRITE_FILE | TRUNCATE | IOCTL_DEV))]
        {
            let rule = Beneath { allowed, parent };
            let added = libc::syscall(
                libc::SYS_landlock_add_rule,
                ruleset,
                PATH_BENEATH,
                &raw const rule,
                0,
            );
            must(Step::Landlock, added);
        }
        must(Step::Landlock, libc::syscall(libc::SYS_landlock_restrict_self, ruleset, 0));
    }
}
