//! A control group for the processes of one invocation (`cgroups(7)`): how many they may be, and how much memory they may have together.
//! `RLIMIT_NPROC` does not bind root.

use std::{
    fs, io,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use rustix::process::Pid;

/// Where groups can be made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Controllers {
    /// The folder of a hierarchy that counts processes.
    pub(crate) pids: Option<PathBuf>,
    /// One that counts memory, and whether it is of the second version.
    pub(crate) memory: Option<(PathBuf, bool)>,
}

impl Controllers {
    /// Looks where this process may make groups: the second version's root, where it hands the controllers down, or the first version's hierarchies.
    pub(crate) fn find() -> Controllers {
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
        let own = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
        let mut found = Controllers::default();
        for line in mounts.lines() {
            // `proc_pid_mountinfo(5)`: … mount point …, ` - `, type, source, options of the file system.
            let Some((before, after)) = line.split_once(" - ") else { continue };
            let mut after = after.split(' ');
            let (kind, options) =
                (after.next().unwrap_or_default(), after.nth(1).unwrap_or_default());
            let mut before = before.split(' ').skip(3);
            let (Some(root), Some(at)) = (before.next(), before.next()) else { continue };
            let at = Path::new(at);
            match kind {
                "cgroup2" => {
                    let handed =
                        fs::read_to_string(at.join("cgroup.subtree_control")).unwrap_or_default();
                    let handed =
                        |controller: &str| handed.split_whitespace().any(|each| each == controller);
                    if handed("pids") && writable(at) {
                        found.pids = Some(at.to_owned());
                    }
                    if handed("memory") && writable(at) {
                        found.memory = Some((at.to_owned(), true));
                    }
                }
                "cgroup" => {
                    let has = |controller: &str| options.split(',').any(|each| each == controller);
                    // Below the own group, so that what binds the runtime binds its scripts.
                    let below = |controller: &str| {
                        let own = own.lines().find_map(|line| {
                            let mut parts = line.splitn(3, ':').skip(1);
                            let named = parts.next()?.split(',').any(|each| each == controller);
                            parts.next().filter(|_| named)
                        });
                        let own = own.unwrap_or("/");
                        let path = own.strip_prefix(root).unwrap_or(own).trim_start_matches('/');
                        let folder = at.join(path);
                        if folder.is_dir() { folder } else { at.to_owned() }
                    };
                    if has("pids") && found.pids.is_none() {
                        found.pids = Some(below("pids")).filter(|folder| writable(folder));
                    }
                    if has("memory") && found.memory.is_none() {
                        let folder = Some(below("memory")).filter(|folder| writable(folder));
                        found.memory = folder.map(|folder| (folder, false));
                    }
                }
                _ => {}
            }
        }
        found
    }

    /// Removes the groups of an invocation whose runtime has gone.
    pub(crate) fn remove(&self, name: &str) {
        let memory = self.memory.as_ref().map(|(folder, _)| folder);
        for at in self.pids.iter().chain(memory) {
            remove(&at.join(name));
        }
    }

    /// Makes the groups of one invocation and puts a process into them.
    ///
    /// # Errors
    ///
    /// Where the system refuses a group; none is left then.
    pub(crate) fn group(
        &self,
        name: &str,
        pid: Pid,
        processes: u32,
        memory: usize,
    ) -> io::Result<Group> {
        let mut group = Group::default();
        if let Some(at) = &self.pids {
            let folder = group.make(at, name)?;
            fs::write(folder.join("pids.max"), processes.to_string())?;
        }
        if let Some((at, second)) = &self.memory {
            let folder = group.make(at, name)?;
            let limit = if *second { "memory.max" } else { "memory.limit_in_bytes" };
            fs::write(folder.join(limit), memory.to_string())?;
            let swap = if *second {
                ("memory.swap.max", 0)
            } else {
                ("memory.memsw.limit_in_bytes", memory)
            };
            // Absent where the kernel does not count swap.
            let _ = fs::write(folder.join(swap.0), swap.1.to_string());
            group.memory = Some((folder, *second));
        }
        for folder in &group.folders {
            fs::write(folder.join("cgroup.procs"), pid.as_raw_nonzero().to_string())?;
        }
        Ok(group)
    }
}

fn writable(folder: &Path) -> bool {
    rustix::fs::access(folder, rustix::fs::Access::WRITE_OK).is_ok()
}

/// The groups of one invocation; they are removed when it is dropped, after their processes.
#[derive(Debug, Default)]
pub(crate) struct Group {
    folders: Vec<PathBuf>,
    memory: Option<(PathBuf, bool)>,
}

impl Group {
    fn make(&mut self, at: &Path, name: &str) -> io::Result<PathBuf> {
        let folder = at.join(name);
        if !self.folders.contains(&folder) {
            fs::create_dir(&folder)?;
            self.folders.push(folder.clone());
        }
        Ok(folder)
    }

    /// Whether the kernel killed a process of the group for want of memory; `None` where the group does not count it.
    pub(crate) fn ran_out_of_memory(&self) -> Option<bool> {
        let (folder, second) = self.memory.as_ref()?;
        let file = if *second { "memory.events" } else { "memory.oom_control" };
        let text = fs::read_to_string(folder.join(file)).unwrap_or_default();
        let killed = |line: &str| line.strip_prefix("oom_kill ").is_some_and(|count| count != "0");
        Some(text.lines().any(killed))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.folders.iter().for_each(|folder| remove(folder));
    }
}

fn remove(folder: &Path) {
    /// A process that has ended leaves its group a moment after it can no longer be waited for.
    const TRIES: u32 = 200;
    for _ in 0..TRIES {
        match fs::remove_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::ResourceBusy => {
                thread::sleep(Duration::from_millis(1));
            }
            _ => break,
        }
    }
}
