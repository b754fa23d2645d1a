//! Which source serves what.

use std::collections::BTreeMap;

use reactant_core::event::{Action, Protocol};

use super::program::PROGRAMS;

/// Something that can be watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Subject {
    /// A program is started: `execution` events.
    Execution,
    /// Parents and children: what the ancestry of each event derives from, beside the event itself.
    Ancestry,
    /// Something is done to a file: `file_access` events.
    File(Action),
    /// A flow: `network_peer` events.
    Flow(Protocol),
}

impl Subject {
    /// Its name: `execution`, `ancestry`, the action's, the protocol's.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Subject::Execution => "execution",
            Subject::Ancestry => "ancestry",
            Subject::File(action) => action.name(),
            Subject::Flow(protocol) => protocol.name(),
        }
    }
}

/// A subject, and what serves it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Coverage {
    /// What is watched.
    pub subject: Subject,
    /// By which source; or why it is not.
    pub source: Result<String, String>,
}

/// What is watched where the kernel refused these programs, for these reasons.
pub(super) fn of(refused: &BTreeMap<&'static str, String>) -> Vec<Coverage> {
    let by = |program: &str| match refused.get(program) {
        Some(reason) => Err(reason.clone()),
        None => {
            let tracepoint = PROGRAMS.iter().find(|(name, _)| *name == program);
            Ok(format!("tp_btf {}", tracepoint.map_or("", |(_, tracepoint)| *tracepoint)))
        }
    };
    let ancestry = match (by("on_fork"), by("on_exit")) {
        (Ok(fork), Ok(exit)) => format!("{fork}, {exit}"),
        (Err(reason), _) | (_, Err(reason)) => format!("/proc ({reason})"),
    };
    let nothing = || Err("not watched by this version".to_owned());
    let mut all = vec![
        Coverage { subject: Subject::Execution, source: by("on_exec") },
        Coverage { subject: Subject::Ancestry, source: Ok(ancestry) },
    ];
    // An execve is told by its execution.
    let actions = Action::ALL.iter().filter(|action| **action != Action::Execve);
    all.extend(
        actions.map(|action| Coverage { subject: Subject::File(*action), source: nothing() }),
    );
    let protocols = Protocol::ALL.iter();
    all.extend(
        protocols.map(|protocol| Coverage { subject: Subject::Flow(*protocol), source: nothing() }),
    );
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source<'a>(all: &'a [Coverage], name: &str) -> &'a Result<String, String> {
        &all.iter().find(|coverage| coverage.subject.name() == name).unwrap().source
    }

    #[test]
    fn what_is_refused_is_served_by_the_next_best() {
        let all = of(&BTreeMap::new());
        assert_eq!(*source(&all, "execution"), Ok("tp_btf sched_process_exec".to_owned()));
        assert!(source(&all, "ancestry").as_ref().unwrap().contains("sched_process_fork"));
        assert!(source(&all, "write").is_err() && source(&all, "tcp").is_err());

        let all = of(&BTreeMap::from([("on_fork", "EPERM".to_owned())]));
        assert_eq!(*source(&all, "ancestry"), Ok("/proc (EPERM)".to_owned()));
    }
}
