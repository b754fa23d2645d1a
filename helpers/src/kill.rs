//! `KillCurrent`, `KillParent`, `KillProcess`.
//!
//! A pid alone is reused, so a process of the event is killed only as the one that the event saw: without a start time it is not killed at all.

use jiff::Timestamp;

use reactant_core::{
    capability::Capability,
    event::{Event, Identity},
    helper::{
        Call, Failure, HelperSpec, ParamKind::Integer, Registry, RegistryError, Reply, Returns,
    },
    packed::{Key, Node},
};

use crate::{
    effects::{Act, ProcessIdentity, Target},
    protect::Protect,
    standard::Acts,
};

pub(crate) fn register(registry: &mut Registry, acts: &Acts) -> Result<(), RegistryError> {
    let current = "Kills the event's process; 1 if it has exited already.";
    let parent = "Kills the parent of the event's process; 1 if it has exited already.";
    let process =
        "Kills a process; one that the event does not name must have started before the event.";
    let spec = |name, summary| {
        HelperSpec::new(name, summary)
            .returns(Returns::Status)
            .needs(Capability::PROCESS_KILL)
            .acts()
    };
    let on = acts.clone();
    registry.register(spec("KillCurrent", current), move |call: &mut Call<'_>| {
        kill(&on, call, current_of(call)?)
    })?;
    let on = acts.clone();
    registry.register(spec("KillParent", parent), move |call: &mut Call<'_>| {
        kill(&on, call, parent_of(call)?)
    })?;
    let on = acts.clone();
    let spec = spec("KillProcess", process).param("pid", Integer);
    registry.register(spec, move |call: &mut Call<'_>| {
        let pid = call.integer(0).unwrap_or_default();
        kill(&on, call, named(call, pid)?)
    })?;
    Ok(())
}

fn kill(acts: &Acts, call: &Call<'_>, target: Target) -> Result<Reply, Failure> {
    refuse(&acts.protect, &target)?;
    Ok(acts.of(call).kill(&Act::of(call)?, &target)?.into())
}

/// Refuses what the number alone tells: what a process executes, effects find out, since an event has the name only. Low numbers are refused in the initial pid namespace, and which one it is, effects find out.
fn refuse(protect: &Protect, target: &Target) -> Result<(), Failure> {
    let pid = target.pid;
    if pid <= 0 || pid > i64::from(i32::MAX) {
        return Err(Failure(format!("{pid} is no pid")));
    }
    match protect.refuses_kill(pid) {
        Some(why) => Err(Failure(why)),
        None => Ok(()),
    }
}

fn seen(call: &Call<'_>) -> Timestamp {
    call.detection.event.timestamp().unwrap_or(call.now)
}

fn current_of(call: &Call<'_>) -> Result<Target, Failure> {
    let process = call.detection.event.process().filter(|process| pid(*process).is_some());
    let process = process.ok_or_else(|| Failure::new("the event names no process"))?;
    described(call, process)
}

fn parent_of(call: &Call<'_>) -> Result<Target, Failure> {
    let event = &call.detection.event;
    if let Some(parent) = event.parent() {
        return described(call, parent);
    }
    let ppid = event.process().and_then(|process| process.get(Key::PPID)?.as_int());
    Err(match ppid {
        Some(1) => Failure::new("pid 1 is never killed"),
        Some(ppid) => Failure(format!("the parent, pid {ppid}, is not in the event's ancestry")),
        None => Failure::new("the event names no parent"),
    })
}

/// A process that the event describes.
fn described(call: &Call<'_>, process: Node<'_>) -> Result<Target, Failure> {
    let target = target(process, seen(call));
    if target.identity.is_some() || target.pid == 1 {
        return Ok(target);
    }
    Err(Failure(format!(
        "pid {} has no start time in the event, it may be another process by now",
        target.pid
    )))
}

/// A process by its pid, with what the event says of it.
fn named(call: &Call<'_>, pid: i64) -> Result<Target, Failure> {
    match find(&call.detection.event, pid) {
        Some(process) => described(call, process),
        None => {
            Ok(Target { pid, identity: None, exe: String::new(), exited: false, seen: seen(call) })
        }
    }
}

fn find(event: &Event, wanted: i64) -> Option<Node<'_>> {
    let mut named = event.process().into_iter().chain(event.ancestry());
    named.find(|process| pid(*process) == Some(wanted))
}

fn pid(process: Node<'_>) -> Option<i64> {
    process.get(Key::PID)?.as_int()
}

fn target(process: Node<'_>, seen: Timestamp) -> Target {
    let text = |key| process.get(key).and_then(Node::as_str).unwrap_or_default();
    let started = Identity::of(process);
    let boot_id = text(Key::BOOT_ID);
    // Ticks count from the boot: without it they tell nobody from another boot's process.
    let known = started.start.is_some() || (started.start_ticks.is_some() && !boot_id.is_empty());
    Target {
        pid: started.pid.unwrap_or_default(),
        identity: known.then(|| ProcessIdentity { started, boot_id: boot_id.to_owned() }),
        exe: text(Key::EXE).to_owned(),
        exited: !text(Key::EXIT).is_empty(),
        seen,
    }
}

#[cfg(test)]
mod tests;
