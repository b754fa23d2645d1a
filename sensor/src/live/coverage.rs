//! Which source serves what.

use std::collections::BTreeMap;

use reactant_core::event::{Action, Protocol};

use super::program::Tier;

/// Something that can be watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
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
    /// What is done to files through io_uring(7), without a system call for each act.
    IoUring,
}

impl Subject {
    /// Its name: `execution`, `ancestry`, the action's, the protocol's, `io_uring`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Subject::Execution => "execution",
            Subject::Ancestry => "ancestry",
            Subject::File(action) => action.name(),
            Subject::Flow(protocol) => protocol.name(),
            Subject::IoUring => "io_uring",
        }
    }

    fn all() -> impl Iterator<Item = Subject> {
        // An execve is told by its execution.
        let actions = Action::ALL.iter().filter(|action| **action != Action::Execve);
        [Subject::Execution, Subject::Ancestry]
            .into_iter()
            .chain(actions.map(|action| Subject::File(*action)))
            .chain(Protocol::ALL.iter().map(|protocol| Subject::Flow(*protocol)))
            .chain([Subject::IoUring])
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

/// Puts tiers to work, the best of each subject first, until each subject is served or nothing is left. A source that stands in for a better one
/// says why.
pub(super) fn of<'t>(
    tiers: impl Iterator<Item = &'t Tier>,
    mut attach: impl FnMut(&Tier) -> Result<(), String>,
) -> Vec<Coverage> {
    let mut sources: BTreeMap<Subject, Result<String, String>> = BTreeMap::new();
    for tier in tiers {
        let open = |subject: &&Subject| !matches!(sources.get(subject), Some(Ok(_)));
        let open: Vec<Subject> = tier.subjects.iter().filter(open).copied().collect();
        if open.is_empty() {
            continue;
        }
        let attached = attach(tier);
        for subject in open {
            let refused = sources.remove(&subject).and_then(Result::err);
            let source = match (&attached, refused) {
                (Ok(()), None) => Ok(tier.source.to_owned()),
                (Ok(()), Some(refused)) => Ok(format!("{} ({refused})", tier.source)),
                (Err(reason), None) => Err(reason.clone()),
                (Err(_), Some(refused)) => Err(refused),
            };
            sources.insert(subject, source);
        }
    }
    let nothing = || Err("not watched by this version".to_owned());
    Subject::all()
        .map(|subject| Coverage {
            subject,
            source: sources.remove(&subject).unwrap_or_else(nothing),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{super::execution, *};

    fn source<'a>(all: &'a [Coverage], name: &str) -> &'a Result<String, String> {
        &all.iter().find(|coverage| coverage.subject.name() == name).unwrap().source
    }

    #[test]
    fn what_is_refused_is_served_by_the_next_best() {
        let all = of(execution::TIERS.iter(), |_| Ok(()));
        assert_eq!(*source(&all, "execution"), Ok("tp_btf sched_process_exec".to_owned()));
        assert!(source(&all, "ancestry").as_ref().unwrap().contains("sched_process_fork"));
        assert!(source(&all, "write").is_err() && source(&all, "tcp").is_err());

        let refuse = |tier: &Tier| match tier.programs {
            [] => Ok(()),
            _ => Err("EPERM".to_owned()),
        };
        let all = of(execution::TIERS.iter(), refuse);
        assert_eq!(*source(&all, "ancestry"), Ok("/proc (EPERM)".to_owned()));
        assert_eq!(*source(&all, "execution"), Err("EPERM".to_owned()));
    }
}
