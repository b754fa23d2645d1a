//! Processes to be killed, in every state that a process can be in.
#![allow(unsafe_code, reason = "threads and children in states that no safe call makes")]
#![allow(clippy::zombie_processes, reason = "that is one of the states")]

use std::{
    env, fs,
    io::{self, BufRead, BufReader, Write},
    process::{Child, Command, ExitCode, Stdio},
    thread,
    time::Duration,
};

/// Says which victim the program is to be.
const VICTIM: &str = "REACTANT_VICTIM";

/// The victim that this process is to be, if so.
pub(crate) fn asked_for() -> Option<String> {
    env::var(VICTIM).ok()
}

/// Starts a victim; gives it and the pid that it names once it is in its state.
pub(crate) fn start(how: &str) -> (Child, i64) {
    let mut command = Command::new(env::current_exe().unwrap());
    let mut child = command.env(VICTIM, how).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let pid = line.trim().parse().unwrap_or_else(|_| panic!("{how}: {line:?}"));
    (child, pid)
}

pub(crate) fn name(pid: impl std::fmt::Display) {
    println!("{pid}");
    io::stdout().flush().unwrap();
}

fn sleep() -> ! {
    loop {
        thread::sleep(Duration::from_secs(60));
    }
}

fn sleeper() -> Command {
    let mut command = Command::new("sleep");
    command.arg("60").stdout(Stdio::null()).env_remove(VICTIM);
    command
}

/// Is a victim until it is killed.
pub(crate) fn be(how: &str) -> ExitCode {
    match how {
        "plain" => name(std::process::id()),
        // Names the second thread.
        "thread" => {
            thread::spawn(|| sleep());
            let tasks = fs::read_dir("/proc/self/task").unwrap();
            let tids = tasks.map(|task| task.unwrap().file_name().into_string().unwrap());
            let own = std::process::id().to_string();
            name(tids.into_iter().find(|tid| *tid != own).unwrap());
        }
        "leaderless" => {
            thread::spawn(|| {
                let is_zombie = || {
                    fs::read_to_string(format!("/proc/{}/stat", std::process::id()))
                        .unwrap()
                        .contains(") Z ")
                };
                while !is_zombie() {
                    thread::yield_now();
                }
                name(std::process::id());
                sleep();
            });
            // SAFETY: exit(2) ends the calling thread alone; nothing that it owns is needed by the other.
            unsafe { libc::syscall(libc::SYS_exit, 0) };
        }
        // Its child is a zombie.
        "zombie" => {
            let child = Command::new("true").stdout(Stdio::null()).spawn().unwrap();
            while !fs::read_to_string(format!("/proc/{}/stat", child.id()))
                .unwrap()
                .contains(") Z ")
            {
                thread::yield_now();
            }
            name(child.id());
        }
        // Its child is traced by it, and stopped.
        "tracer" => {
            let child = sleeper().spawn().unwrap();
            let pid = i32::try_from(child.id()).unwrap();
            let mut status = 0;
            // SAFETY: neither call touches memory of this process but `status`, which outlives it.
            let traced = unsafe {
                libc::ptrace(libc::PTRACE_ATTACH, pid, 0, 0) == 0
                    && libc::waitpid(pid, &raw mut status, 0) == pid
            };
            assert!(traced, "{}", io::Error::last_os_error());
            name(pid);
        }
        // Waits, as after vfork(2), until its child is gone or another program, which that never is.
        "vfork" => {
            let own = std::process::id();
            thread::spawn(move || {
                while !fs::read_to_string(format!("/proc/{own}/stat")).unwrap().contains(") D ") {
                    thread::yield_now();
                }
                name(own);
                sleep();
            });
            let flags = libc::CLONE_VFORK | libc::SIGCHLD;
            // SAFETY: without CLONE_VM the child has memory of its own; it calls nothing but pause(2).
            unsafe {
                if libc::syscall(libc::SYS_clone, flags, 0, 0, 0, 0) == 0 {
                    loop {
                        libc::pause();
                    }
                }
            }
        }
        // Names the first process of a pid namespace which cannot exit: another process in there is never waited for by its parent out here, and the first
        // waits for all (pid_namespaces(7)).
        "stuck" => {
            // SAFETY: the process has one thread, and only its children are concerned.
            assert_eq!(unsafe { libc::unshare(libc::CLONE_NEWPID) }, 0);
            let first = sleeper().spawn().unwrap();
            let _second = sleeper().spawn().unwrap();
            name(first.id());
            sleep();
        }
        // Names the second process of a pid namespace below this one.
        "inner" => {
            // SAFETY: as above.
            assert_eq!(unsafe { libc::unshare(libc::CLONE_NEWPID) }, 0);
            let mut first = sleeper().spawn().unwrap();
            let mut second = sleeper().spawn().unwrap();
            name(second.id());
            second.wait().unwrap();
            first.wait().unwrap();
        }
        // Names the first process of a pid namespace below this one.
        "init" => {
            // SAFETY: as above.
            assert_eq!(unsafe { libc::unshare(libc::CLONE_NEWPID) }, 0);
            let mut first = sleeper().spawn().unwrap();
            name(first.id());
            first.wait().unwrap();
        }
        how if how.starts_with("actor ") => crate::journal::act(&how["actor ".len()..]),
        // The helpers run here, below the process that is to be spared.
        how => {
            let test = crate::kill::BELOW.iter().find(|(name, _)| *name == how).unwrap();
            (test.1)();
            name(0);
            return ExitCode::SUCCESS;
        }
    }
    sleep()
}
