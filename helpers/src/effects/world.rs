//! The processes of a simulated world: each lives until a reaction kills it.

use std::collections::{HashMap, VecDeque};

use jiff::Timestamp;

use reactant_core::helper::Failure;

use super::{Outcome, ProcessIdentity, Target};
use crate::texts;

/// How far two readings of one start time may lie apart: 1 s (`helpers.md`), in nanoseconds.
const SAME_START: u128 = 1_000_000_000;

/// How many of the killed are remembered, and of one pid: a kill looks at all of its pid, and everything lies in memory.
const REMEMBERED: usize = 1 << 20;
const OF_ONE_PID: usize = 1024;

/// Who was killed.
#[derive(Debug, Default)]
pub(super) struct Processes {
    dead: HashMap<i64, VecDeque<Dead>>,
    count: usize,
}

#[derive(Debug)]
struct Dead {
    identity: Option<ProcessIdentity>,
    seen: Timestamp,
}

impl Processes {
    /// Kills once. A pid that was reused more often than is remembered forgets its first processes.
    pub(super) fn kill(&mut self, target: &Target) -> Result<Outcome, Failure> {
        let known = self.dead.get(&target.pid);
        if target.exited || known.is_some_and(|dead| dead.iter().any(|dead| dead.was(target))) {
            return Ok(Outcome::Already(texts::ALREADY_EXITED.to_owned()));
        }
        if known.is_some_and(|dead| dead.len() >= OF_ONE_PID) {
            self.dead.get_mut(&target.pid).and_then(VecDeque::pop_front);
        } else if self.count >= REMEMBERED {
            return Err(Failure::new(texts::TOO_MANY_KILLED));
        } else {
            self.count += 1;
        }
        let dead = Dead { identity: target.identity.clone(), seen: target.seen };
        self.dead.entry(target.pid).or_default().push_back(dead);
        Ok(Outcome::Done)
    }
}

impl Dead {
    /// Whether this is the target, as far as the events tell. A target or a dead one that no event described is taken for the other of
    /// that pid, unless that started later.
    fn was(&self, target: &Target) -> bool {
        match (&self.identity, &target.identity) {
            (Some(dead), Some(alive)) => same(dead, alive),
            (None, Some(alive)) => started_by(alive, self.seen),
            (Some(dead), None) => started_by(dead, target.seen),
            (None, None) => true,
        }
    }
}

fn started_by(process: &ProcessIdentity, time: Timestamp) -> bool {
    process.started.start.is_none_or(|start| start <= time.as_nanosecond())
}

/// By ticks and boot where both have them, else by the time of start.
fn same(a: &ProcessIdentity, b: &ProcessIdentity) -> bool {
    let boots = a.boot_id == b.boot_id || a.boot_id.is_empty() || b.boot_id.is_empty();
    match (a.started.start_ticks, b.started.start_ticks, a.started.start, b.started.start) {
        (Some(a), Some(b), ..) if boots => a == b,
        (.., Some(a), Some(b)) => a.abs_diff(b) <= SAME_START,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use reactant_core::event::Identity;

    use super::*;

    fn target(pid: i64, start: Option<i128>, ticks: Option<i64>, seen: i64) -> Target {
        let known = start.is_some() || ticks.is_some();
        let started = Identity { pid: Some(pid), start, start_ticks: ticks };
        Target {
            pid,
            identity: known.then(|| ProcessIdentity { started, boot_id: String::new() }),
            exe: String::new(),
            exited: false,
            seen: Timestamp::from_second(seen).unwrap(),
        }
    }

    const SECOND: i128 = 1_000_000_000;

    #[test]
    fn the_second_kill_finds_it_gone() {
        let mut world = Processes::default();
        let gone = Ok(Outcome::Already("already exited".into()));
        assert_eq!(world.kill(&target(700, Some(5 * SECOND), None, 10)), Ok(Outcome::Done));
        assert_eq!(world.kill(&target(700, Some(6 * SECOND), None, 11)), gone);
        let exited = Target { exited: true, ..target(800, Some(0), None, 0) };
        assert_eq!(world.kill(&exited), gone);
    }

    #[test]
    fn a_reused_pid_is_another_process() {
        let mut world = Processes::default();
        world.kill(&target(700, Some(5 * SECOND), None, 10)).unwrap();
        assert_eq!(world.kill(&target(700, Some(7 * SECOND), None, 10)), Ok(Outcome::Done));
        world.kill(&target(701, Some(0), Some(10), 10)).unwrap();
        assert_eq!(world.kill(&target(701, Some(0), Some(11), 10)), Ok(Outcome::Done));
    }

    #[test]
    fn a_pid_that_no_event_described_is_the_one_that_lived_then() {
        let mut world = Processes::default();
        assert_eq!(world.kill(&target(700, None, None, 10)), Ok(Outcome::Done));
        assert_ne!(world.kill(&target(700, None, None, 20)), Ok(Outcome::Done));
        assert_ne!(world.kill(&target(700, Some(9 * SECOND), None, 20)), Ok(Outcome::Done));
        assert_eq!(world.kill(&target(700, Some(11 * SECOND), None, 20)), Ok(Outcome::Done));
        assert_ne!(world.kill(&target(700, None, None, 12)), Ok(Outcome::Done));
    }

    #[test]
    fn what_is_remembered_of_the_killed_is_bounded() {
        let mut world = Processes::default();
        let of = |start: i128| target(700, Some(start * 10 * SECOND), None, 10);
        for start in 0..=OF_ONE_PID as i128 {
            assert_eq!(world.kill(&of(start)), Ok(Outcome::Done));
        }
        assert_eq!((world.count, world.dead[&700].len()), (OF_ONE_PID, OF_ONE_PID));
        assert_ne!(world.kill(&of(1)), Ok(Outcome::Done));
        assert_eq!(world.kill(&of(0)), Ok(Outcome::Done));
        world.kill(&Target { exited: true, ..target(800, None, None, 0) }).unwrap();
        assert!(!world.dead.contains_key(&800));
        world.count = REMEMBERED;
        assert_eq!(world.kill(&target(900, None, None, 0)).unwrap_err().0, texts::TOO_MANY_KILLED);
    }
}
