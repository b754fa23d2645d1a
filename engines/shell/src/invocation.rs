//! One process tree: started, and gone with its folder and its control groups when it is dropped.

use std::{
    ffi::CString,
    fmt, io,
    os::fd::OwnedFd,
    time::{Duration, Instant},
};

use crate::{
    cgroup::{Controllers, Group},
    confinement::{PROCESSES, processes},
    folder::{self, Folder},
    launch::{Child, Mode, Order, Program, Word, World, rlimits},
    prelude::CALLS,
    session,
};

/// What is started.
#[derive(Debug)]
pub(crate) struct Start<'a> {
    pub(crate) mode: Mode,
    pub(crate) world: World,
    /// From the program's own name on; the program is `/bin/sh`.
    pub(crate) arguments: Vec<CString>,
    /// `NAME=VALUE` each.
    pub(crate) environment: Vec<CString>,
    /// Beside the empty directory that it starts in.
    pub(crate) files: &'a [(&'a str, &'a [u8])],
    /// Bytes.
    pub(crate) memory: usize,
    /// How long each process may compute.
    pub(crate) cpu: Duration,
    pub(crate) deadline: Instant,
}

/// A started tree. The order of the fields is the order in which they go.
#[derive(Debug)]
pub(crate) struct Invoked {
    pub(crate) child: Child,
    group: Group,
    /// The folder of calls.
    pub(crate) calls: Option<OwnedFd>,
    deadline: Instant,
    memory: usize,
    _folder: Folder,
}

/// How the script ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// With this status.
    Exit(i32),
    /// By this signal.
    Signal(i32),
    /// Nobody can tell: what stood for it was killed.
    Unknown,
}

impl Ending {
    /// From a status of `wait(2)`.
    pub(crate) fn of(status: i32) -> Ending {
        if libc::WIFSIGNALED(status) {
            Ending::Signal(libc::WTERMSIG(status))
        } else {
            Ending::Exit(libc::WEXITSTATUS(status))
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ending::Exit(status) => write!(f, "exit status {status}"),
            Ending::Signal(signal) => write!(f, "killed by signal {signal}"),
            Ending::Unknown => f.write_str("the script's supervisor was killed"),
        }
    }
}

/// A folder whose path is needed before what is started in it is known.
pub(crate) fn place() -> io::Result<(Folder, String)> {
    let folder = Folder::new()?;
    let path = folder.path().display().to_string();
    Ok((folder, path))
}

impl Invoked {
    /// Starts it in a folder of its own.
    ///
    /// # Errors
    ///
    /// What could not be had; nothing is left then.
    pub(crate) fn start(start: Start<'_>, controllers: &Controllers) -> io::Result<Invoked> {
        let (folder, path) = place()?;
        Invoked::start_in(folder, &path, start, controllers)
    }

    /// Starts it in this folder.
    ///
    /// # Errors
    ///
    /// As for [`Invoked::start`].
    pub(crate) fn start_in(
        folder: Folder,
        path: &str,
        start: Start<'_>,
        controllers: &Controllers,
    ) -> io::Result<Invoked> {
        let cpu = start.cpu.as_secs() + 2;
        let counted = processes(start.mode, controllers.pids.is_some());
        // A control group counts all processes together, and its end is told from other ends.
        let memory = controllers.memory.is_none().then_some(start.memory as u64);
        let program = Program {
            arguments: start.arguments,
            path: c"/bin/sh",
            environment: start.environment,
            rlimits: rlimits(cpu, memory, counted),
            space: start.memory,
        };
        let order = Order::new(start.mode, start.world, path, program)?;
        let child = Child::new(&order)?;
        let group = controllers.group(folder.name(), child.pid(), PROCESSES, start.memory);
        // Even where that failed the child goes before the folder does.
        let mut invoked = Invoked {
            child,
            group: Group::default(),
            calls: None,
            deadline: start.deadline,
            memory: start.memory,
            _folder: folder,
        };
        invoked.group = group
            .map_err(|error| io::Error::new(error.kind(), format!("a control group: {error}")))?;
        let shown = match invoked.child.word_by(start.deadline)? {
            Word::Folder(shown) => shown,
            Word::Failed(error) => return Err(error),
            Word::Ended(_) | Word::Gone => {
                return Err(io::Error::other("its first process was killed"));
            }
        };
        for (name, content) in start.files {
            folder::write(&shown, name, content)?;
        }
        if !start.files.iter().any(|(name, _)| *name == "event.json") {
            folder::write(&shown, "event.json", b"")?;
        }
        folder::make(&shown, "work")?;
        invoked.calls = Some(folder::make(&shown, CALLS)?);
        invoked.child.go()?;
        Ok(invoked)
    }

    /// Waits for the script alone.
    ///
    /// # Errors
    ///
    /// Where it could not be started, or its time was over.
    pub(crate) fn wait(&mut self) -> io::Result<Ending> {
        match self.child.word_by(self.deadline)? {
            Word::Ended(status) => Ok(Ending::of(status)),
            Word::Failed(error) => Err(error),
            Word::Gone | Word::Folder(_) => Ok(Ending::Unknown),
        }
    }

