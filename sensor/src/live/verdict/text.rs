//! A question as the event that its judges see.

use reactant_core::event::{Action, Event};
use rustix::fs::fstat;

use super::{people::Person, question::Waiting};
use crate::live::{
    file::{FileText, Status},
    process::Process,
    record::{Head, Who},
    text::Act,
};

/// The event; `None` where nothing is known of who asks.
pub(super) fn event(waiting: &Waiting, family: Vec<Person>) -> Option<Event> {
    let mut family = family.into_iter();
    let itself = family.next()?;
    let process = itself.process?;
    let last = family.as_slice().last().map_or(itself.parent, |person| person.parent);
    let ancestors: Vec<(Who, Option<Process>)> =
        family.map(|person| (person.who, person.process)).collect();
    let parent = ancestors.first().map_or(Who { pid: itself.parent, ticks: 0 }, |(who, _)| *who);
    let mut file = FileText::new(&waiting.path.bytes, [waiting.action].into_iter().collect());
    file.deleted = waiting.path.deleted;
    file.status = fstat(&waiting.file)
        .ok()
        .map(|stat| Status::new(stat.st_mode, (stat.st_uid, stat.st_gid), stat.st_size));
    let people = &waiting.people;
    let act = Act {
        event_type: if waiting.action == Action::Execve { "execution" } else { "file_access" },
        head: &Head {
            time: waiting.time,
            lost: 0,
            process: itself.who,
            parent,
            uid: process.uid,
            gid: process.gid,
            comm: process.comm.clone(),
        },
        image: None,
        process: Some(&process),
        ancestors: &ancestors,
        more_ancestors: last != 0,
        file: Some(file),
        files: &[],
        flow: None,
        flows: &[],
        number: people.number(),
        lost: 0,
    };
    // Anything else is a mistake in this module; then nothing is known, either.
    act.question(&people.names).ok()
}
