//! The next best where no namespace can be had: every descendant of one process is found and killed, until there is none.
//!
//! That process inherits the orphans of its descendants (`PR_SET_CHILD_SUBREAPER`), so whatever the script did with sessions and groups, what it started
//! is below it. What this does not hold against: a script that kills that very process, which its user may.

use std::{
    collections::HashMap,
    fs, thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open, pidfd_send_signal};

/// Kills everything below a process, but not that itself. Gives up after a second: processes that the kernel cannot end do not end by trying.
pub(crate) fn end_below(root: Pid) {
    let patience = Instant::now() + Duration::from_secs(1);
    loop {
        let below = below(root.as_raw_nonzero().get());
        if below.is_empty() || Instant::now() > patience {
            return;
        }
        // Stopped first, so that none starts another while the rest are killed.
        for signal in [Signal::STOP, Signal::KILL] {
            for pid in &below {
                // By descriptor where it can be had; the numbers are a moment old.
                let Some(pid) = Pid::from_raw(*pid) else { continue };
                let _ = match pidfd_open(pid, PidfdFlags::empty()) {
                    Ok(pidfd) => pidfd_send_signal(pidfd, signal),
                    Err(_) => kill_process(pid, signal),
                };
            }
        }
        thread::sleep(Duration::from_millis(1));
    }
}

/// The processes whose parents lead to this one, the dead that nobody waited for left out (`proc_pid_stat(5)`).
fn below(root: i32) -> Vec<i32> {
    let mut children: HashMap<i32, Vec<i32>> = HashMap::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<i32>().ok()) else {
            continue;
        };
        let Ok(stat) = fs::read(format!("/proc/{pid}/stat")) else { continue };
        let stat = String::from_utf8_lossy(&stat);
        // The name in parentheses may hold anything.
        let mut fields = stat.rsplit(") ").next().unwrap_or_default().split(' ');
        let (state, parent) = (fields.next(), fields.next());
        if let (Some(state), Some(Ok(parent))) = (state, parent.map(str::parse))
            && state != "Z"
        {
            children.entry(parent).or_default().push(pid);
        }
    }
    let mut found = Vec::new();
    let mut next = vec![root];
    while let Some(pid) = next.pop() {
        let own = children.remove(&pid).unwrap_or_default();
        found.extend(&own);
        next.extend(own);
    }
    found
}

/// What the processes below one have in memory that they share with nobody, in bytes (`proc_pid_statm(5)`).
pub(crate) fn memory_below(root: Pid) -> u64 {
    let pages = below(root.as_raw_nonzero().get()).into_iter().filter_map(|pid| {
        let counts = fs::read_to_string(format!("/proc/{pid}/statm")).ok()?;
        let mut counts = counts.split(' ').skip(1).map(str::parse::<u64>);
        Some(counts.next()?.ok()?.saturating_sub(counts.next()?.ok()?))
    });
    pages.sum::<u64>().saturating_mul(rustix::param::page_size() as u64)
}

/// How many threads this process's user has, which is what `RLIMIT_NPROC` counts.
pub(crate) fn threads_of_user() -> u64 {
    use std::os::unix::fs::MetadataExt;
    let user = rustix::process::getuid().as_raw();
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let own = processes.filter(|entry| {
        entry.file_name().as_encoded_bytes().iter().all(u8::is_ascii_digit)
            && entry.metadata().is_ok_and(|metadata| metadata.uid() == user)
    });
    own.map(|entry| fs::read_dir(entry.path().join("task")).map_or(0, |tasks| tasks.count() as u64))
        .sum()
}
