//! The network namespaces of this machine, and doing something in one of them.

use std::{
    collections::HashSet,
    fs::{self, File},
    io,
    os::unix::fs::MetadataExt,
    thread,
};

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use rustix::fd::AsFd;

/// Where iproute2 keeps those that have a name (ip-netns(8)).
const NAMED: &str = "/run/netns";

/// All that a process of this pid namespace is in, or that have a name, but for the one of this thread. A namespace that only a descriptor or a
/// mount elsewhere keeps is not found (namespaces(7)).
pub(super) fn others() -> Vec<File> {
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    if let Ok(own) = fs::metadata("/proc/thread-self/ns/net") {
        seen.insert((own.dev(), own.ino()));
    }
    let processes = entries("/proc").filter(|name| name.bytes().all(|byte| byte.is_ascii_digit()));
    let named = entries(NAMED).map(|name| format!("{NAMED}/{name}"));
    for path in processes.map(|pid| format!("/proc/{pid}/ns/net")).chain(named) {
        // Most processes share few namespaces: only a new one is opened.
        let is_new = fs::metadata(&path).is_ok_and(|at| seen.insert((at.dev(), at.ino())));
        if is_new && let Ok(file) = File::open(&path) {
            found.push(file);
        }
    }
    found
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