    /// Whether its processes have had more memory than they may: the kernel killed one of them for it; or, where no control group counts that, what they
    /// have for themselves at this moment is more.
    pub(crate) fn is_out_of_memory(&self) -> bool {
        let counted = self.group.ran_out_of_memory();
        counted.unwrap_or_else(|| session::memory_below(self.child.pid()) > self.memory as u64)
    }

    /// Whether the kernel killed one of its processes for want of memory.
    pub(crate) fn ran_out_of_memory(&self) -> bool {
        self.group.ran_out_of_memory() == Some(true)
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    const MODES: [Mode; 3] =
        [Mode::Namespaces { user: false }, Mode::Namespaces { user: true }, Mode::Session];

    fn start(mode: Mode, world: World, script: &str, patience: Duration) -> Start<'static> {
        let arguments = ["sh", "-c", script].map(|text| CString::new(text).unwrap()).to_vec();
        Start {
            mode,
            world,
            arguments,
            environment: vec![c"PATH=/usr/bin:/bin".to_owned()],
            files: &[],
            memory: 64 << 20,
            cpu: patience,
            deadline: Instant::now() + patience,
        }
    }

    /// Processes that sleep for so odd a time.
    fn sleepers(time: &str) -> usize {
        let processes = fs::read_dir("/proc").unwrap().flatten();
        let lines = processes.filter_map(|entry| fs::read(entry.path().join("cmdline")).ok());
        lines.filter(|line| line.starts_with(format!("sleep\0{time}\0").as_bytes())).count()
    }

    #[test]
    fn whatever_holds_a_script_nothing_of_it_is_left() {
        let controllers = Controllers::find();
        for (number, mode) in MODES.into_iter().enumerate() {
            if mode == MODES[0] && !rustix::process::geteuid().is_root() {
                continue;
            }
            let time = format!("98765{number}");
            let script = format!(
                "sleep {time} & setsid sleep {time} & (setsid sh -c 'trap \"\" TERM HUP; sleep {time} & sleep {time}' &)\n\
                 mkdir -p a/b; ln -s / a/root; chmod 0 a/b a; sleep 0.2; exit 7"
            );
            let (folder, path) = place().unwrap();
            let name = path.rsplit('/').next().unwrap().to_owned();
            let start = start(mode, World::Open, &script, Duration::from_secs(5));
            let mut invoked = Invoked::start_in(folder, &path, start, &controllers).unwrap();
            assert_eq!(invoked.wait().unwrap(), Ending::Exit(7), "{mode:?}");
            assert!(Path::new(&path).exists());
            drop(invoked);
            assert_eq!(sleepers(&time), 0, "{mode:?}");
            assert!(!Path::new(&path).exists(), "{mode:?}");
            let memory = controllers.memory.as_ref().map(|(folder, _)| folder);
            for group in controllers.pids.iter().chain(memory) {
                assert!(!group.join(&name).exists(), "{mode:?}");
            }
        }
    }

    #[test]
    fn a_script_that_does_not_end_is_ended() {
        let controllers = Controllers::find();
        for mode in MODES {
            if mode == MODES[0] && !rustix::process::geteuid().is_root() {
                continue;
            }
            let script = "trap '' TERM HUP INT; while :; do (setsid sleep 987659 &); done";
            let start = start(mode, World::Open, script, Duration::from_millis(300));
            let mut invoked = Invoked::start(start, &controllers).unwrap();
            let waited = invoked.wait().map_err(|error| error.kind());
            assert_eq!(waited, Err(io::ErrorKind::TimedOut), "{mode:?}");
            drop(invoked);
            assert_eq!(sleepers("987659"), 0, "{mode:?}");
        }
    }

    #[test]
    fn signals_do_to_a_script_what_they_do_to_any_process() {
        let controllers = Controllers::default();
        for signal in [libc::SIGKILL, libc::SIGTERM, libc::SIGPIPE, libc::SIGURG] {
            let script = format!("kill -{signal} $$; exit 3");
            let start = start(MODES[1], World::Open, &script, Duration::from_secs(5));
            let mut invoked = Invoked::start(start, &controllers).unwrap();
            let ending = match signal {
                libc::SIGURG => Ending::Exit(3),
                signal => Ending::Signal(signal),
            };
            assert_eq!(invoked.wait().unwrap(), ending);
        }
    }

    #[test]
    fn a_child_of_ours_is_nobody_elses() {
        let controllers = Controllers::default();
        let start = start(MODES[1], World::Open, "exit 5", Duration::from_secs(5));
        let mut invoked = Invoked::start(start, &controllers).unwrap();
        // What a program does that waits for any child: this one is not among them.
        let any = rustix::process::waitpid(None, rustix::process::WaitOptions::NOHANG);
        assert!(matches!(any, Ok(None) | Err(rustix::io::Errno::CHILD)), "{any:?}");
        assert_eq!(invoked.wait().unwrap(), Ending::Exit(5));
    }
}
