//! The network namespaces of this machine, and doing something in one of them.

use std::{
    collections::HashSet,
    fs::{self, File},
    io, thread,
};

use rustix::{
    fd::AsFd,
    fs::{AtFlags, Mode, OFlags, Stat, fstat, openat, stat, statat},
    thread::{LinkNameSpaceType, move_into_link_name_space},
};

/// Where iproute2 keeps those that have a name (ip-netns(8)).
const NAMED: &str = "/run/netns";

/// All that a process of this pid namespace is in, or that have a name, but for the one of this thread. A namespace that only a descriptor or a
/// mount elsewhere keeps is not found (namespaces(7)). Each is opened when its turn comes: anybody may make more of them than a process may hold open.
pub(super) fn others() -> impl Iterator<Item = File> {
    found(|_| true)
}

/// Those of [`others`] that whoever administers this machine made, or a process of theirs. Anybody may make a user namespace and in it networks, whose
/// addresses and routes are whatever they say (user_namespaces(7)).
pub(super) fn trusted() -> impl Iterator<Item = File> {
    let own = stat("/proc/thread-self/ns/user").ok().map(|at| identity(&at));
    found(move |process| own.is_some() && user(process).ok() == own)
}

/// A namespace by its device and inode.
type Identity = (u64, u64);

fn found(is_wanted: impl Fn(&File) -> bool) -> impl Iterator<Item = File> {
    // Most processes share few namespaces: only a new one is opened.
    let mut seen = HashSet::new();
    seen.extend(stat("/proc/thread-self/ns/net").map(|at| identity(&at)));
    let processes = entries("/proc").filter(|name| name.bytes().all(|byte| byte.is_ascii_digit()));
    let processes =
        processes.map(|pid| (format!("/proc/{pid}/ns/net"), Some(format!("/proc/{pid}"))));
    let named = entries(NAMED).map(|name| (format!("{NAMED}/{name}"), None));
    processes.chain(named).filter_map(move |(path, process)| {
        if seen.contains(&identity(&stat(&path).ok()?)) {
            return None;
        }
        let namespace = match process {
            // The process may end, and another get its number: all that is asked is asked of the same. It is asked for its network first, since it
            // may leave this user namespace meanwhile, but not come back.
            Some(process) => {
                let process = File::open(process).ok()?;
                let namespace = openat(&process, "ns/net", OFlags::CLOEXEC, Mode::empty()).ok()?;
                is_wanted(&process).then(|| File::from(namespace))?
            }
            None => File::open(path).ok()?,
        };
        seen.insert(identity(&fstat(&namespace).ok()?)).then_some(namespace)
    })
}

/// The user namespace of a process, by its folder.
fn user(process: &File) -> rustix::io::Result<Identity> {
    Ok(identity(&statat(process, "ns/user", AtFlags::empty())?))
}

fn identity(at: &Stat) -> Identity {
    (at.st_dev, at.st_ino)
}

fn entries(folder: &str) -> impl Iterator<Item = String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok())
}

/// Does something in a network namespace, on a thread that is in it and ends afterwards.
///
/// # Errors
///
/// What the system answers where the thread may not enter, and what the work itself fails with.
pub(super) fn inside<T: Send>(
    namespace: &File,
    work: impl FnOnce() -> io::Result<T> + Send,
) -> io::Result<T> {
    thread::scope(|scope| {
        let enter = || {
            let kind = Some(LinkNameSpaceType::Network);
            move_into_link_name_space(namespace.as_fd(), kind)?;
            work()
        };
        let thread = thread::Builder::new().name("namespace".to_owned()).spawn_scoped(scope, enter);
        let ended = thread?.join();
        ended.unwrap_or_else(|_| Err(io::Error::other("the thread in the namespace panicked")))
    })
}
