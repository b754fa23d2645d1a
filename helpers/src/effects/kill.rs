//! Killing one process for real, and never another one.
//!
//! The process is held by a descriptor first (pidfd_open(2)) and looked at afterwards: as long as the descriptor says that it lives, its pid cannot have
//! been given to another, so what was read under the pid is about the one that is held, and that one gets the signal.
//!
//! What becomes of a process in an unusual state:
//!
//! | state | result |
//! |---|---|
//! | a zombie | 1, it has exited |
//! | the main thread has exited, others run | it lives, and is killed whole |
//! | stopped, traced, waiting for a child that it made by vfork(2) | killed |
//! | in a pid namespace below the runtime's, its first process too | killed, by its pid in the runtime's namespace; with its first process the whole namespace |
//! | a thread that is no process of its own | -1 |
//! | waiting where signals do not reach, or held up by others while it exits | -1, signalled: it goes as soon as it can |

mod process;

use std::{
    os::fd::OwnedFd,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
    process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal},
};

use reactant_core::{capability::Capability, helper::Failure};

use super::{Act, Outcome, Target};
use crate::{protect::Protect, texts};
use process::{Process, is_thread};

/// How long a kill waits for the process to be gone (`helpers.md`).
const PATIENCE: Duration = Duration::from_secs(1);

/// How far two readings of one start time may lie apart (`helpers.md`), in nanoseconds.
const SAME_START: u128 = 1_000_000_000;

/// Kills a process, unless it is another one than was meant, or one that is never killed.
pub(super) fn kill(act: &Act<'_>, protect: &Protect, target: &Target) -> Result<Outcome, Failure> {
    act.demand(&Capability::PROCESS_KILL)?;
    if target.exited {
        return Ok(already());
    }
    let number = target.pid;
    let system = |errno| Failure(format!("pid {number}: {}", texts::system(errno)));
    let pid = i32::try_from(number).ok().filter(|pid| *pid > 0).and_then(Pid::from_raw);
    let pid = pid.ok_or_else(|| Failure(format!("{number} is no pid")))?;
    let held = match pidfd_open(pid, PidfdFlags::empty()) {
        Ok(held) => held,
        Err(Errno::SRCH) => return Ok(already()),
        // EINVAL before Linux 6.16.
        Err(Errno::NOENT | Errno::INVAL) if is_thread(number) => {
            let why = format!("pid {number} is a thread: only whole processes are killed");
            return Err(Failure(why));
        }
        Err(Errno::NOENT | Errno::INVAL) => return Ok(already()),
        Err(errno) => return Err(system(errno)),
    };
    let seen = Process::look(&held);
    // Whatever was read is about this process only if it has not gone meanwhile.
    if is_gone(&held, Duration::ZERO).map_err(system)? {
        return Ok(already());
    }
    let seen = seen.map_err(|why| Failure(format!("pid {number} cannot be looked at: {why}")))?;
    if !is_meant(&seen, target)? {
        return Ok(already());
    }
    refuse(&seen, protect, target)?;
    act.in_time()?;
    match pidfd_send_signal(&held, Signal::KILL) {
        Ok(()) => {}
        Err(Errno::SRCH) => return Ok(already()),
        Err(errno) => return Err(system(errno)),
    }
    let patience = act.deadline.saturating_duration_since(Instant::now()).min(PATIENCE);
    if is_gone(&held, patience).map_err(system)? {
        Ok(Outcome::Done)
    } else {
        Err(Failure::new(texts::NOT_YET_GONE))
    }
}

fn already() -> Outcome {
    Outcome::Already(texts::ALREADY_EXITED.to_owned())
}

/// Whether the process has exited, all threads of it, within a time. The descriptor tells it of zombies too, and only of those that have no thread
/// left, which `/proc` does not (pidfd_open(2)).
fn is_gone(held: &OwnedFd, patience: Duration) -> Result<bool, Errno> {
    let until = Instant::now() + patience;
    loop {
        let left = until.saturating_duration_since(Instant::now());
        let time = Timespec {
            tv_sec: left.as_secs().try_into().unwrap_or_default(),
            tv_nsec: left.subsec_nanos().into(),
        };
        let mut fds = [PollFd::new(held, PollFlags::IN)];
        match poll(&mut fds, Some(&time)) {
            Err(Errno::INTR) => {}
            answer => return Ok(answer? > 0),
        }
    }
}

/// Whether the process is the one that was meant; false where that one has gone and its pid is another's by now.
fn is_meant(seen: &Process, target: &Target) -> Result<bool, Failure> {
    let Some(identity) = &target.identity else {
        // Up to a tick later than what is told: it must certainly have started by then.
        let latest = seen.started + process::tick();
        if latest <= target.seen.as_nanosecond() {
            return Ok(true);
        }
        let started = Timestamp::from_nanosecond(seen.started).unwrap_or_default();
        return Err(Failure(format!(
            "pid {} started at {started:.3}, not before the event: it is another process",
            target.pid
        )));
    };
    let ticks = identity.started.start_ticks;
    let same_ticks = ticks.is_none_or(|ticks| ticks == seen.start_ticks);
    let same_boot = identity.boot_id.is_empty() || identity.boot_id == process::boot_id()?;
    let exact = ticks.is_some() && !identity.boot_id.is_empty();
    let same_start = match identity.started.start {
        Some(start) => exact || start.abs_diff(seen.started) <= SAME_START,
        None => exact,
    };
    Ok(same_ticks && same_boot && same_start)
}

fn refuse(seen: &Process, protect: &Protect, target: &Target) -> Result<(), Failure> {
    let pid = target.pid;
    if seen.is_kernel_thread() {
        return Err(Failure(format!("pid {pid} is a kernel thread: never killed")));
    }
    if process::in_first_namespace()
        && let Some(why) = protect.refuses_number(pid)
    {
        return Err(Failure(why));
    }
    let own = Process::own().map_err(Failure)?;
    if seen.pid == own.pid {
        return Err(Failure(format!("pid {pid} is the runtime: never killed")));
    }
    if process::ancestors(&own).any(|ancestor| ancestor == seen.pid) {
        return Err(Failure(format!("pid {pid} is an ancestor of the runtime: never killed")));
    }
    if let Some(why) = protect.refuses_kill(pid) {
        return Err(Failure(why));
    }
    // What users execute is not spared for its name, nor for the file: whoever may preload code into a program could hide there.
    if protect.executables.is_empty() || !seen.is_the_systems() {
        return Ok(());
    }
    match &seen.exe {
        Ok(exe) => protect.refuses_executable(pid, exe).map_or(Ok(()), |why| Err(Failure(why))),
        Err(errno) => Err(Failure(format!(
            "pid {pid} may be protected: its executable cannot be told ({})",
            texts::system(*errno)
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernel_threads_are_spared() {
        let thread =
            Process::of(b"700 (kthreadd) S 2 0 0 0 -1 2129984 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0");
        let (exe, seen) = (String::new(), Timestamp::now());
        let target = Target { pid: 700, identity: None, exe, exited: false, seen };
        let refused = refuse(&thread, &Protect::default(), &target).unwrap_err();
        assert_eq!(refused.0, "pid 700 is a kernel thread: never killed");
    }
}
