//! What keeps scripts in, on this machine and for this user: tried out once, best first.

use std::{
    ffi::CString,
    sync::OnceLock,
    time::{Duration, Instant},
};

use crate::{
    cgroup::Controllers,
    folder::Folder,
    invocation::{Ending, Invoked, Start},
    launch::{Mode, World, landlock},
};

/// Processes that a script may have at a time.
pub(crate) const PROCESSES: u32 = 128;

/// What holds, once it is known.
#[derive(Debug, Default)]
pub(crate) struct Confinement {
    open: OnceLock<Result<Mode, String>>,
    shut: OnceLock<Result<Mode, String>>,
    controllers: OnceLock<Controllers>,
    swept: OnceLock<()>,
}

impl Confinement {
    /// How a script is held in such a world.
    ///
    /// # Errors
    ///
    /// Why it cannot be.
    pub(crate) fn mode(&self, world: World) -> Result<Mode, String> {
        let known = match world {
            World::Open => &self.open,
            World::Shut => &self.shut,
        };
        known.get_or_init(|| self.probe(world)).clone()
    }

    /// Where control groups can be made.
    pub(crate) fn controllers(&self) -> &Controllers {
        self.controllers.get_or_init(Controllers::find)
    }

    /// Removes what runtimes that were killed have left.
    fn sweep(&self) {
        self.swept.get_or_init(|| {
            for folder in Folder::left() {
                self.controllers().remove(folder.name());
            }
        });
    }

    fn probe(&self, world: World) -> Result<Mode, String> {
        self.sweep();
        let user = Mode::Namespaces { user: true };
        let modes: &[Mode] = match (rustix::process::geteuid().is_root(), world) {
            (true, World::Open) => &[Mode::Namespaces { user: false }, user, Mode::Session],
            (true, World::Shut) => &[Mode::Namespaces { user: false }, user],
            (false, World::Open) => &[user, Mode::Session],
            (false, World::Shut) => &[user],
        };
        let mut reasons = Vec::new();
        for mode in modes {
            match self.attempt(*mode, world) {
                Ok(()) => return Ok(*mode),
                Err(reason) => reasons.push(reason),
            }
        }
        Err(reasons.join("; "))
    }

    /// Starts a shell that does nothing.
    fn attempt(&self, mode: Mode, world: World) -> Result<(), String> {
        let start = Start {
            mode,
            world,
            arguments: vec![c"sh".to_owned(), c"-c".to_owned(), c":".to_owned()],
            environment: Vec::<CString>::new(),
            files: &[],
            memory: 64 << 20,
            cpu: Duration::from_secs(2),
            deadline: Instant::now() + Duration::from_secs(2),
        };
        let mut invoked =
            Invoked::start(start, self.controllers()).map_err(|error| error.to_string())?;
        match invoked.wait() {
            Ok(Ending::Exit(0)) => Ok(()),
            Ok(ending) => Err(ending.to_string()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// One line for each world.
    pub(crate) fn described(&self) -> Vec<String> {
        let held = match self.mode(World::Open) {
            Ok(mode) => format!("shell: {}; {}", described(mode), self.bounds(mode)),
            Err(reason) => format!("shell: cannot be started: {reason}"),
        };
        let files = if landlock() > 0 {
            "a read-only mount namespace and Landlock"
        } else {
            "a read-only mount namespace"
        };
        let confined = match self.mode(World::Shut) {
            Ok(_) => format!(
                "shell in a dry run: no network and no sockets, nothing writable but its folder ({files})"
            ),
            Err(reason) => {
                format!("shell in a dry run: cannot be confined, so it is not started: {reason}")
            }
        };
        vec![held, confined]
    }

    fn bounds(&self, mode: Mode) -> String {
        let Controllers { pids, memory } = self.controllers();
        let count = match (pids, processes(mode, pids.is_some())) {
            (Some(_), _) => format!("at most {PROCESSES} processes (pids control group)"),
            (None, Some(_)) => format!("at most {PROCESSES} processes (RLIMIT_NPROC)"),
            (None, None) => "the number of processes is not bounded: no pids control group, and RLIMIT_NPROC does not bind root".to_owned(),
        };
        let memory = match memory {
            Some(_) => "memory by control group",
            None => "memory by process (RLIMIT_DATA), and in all by looking at it every 50 ms",
        };
        format!("{count}; {memory}")
    }
}

fn described(mode: Mode) -> &'static str {
    match mode {
        Mode::Namespaces { user: false } => "ended whole with its PID namespace",
        Mode::Namespaces { user: true } => {
            "ended whole with its PID namespace, in a user namespace"
        }
        Mode::Session => {
            "no PID namespace can be had: its descendants are found and killed, which a script that kills its supervisor escapes"
        }
    }
}

/// What `RLIMIT_NPROC` is set to, where it is what counts: in a user namespace its own processes, else all of the user's.
pub(crate) fn processes(mode: Mode, grouped: bool) -> Option<u64> {
    let root = rustix::process::geteuid().is_root();
    match mode {
        _ if grouped => None,
        Mode::Namespaces { user: true } => Some(u64::from(PROCESSES)),
        _ if root => None,
        _ => Some(u64::from(PROCESSES) + crate::session::threads_of_user()),
    }
}
