//! Who asks, and whose children they are, as `/proc` tells while they wait.

use std::{
    fs,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use crate::live::{asker::Asker, clock, process::Process, record::Who, text::Names};

/// The most ancestors that are told.
const ANCESTORS: usize = 64;

/// A process and its place in the family.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) who: Who,
    pub(super) parent: u32,
    /// `None` where it was gone before more could be told.
    pub(super) process: Option<Process>,
}

/// Asks `/proc`, and names what it tells of.
pub(super) struct People {
    pub(super) names: Names,
    number: AtomicU64,
    /// Tells all of a process and its ancestors; it may be held up.
    read: fn(u32) -> Vec<Person>,
    /// Whoever asks takes one of these, so that nobody waits for another's answer.
    askers: Mutex<Vec<Asker<u32, Vec<Person>>>>,
}

impl std::fmt::Debug for People {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("People").finish_non_exhaustive()
    }
}

impl People {
    pub(super) fn new() -> std::io::Result<People> {
        People::reading(|pid| family(pid, Process::read))
    }

    fn reading(read: fn(u32) -> Vec<Person>) -> std::io::Result<People> {
        let boot_id = fs::read_to_string("/proc/sys/kernel/random/boot_id")?;
        let mut random = [0; 8];
        std::io::Read::read_exact(&mut fs::File::open("/dev/urandom")?, &mut random)?;
        let names = Names {
            boot_id: boot_id.trim().to_owned(),
            boot: clock::boot(),
            random: u64::from_ne_bytes(random),
        };
        Ok(People { names, number: AtomicU64::new(0), read, askers: Mutex::default() })
    }

    /// The number of the next event.
    pub(super) fn number(&self) -> u64 {
        self.number.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// A process, its parent, and so on; empty where it is gone. Where somebody's memory is not to be had in half of the time until the deadline, what lies in memory is
    /// left out of all.
    pub(super) fn family(&self, pid: u32, deadline: Instant) -> Vec<Person> {
        let askers = || self.askers.lock().unwrap_or_else(PoisonError::into_inner);
        let mut asker = askers().pop().unwrap_or_else(|| Asker::new(self.read));
        let patience = deadline.saturating_duration_since(Instant::now()) / 2;
        let answer = asker.ask_within(pid, patience.max(Duration::from_millis(1)));
        askers().push(asker);
        answer.unwrap_or_else(|_| family(pid, Process::read_without_memory))
    }
}

fn family(pid: u32, read: fn(Who) -> Option<Process>) -> Vec<Person> {
    let mut people = Vec::new();
    let mut next = pid;
    while next > 0 && people.len() <= ANCESTORS {
        let Some((who, parent)) = stat(next) else { break };
        people.push(Person { who, parent, process: read(who) });
        next = parent;
    }
    people
}

/// Who has a pid, and whose child that is (proc_pid_stat(5)).
fn stat(pid: u32) -> Option<(Who, u32)> {
    let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
    // The name, in parentheses, may hold anything.
    let end = stat.iter().rposition(|byte| *byte == b')')?;
    let fields = std::str::from_utf8(&stat[end + 1..]).ok()?;
    let mut fields = fields.split_ascii_whitespace();
    let parent = fields.nth(1)?.parse().ok()?;
    let ticks = fields.nth(17)?.parse().ok()?;
    Some((Who { pid, ticks }, parent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_begins_with_who_asks_and_ends_with_init() {
        let people = People::new().unwrap();
        let deadline = Instant::now() + Duration::from_secs(60);
        let family = people.family(std::process::id(), deadline);
        assert_eq!(Some(family[0].who), Who::read(std::process::id()));
        assert_eq!(family[1].who.pid, std::os::unix::process::parent_id());
        assert_eq!(family.last().unwrap().parent, 0);
        let image = &family[0].process.as_ref().unwrap().image;
        assert!(image.args.iter().count() > 0);
        assert!(people.family(u32::MAX / 2, deadline).is_empty());
    }

    #[test]
    fn memory_that_never_comes_holds_up_nobody_beyond_its_time() {
        let people = People::reading(|_| {
            loop {
                std::thread::park();
            }
        });
        let people = people.unwrap();
        let start = Instant::now();
        let family = people.family(std::process::id(), start + Duration::from_millis(200));
        assert!(start.elapsed() < Duration::from_millis(400), "{:?}", start.elapsed());
        assert_eq!(Some(family[0].who), Who::read(std::process::id()));
        assert!(family[0].process.as_ref().unwrap().image.args.cut);
    }

    #[test]
    fn without_its_memory_a_process_is_still_known() {
        let family = family(std::process::id(), Process::read_without_memory);
        let image = &family[0].process.as_ref().unwrap().image;
        assert!(!image.exe.is_empty() && image.args.cut && image.args.iter().count() == 0);
    }
}
