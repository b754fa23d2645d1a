//! What a child is to do, written down before it exists: between its birth and `execve` it may neither allocate nor wait for a lock.

use std::{
    ffi::{CStr, CString, c_char, c_int},
    io,
};

use rustix::process::{Resource, getrlimit};

use super::filter::Filter;

/// The descriptor that the helper commands use; `sh` takes only one digit, and scripts use the lower ones.
pub(crate) const HELPERS: c_int = 8;

/// How a script is kept from outliving its invocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// In a PID and a mount namespace of its own; `user`: made by an unprivileged user in a user namespace of its own.
    Namespaces {
        /// In a user namespace too.
        user: bool,
    },
    /// In a session of its own, below a process that inherits its orphans.
    Session,
}

/// What a script may do to the world outside its folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum World {
    /// What its user may.
    Open,
    /// Nothing: no network, nothing writable.
    Shut,
}

/// A limit of a process's resources (`getrlimit(2)`).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rlimit {
    pub(super) resource: c_int,
    pub(super) value: u64,
}

impl Rlimit {
    /// No more than the runtime itself may have.
    fn new(resource: c_int, of: Resource, value: u64) -> Rlimit {
        let most = getrlimit(of).maximum.unwrap_or(u64::MAX);
        Rlimit { resource, value: value.min(most) }
    }
}

/// The limits of every process of a script: seconds of CPU time; bytes of private memory, and how many processes its user may have, where no control
/// group counts them.
pub(crate) fn rlimits(
    cpu_seconds: u64,
    memory: Option<u64>,
    processes: Option<u64>,
) -> Vec<Rlimit> {
    /// Room for libraries and shared mappings, which `RLIMIT_DATA` does not count.
    const MAPPINGS: u64 = 512 << 20;
    const FILE: u64 = 1 << 30;
    let mut limits = vec![
        Rlimit::new(libc::RLIMIT_CPU as c_int, Resource::Cpu, cpu_seconds),
        Rlimit::new(libc::RLIMIT_CORE as c_int, Resource::Core, 0),
        Rlimit::new(libc::RLIMIT_FSIZE as c_int, Resource::Fsize, FILE),
        Rlimit::new(libc::RLIMIT_NOFILE as c_int, Resource::Nofile, 256),
        Rlimit::new(libc::RLIMIT_STACK as c_int, Resource::Stack, 8 << 20),
    ];
    if let Some(memory) = memory {
        let all = memory.saturating_add(MAPPINGS);
        limits.push(Rlimit::new(libc::RLIMIT_DATA as c_int, Resource::Data, memory));
        limits.push(Rlimit::new(libc::RLIMIT_AS as c_int, Resource::As, all));
    }
    limits.extend(
        processes.map(|most| Rlimit::new(libc::RLIMIT_NPROC as c_int, Resource::Nproc, most)),
    );
    limits
}

/// Linux capabilities that a script of root's keeps where it may act (`capabilities(7)`): files of others, killing, users, addresses and routes, priorities,
/// immutable files, the audit. Not those that make namespaces, mounts, devices, modules or programs of the kernel, trace, or lift limits.
const KEPT: [u32; 15] = [0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 23, 29];

/// Strings as `execve(2)` wants them.
#[derive(Debug)]
pub(super) struct Strings {
    _texts: Vec<CString>,
    pointers: Vec<*const c_char>,
}

impl Strings {
    fn new(texts: Vec<CString>) -> Strings {
        let ends = std::iter::once(std::ptr::null());
        let pointers = texts.iter().map(|text| text.as_ptr()).chain(ends).collect();
        Strings { _texts: texts, pointers }
    }

    pub(super) fn as_ptr(&self) -> *const *const c_char {
        self.pointers.as_ptr()
    }
}

/// All of it.
#[derive(Debug)]
pub(crate) struct Order {
    pub(super) mode: Mode,
    pub(super) world: World,
    /// An empty directory of the host's.
    pub(super) folder: CString,
    /// How the file system in its place is mounted.
    pub(super) tmpfs: CString,
    /// Paths below the folder, for a `/dev` with harmless devices.
    pub(super) devices: Devices,
    pub(super) uid_map: CString,
    pub(super) gid_map: CString,
    pub(super) program: CString,
    pub(super) arguments: Strings,
    pub(super) environment: Strings,
    pub(super) rlimits: Vec<Rlimit>,
    /// A bit for each capability; `None` where there are none to drop.
    pub(super) kept: Option<u64>,
    /// The version of Landlock, 0 where the kernel has none.
    pub(super) landlock: c_int,
    pub(super) filter: Option<Filter>,
}

/// A directory, and what is put into it.
#[derive(Debug)]
pub(super) struct Devices {
    pub(super) at: CString,
    /// The device and where it is bound.
    pub(super) nodes: Vec<(CString, CString)>,
    /// What a link holds and where it stands.
    pub(super) links: Vec<(CString, CString)>,
}

impl Devices {
    fn below(folder: &str) -> io::Result<Devices> {
        let at = format!("{folder}/dev");
        let pair =
            |from: &str, name: &str| Ok((CString::new(from)?, text(format!("{at}/{name}"))?));
        let nodes = ["null", "zero", "full", "random", "urandom"];
        let links =
            ["fd", "fd/0", "fd/1", "fd/2"].into_iter().zip(["fd", "stdin", "stdout", "stderr"]);
        Ok(Devices {
            nodes: nodes
                .iter()
                .map(|node| pair(&format!("/dev/{node}"), node))
                .collect::<io::Result<_>>()?,
            links: links
                .map(|(to, name)| pair(&format!("/proc/self/{to}"), name))
                .collect::<io::Result<_>>()?,
            at: text(at)?,
        })
    }
}

fn text(text: impl Into<Vec<u8>>) -> io::Result<CString> {
    Ok(CString::new(text)?)
}

/// What is started, and with what.
#[derive(Debug)]
pub(crate) struct Program<'a> {
    /// The path of the program, and its arguments from the program's name on.
    pub(crate) arguments: Vec<CString>,
    pub(crate) path: &'a CStr,
    /// `NAME=VALUE` each.
    pub(crate) environment: Vec<CString>,
    pub(crate) rlimits: Vec<Rlimit>,
    /// Bytes that its folder may hold, where a file system of its own bounds it.
    pub(crate) space: usize,
}

impl Order {
    /// Writes down what starts a program in a folder.
    pub(crate) fn new(
        mode: Mode,
        world: World,
        folder: &str,
        program: Program<'_>,
    ) -> io::Result<Order> {
        let (uid, gid) = (rustix::process::geteuid(), rustix::process::getegid());
        let kept = match (mode, world) {
            _ if !uid.is_root() => None,
            (_, World::Open) => Some(KEPT.iter().fold(0, |set, capability| set | 1 << capability)),
            (_, World::Shut) => Some(0),
        };
        let shut = world == World::Shut;
        Ok(Order {
            mode,
            world,
            tmpfs: text(format!("size={},nr_inodes=16384,mode=0700", program.space))?,
            devices: Devices::below(folder)?,
            folder: text(folder)?,
            uid_map: text(format!("{uid} {uid} 1"))?,
            gid_map: text(format!("{gid} {gid} 1"))?,
            program: program.path.to_owned(),
            arguments: Strings::new(program.arguments),
            environment: Strings::new(program.environment),
            rlimits: program.rlimits,
            kept,
            landlock: if shut { super::landlock() } else { 0 },
            filter: if shut { Some(Filter::new()?) } else { None },
        })
    }
}
