use std::sync::Arc;

use crate::{
    Standard,
    effects::{Deed, Recording},
    store::Store,
    testing::{Caller, EVENT, already, done, failed},
};

const FAMILY: &str = r#"{"timestamp":"2026-11-24T10:15:00Z","event_type":"execution",
    "process":{"pid":4242,"ppid":4200,"start":"2026-11-24T10:14:00Z","exe":"/usr/bin/curl"},
    "background":{"ancestry":[
        {"pid":1,"exe":"/sbin/init","start":"2026-11-24T00:00:00Z"},
        {"pid":700,"exe":"/usr/sbin/sshd (deleted)","start":"2026-11-24T00:00:01Z","start_ticks":100,"boot_id":"b"},
        {"pid":4200,"exe":"/bin/sh","start":"2026-11-24T10:13:00Z"},
        {"pid":900,"exe":"/bin/true"},
        {"pid":4242,"ppid":4200,"start":"2026-11-24T10:14:00Z","exe":"/usr/bin/curl"}]}}"#;

#[test]
fn the_second_kill_finds_the_process_gone() {
    let caller = Caller::dry(FAMILY);
    assert_eq!(caller.give("KillCurrent", &[]), done());
    assert_eq!(caller.give("KillCurrent", &[]), already("already exited"));
    assert_eq!(caller.give("KillProcess", &[&4242]), already("already exited"));
    assert_eq!(caller.give("KillParent", &[]), done());
    assert_eq!(caller.give("KillProcess", &[&"4200"]), already("already exited"));
}

#[test]
fn a_process_that_the_event_saw_exit_is_gone() {
    let caller = Caller::dry(
        r#"{"event_type":"execution","process":{"pid":4242,"start":"2026-11-24T10:14:00Z","exit":"2026-11-24T10:14:30Z"}}"#,
    );
    assert_eq!(caller.give("KillCurrent", &[]), already("already exited"));
}

#[test]
fn a_process_of_the_event_without_a_start_time_is_never_killed() {
    let caller = Caller::dry(FAMILY);
    let text = "pid 900 has no start time in the event, it may be another process by now";
    assert_eq!(caller.give("KillProcess", &[&900]), failed(text));
    let mut running =
        Caller::dry(r#"{"event_type":"execution","process":{"pid":4242,"exit":"running"}}"#);
    assert!(running.errno("KillCurrent", &[]).contains("no start time"));
    running.event(
        r#"{"event_type":"execution","process":{"pid":4242,"start_ticks":5,"boot_id":"b"}}"#,
    );
    assert_eq!(running.give("KillCurrent", &[]), done());
    running.event(r#"{"event_type":"execution","process":{"pid":4242,"start_ticks":5}}"#);
    assert!(running.errno("KillCurrent", &[]).contains("no start time"), "ticks of which boot?");
}

#[test]
fn a_pid_that_the_event_does_not_name_is_killed_once() {
    let caller = Caller::dry(FAMILY);
    assert_eq!(caller.give("KillProcess", &[&5000]), done());
    assert_eq!(caller.give("KillProcess", &[&5000]), already("already exited"));
}

#[test]
fn what_keeps_the_machine_alive_is_refused() {
    let caller = Caller::dry(FAMILY);
    assert_eq!(caller.give("KillProcess", &[&1]), failed("pid 1 is never killed"));
    assert_eq!(caller.give("KillProcess", &[&499]), failed("pid 499 is below 500: never killed"));
    assert_eq!(caller.give("KillProcess", &[&0]), failed("0 is no pid"));
    assert_eq!(caller.give("KillProcess", &[&-4242]), failed("-4242 is no pid"));
    assert_eq!(caller.give("KillProcess", &[&4_294_967_297]), failed("4294967297 is no pid"));
    let mut orphan = Caller::dry(EVENT);
    assert_eq!(
        orphan.give("KillParent", &[]),
        failed("the parent, pid 4200, is not in the event's ancestry")
    );
    orphan.event(r#"{"event_type":"execution","process":{"pid":4242,"ppid":1}}"#);
    assert_eq!(orphan.give("KillParent", &[]), failed("pid 1 is never killed"));
    orphan.event(r#"{"event_type":"execution","process":{"exe":"/bin/x"}}"#);
    assert_eq!(orphan.give("KillCurrent", &[]), failed("the event names no process"));
    assert_eq!(orphan.give("KillParent", &[]), failed("the event names no parent"));
}

#[test]
fn protected_processes_are_refused() {
    let mut protect = crate::protect::Protect { pids_below: 600, ..Default::default() };
    for entry in ["/usr/sbin/*", "4242"] {
        protect.add(entry.parse().unwrap());
    }
    let caller = Caller::new(&Standard::new(Store::memory()).protect(protect), FAMILY);
    assert_eq!(caller.give("KillCurrent", &[]), failed("pid 4242 is protected"));
    assert_eq!(
        caller.give("KillProcess", &[&700]),
        failed("pid 700 is protected: its executable matches `/usr/sbin/*`")
    );
    assert_eq!(caller.give("KillProcess", &[&599]), failed("pid 599 is below 600: never killed"));
    assert_eq!(caller.give("KillParent", &[]), done());
}

#[test]
fn a_kill_carries_the_identity_that_the_event_saw() {
    let recording = Arc::new(Recording::default());
    let standard = Standard::new(Store::memory()).effects(recording.clone());
    let caller = Caller { dry_run: false, ..Caller::new(&standard, FAMILY) };
    assert_eq!(caller.give("KillProcess", &[&700]), done());
    assert_eq!(caller.give("KillProcess", &[&5000]), done());
    let deeds: Vec<Deed> = recording.take().into_iter().map(|recorded| recorded.deed).collect();
    let [Deed::Kill(named), Deed::Kill(other)] = &deeds[..] else { panic!("{deeds:?}") };
    let identity = named.identity.as_ref().unwrap();
    assert_eq!((identity.started.start_ticks, &*identity.boot_id), (Some(100), "b"));
    assert_eq!((other.identity.as_ref(), other.seen.as_second()), (None, 1_795_515_300));
    recording.fail_next("signalled, not yet gone");
    assert_eq!(caller.give("KillCurrent", &[]), failed("signalled, not yet gone"));
}

#[test]
fn what_a_build_only_simulates_it_says() {
    let caller = Caller::live();
    assert_eq!(caller.give("NetBlockIp", &[&"203.0.113.7"]), failed(crate::texts::NOT_FOR_REAL));
    assert_eq!(
        caller.give("NetUnblockDomain", &[&"a.example"]),
        failed(crate::texts::NOT_FOR_REAL)
    );
}

#[test]
fn a_denied_kill_is_audited_and_does_nothing() {
    let mut caller = Caller::dry(FAMILY);
    caller.grants = caller.grants.without(&reactant_core::capability::Capability::PROCESS_KILL);
    let gave = caller.call("KillCurrent", &[]);
    assert_eq!(gave.errno, "permission denied: KillCurrent needs capability process.kill");
    assert_eq!(gave.actions.len(), 1);
    caller.grant(&["process.kill"]);
    assert_eq!(caller.give("KillCurrent", &[]), done());
}
